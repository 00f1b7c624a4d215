"""What the commands about watches say. Pure: values in, Discord markdown out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.events.ids import Handle
from bot.model import kinds
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.watch import Watch, WatchSettings
from bot.services import Placed
from bot.text import escape

DOTS = {
    CreatorState.UNCHECKED: "🔄",
    CreatorState.LIVE: "🔴",
    CreatorState.OFFLINE: "⚫",
    CreatorState.NOT_FOUND: "❌",
    CreatorState.UNCLEAR: "❔",
}

NOTHING_WATCHED = "Nothing is watched here yet. `/watch creator:@name channel:#channel` starts relaying."


def at(handle: Handle) -> str:
    """A creator's name as it is shown everywhere."""
    return f"**@{escape(handle)}**"


def mention(channel_id: int) -> str:
    return f"<#{channel_id}>"


def relative(instant: datetime | None) -> str:
    """An instant that everybody's client shows as "in 2 minutes"."""
    return "soon" if instant is None else f"<t:{int(instant.timestamp())}:R>"


def settings(wanted: WatchSettings) -> str:
    """`chat, gift, gifts from 100 diamonds`."""
    threshold = f", gifts from {wanted.min_diamonds:,} diamonds" if wanted.min_diamonds else ""
    return kinds.spoken(wanted.kinds) + threshold


def checking(placed: Placed, asked_for: WatchSettings) -> str:
    """The first answer to `/watch`, before TikTok was asked."""
    return f"{_wish(placed, asked_for)}\n🔄 checking @{escape(placed.handle)}…"


_ADULTS_ONLY = (
    "age-restricted: TikTok shows it to adults only. "
    "If nothing appears, the bot's operator can lend it an adult's account (`tiktok.session_id`)."
)


def outcome(placed: Placed, asked_for: WatchSettings, status: CreatorStatus) -> str:
    """The last answer to `/watch`: what TikTok said."""
    return f"{_wish(placed, asked_for)}\n{DOTS[status.state]} {_said(placed, status)}"


def _wish(placed: Placed, asked_for: WatchSettings) -> str:
    where = f"{at(placed.handle)} in {mention(placed.watch.channel_id)}"
    has = settings(placed.watch.settings)
    if placed.created:
        return f"Watching {where}: {has}."
    if asked_for == placed.watch.settings:
        return f"You watch {where} already: {has}."
    return f"You watch {where} already: {has}. That stays as it is; to change it, `/unwatch` it first."


def _said(placed: Placed, status: CreatorStatus) -> str:
    who = at(placed.handle)
    match status.state:
        case CreatorState.LIVE if status.is_age_restricted and not status.connected:
            return f"{who} is live, and the LIVE is {_ADULTS_ONLY}"
        case CreatorState.LIVE:
            return f"{who} is live. What happens there appears in the channel from now on."
        case CreatorState.UNCLEAR if status.is_age_restricted:
            return f"{_unclear(status)} The last LIVE of {who} was {_ADULTS_ONLY}"
        case CreatorState.OFFLINE:
            return f"{who} is offline. The next LIVE will be relayed; next look {relative(status.next_try_at)}."
        case CreatorState.NOT_FOUND:
            return f"TikTok knows no {who}: no such creator. Check the spelling; `/unwatch` takes this watch away again."
        case CreatorState.UNCLEAR:
            return _unclear(status)
        case CreatorState.UNCHECKED:
            return "TikTok has not been asked yet; the watch is kept. `/watching` shows what comes of it."


def _unclear(status: CreatorStatus) -> str:
    return f"TikTok did not answer clearly; the watch is kept; next try {relative(status.next_try_at)}."


def ended(watches: Sequence[Watch]) -> str:
    """The answer to `/unwatch`. There is at least one."""
    channels = ", ".join(mention(watch.channel_id) for watch in watches)
    return f"{at(watches[0].handle)} is no longer watched in {channels}. What was posted stays."


def listed(watch: Watch, status: CreatorStatus) -> str:
    """One line of `/watching`."""
    dot = "🟡" if status.state is CreatorState.LIVE and not status.connected else DOTS[status.state]
    note = f" · next try {relative(status.next_try_at)}" if status.state is CreatorState.UNCLEAR else ""
    adults = " · adults only" if status.is_age_restricted else ""
    return f"{dot} {at(watch.handle)} → {mention(watch.channel_id)} · {settings(watch.settings)}{adults}{note}"


LEGEND = "🔴 live · 🟡 connecting · ⚫ offline · 🔄 not asked yet · ❔ no clear answer · ❌ no such creator"
