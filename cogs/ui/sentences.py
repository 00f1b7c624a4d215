"""What the commands about watches say. Pure: values in, Discord markdown out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.events.ids import Handle
from bot.language import N_, Language
from bot.model import kinds
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.fault import FaultKind
from bot.model.watch import PauseReason, Watch, WatchSettings
from bot.services.watching import Listed, Placed
from bot.text import escape

DOTS = {
    CreatorState.UNCHECKED: "🔄",
    CreatorState.LIVE: "🔴",
    CreatorState.OFFLINE: "⚫",
    CreatorState.NOT_FOUND: "❌",
    CreatorState.UNCLEAR: "❔",
}
CONNECTING, PAUSED, FAULT = "🟡", "⏸️", "⚠️"

NOTHING_WATCHED = N_("Nothing is watched here yet. `/watch creator:@name channel:#channel` starts relaying.")

_PAUSED = {
    PauseReason.ASKED: N_("paused"),
    PauseReason.LEFT: N_("paused: I was not in this server"),
    PauseReason.FAULT: N_("paused: Discord refused my posts"),
    PauseReason.ADULTS: N_("paused: the creator is for adults, the channel is not"),
}
_FAULTS = {
    FaultKind.CHANNEL_GONE: N_("the channel is gone"),
    FaultKind.NO_ACCESS: N_("I cannot see the channel"),
    FaultKind.NO_SEND: N_("I may not write there"),
    FaultKind.NO_EMBEDS: N_("I may not embed links there"),
    FaultKind.LOCKED: N_("the thread is locked"),
    FaultKind.NOT_TEXT: N_("the channel takes no messages"),
    FaultKind.PING_REFUSED: N_("I may not ping the role"),
    FaultKind.ADULTS: N_("the creator is for adults, the channel is not"),
    FaultKind.OTHER: N_("Discord refuses my posts"),
}


_ADULTS_ONLY = N_(
    "age-restricted: TikTok shows it to adults only. "
    "If nothing appears, the bot's operator can lend it an adult's account (`tiktok.session_id`)."
)


def at(handle: Handle) -> str:
    """A creator's name as it is shown everywhere."""
    return f"**@{escape(handle)}**"


def mention(channel_id: int) -> str:
    return f"<#{channel_id}>"


def relative(t: Language, instant: datetime | None) -> str:
    """An instant that everybody's client shows as "in 2 minutes"."""
    return t("soon") if instant is None else f"<t:{int(instant.timestamp())}:R>"


def settings(t: Language, wanted: WatchSettings) -> str:
    """`chat, gift, gifts from 100 diamonds`."""
    relayed = kinds.spoken(t, wanted.kinds)
    return f"{relayed}, {_threshold(t, wanted.min_diamonds)}" if wanted.min_diamonds else relayed


def _threshold(t: Language, diamonds: int) -> str:
    return t.n("gifts from {count} diamond", "gifts from {count} diamonds", diamonds) if diamonds else t("all gifts")


# --- /watch ----------------------------------------------------------------------------------------------------------------


def checking(t: Language, placed: Placed) -> str:
    """The first answer to `/watch`, before TikTok was asked."""
    asking = t("checking @{creator}…", creator=escape(placed.handle))
    return f"{_wish(t, placed)}\n🔄 {asking}"


def outcome(t: Language, placed: Placed, status: CreatorStatus) -> str:
    """The last answer to `/watch`: what TikTok said."""
    if placed.is_held:
        return f"{_wish(t, placed)}\n🔞 {held(t, placed.watch)}"
    return f"{_wish(t, placed)}\n{DOTS[status.state]} {_said(t, placed, status)}"


def held(t: Language, watch: Watch) -> str:
    """Why a watch of a creator for adults stands still."""
    return t(
        "TikTok shows the LIVEs of {creator} to adults only, and {channel} is not age-restricted. Nothing is relayed until you "
        "restrict the channel (Edit Channel > Overview) and use `/watch` again, or press the button.",
        creator=at(watch.handle),
        channel=mention(watch.channel_id),
    )


def _wish(t: Language, placed: Placed) -> str:
    values = {"creator": at(placed.handle), "channel": mention(placed.watch.channel_id)}
    has = settings(t, placed.watch.settings)
    if placed.before is None:
        return t("Watching {creator} in {channel}: {settings}.", settings=has, **values)
    changed = "; ".join(changes(t, placed.before.settings, placed.watch.settings))
    said = []
    if placed.resumed:
        said.append(t("The paused watch of {creator} in {channel} goes on from now.", **values))
    if changed:
        said.append(t("Changed for {creator} in {channel}: {changes}.", changes=changed, **values))
    if not said:
        return t("You watch {creator} in {channel} already: {settings}.", settings=has, **values)
    return " ".join(said)


def changes(t: Language, before: WatchSettings, after: WatchSettings) -> Iterator[str]:
    """What `/watch` changed, each as `the usual → chat, gift`."""
    if before.kinds != after.kinds:
        yield f"{kinds.spoken(t, before.kinds)} → {kinds.spoken(t, after.kinds)}"
    if before.min_diamonds != after.min_diamonds:
        yield f"{_threshold(t, before.min_diamonds)} → {_threshold(t, after.min_diamonds)}"


def _said(t: Language, placed: Placed, status: CreatorStatus) -> str:
    who, when = at(placed.handle), relative(t, status.next_try_at)
    match status.state:
        case CreatorState.LIVE if status.is_age_restricted and not status.connected:
            return t("{creator} is live, and the LIVE is {restricted}", creator=who, restricted=t(_ADULTS_ONLY))
        case CreatorState.LIVE:
            return t("{creator} is live. What happens there appears in the channel from now on.", creator=who)
        case CreatorState.UNCLEAR if status.is_age_restricted:
            last = t("The last LIVE of {creator} was {restricted}", creator=who, restricted=t(_ADULTS_ONLY))
            return f"{_unclear(t, when)} {last}"
        case CreatorState.OFFLINE:
            return t("{creator} is offline. The next LIVE will be relayed; next look {when}.", creator=who, when=when)
        case CreatorState.NOT_FOUND:
            return t("TikTok knows no {creator}. Check the spelling; `/unwatch` takes this watch away again.", creator=who)
        case CreatorState.UNCLEAR:
            return _unclear(t, when)
        case CreatorState.UNCHECKED:
            return t("TikTok has not been asked yet; the watch is kept. `/watching` shows what comes of it.")


def _unclear(t: Language, when: str) -> str:
    return t("TikTok did not answer clearly; the watch is kept; next try {when}.", when=when)


# --- /unwatch --------------------------------------------------------------------------------------------------------------


def ending(t: Language, watches: Sequence[Watch]) -> str:
    """The question before `/unwatch` does anything. There is at least one."""
    return t.n(
        "End the watch of {creator} in {channels}? What was posted stays.",
        "End {count} watches of {creator}, in {channels}? What was posted stays.",
        len(watches),
        creator=at(watches[0].handle),
        channels=_channels(watches),
    )


def ended(t: Language, watches: Sequence[Watch]) -> str:
    """The answer to it. Without any, somebody was faster."""
    if not watches:
        return t("That had ended already. `/watching` lists what is watched.")
    return t(
        "{creator} is no longer watched in {channels}. What was posted stays.",
        creator=at(watches[0].handle),
        channels=_channels(watches),
    )


def _channels(watches: Sequence[Watch]) -> str:
    return ", ".join(mention(watch.channel_id) for watch in watches)


# --- /watching -------------------------------------------------------------------------------------------------------------


def listed(t: Language, each: Listed) -> str:
    """One line of `/watching`."""
    watch = each.watch
    line = f"{dot(each)} {at(watch.handle)} → {mention(watch.channel_id)} · {settings(t, watch.settings)}"
    if each.status.is_age_restricted:
        line += " · " + t("adults only")
    if watch.paused_why is not None:
        line += f" · {t(_PAUSED[watch.paused_why])}"
    if each.fault is not None and watch.paused_why is not PauseReason.ADULTS:  # which says as much
        line += f" · {FAULT} {t(_FAULTS[each.fault.kind])}: `/doctor`"
    elif watch.paused_at is None and each.status.state is CreatorState.UNCLEAR:
        line += " · " + t("next try {when}", when=relative(t, each.status.next_try_at))
    return line


def dot(each: Listed) -> str:
    """How a watch stands, at a glance."""
    if each.watch.paused_at is not None:
        return PAUSED
    if each.status.state is CreatorState.LIVE and not each.status.connected:
        return CONNECTING
    return DOTS[each.status.state]


def footer(t: Language, watched: Sequence[Listed], page: int, pages: int) -> str:
    """How many there are, and what the dots mean."""
    live = sum(each.watch.paused_at is None and each.status.state is CreatorState.LIVE for each in watched)
    counts = [t.n("{count} watch", "{count} watches", len(watched)), t.n("{count} live", "{count} live", live)]
    if pages > 1:
        counts.append(t("page {page} of {pages}", page=page + 1, pages=pages))
    return f"{' · '.join(counts)}\n{legend(t)}"


def legend(t: Language) -> str:
    return t(
        "🔴 live · 🟡 connecting · ⚫ offline · 🔄 not asked yet · ❔ no clear answer · ❌ no such creator · ⏸️ paused · ⚠️ fault"
    )
