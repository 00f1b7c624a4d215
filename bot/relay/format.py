"""An event as one line of Discord text. Pure.

Style, for somebody who reads it all day: chat is `**name** text` and nothing else; what is rarer begins with one emoji that
can be found at a glance; what is about the relay itself is small (`-# `). Whatever a viewer or creator can choose goes through
`bot.text`. Times are Discord's own `<t:…:T>`, so that everybody reads their own zone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.events import (
    BattleEvent,
    Combo,
    CommentEvent,
    DeletionEvent,
    EmoteEvent,
    Event,
    FollowEvent,
    GapEvent,
    GiftEvent,
    JoinEvent,
    LikeEvent,
    LiveEndedEvent,
    LivePausedEvent,
    LiveResumedEvent,
    LiveStartedEvent,
    Phase,
    QuestionEvent,
    Result,
    ShareEvent,
    Side,
    User,
)
from bot.events.ids import ViewerId
from bot.model.draft import Line, Urgency
from bot.relay.match import diamonds, new_gifts
from bot.text import escape, excerpt, is_handle, safe_name

MOST_COMMENT_CHARS = 500
"""Code points of one viewer's text that are shown: three times what TikTok lets anybody type."""

MOST_LABEL_CHARS = 60
MOST_TITLE_CHARS = 150
MOST_REASON_CHARS = 120


def render(event: Event, *, seq: int = 0) -> Line | None:
    """The event's line, or None when it has none. `seq` is its place in the log."""
    kind = _RENDERERS.get(type(event))
    if kind is None:
        return None
    renderer, urgency, is_comment = kind
    text = renderer(event)
    if not text:
        return None
    if not is_comment:
        return Line(seq=seq, text=text, urgency=urgency, room_id=event.room_id)
    return Line(
        seq=seq,
        text=text,
        urgency=urgency,
        room_id=event.room_id,
        message_id=event.message_id,
        message_uuid=event.message_uuid if isinstance(event, CommentEvent) else "",
        viewer_id=event.user.id if event.user else ViewerId(""),
    )


def summary(count: int, *, from_ms: int, to_ms: int) -> str:
    """What stands in place of a backlog that is too old to be replayed."""
    lines = "1 line" if count == 1 else f"{count:,} lines"
    verb = "was" if count == 1 else "were"
    return f"-# ⏭️ {lines} from {_time(from_ms)} to {_time(to_ms)} {verb} not relayed: the bot was away"


# Viewers.


def _name(user: User | None) -> str:
    user = user or User()
    return f"**{safe_name(user.nickname, user.handle, user.id)}**"


def _comment(event: CommentEvent) -> str:
    text = excerpt(event.text, MOST_COMMENT_CHARS)
    if not text:
        text = _emotes(max(1, len(event.emotes)))
    return f"{_name(event.user)} {text}"


def _emote(event: EmoteEvent) -> str:
    return f"{_name(event.user)} {_emotes(max(1, len(event.emotes)))}"


def _emotes(count: int) -> str:
    return "*sent an emote*" if count == 1 else f"*sent {count} emotes*"


def _question(event: QuestionEvent) -> str:
    text = excerpt(event.text, MOST_COMMENT_CHARS)
    return f"❓ {_name(event.user)} asks: {text}" if text else ""


def _gift(event: GiftEvent) -> str:
    count = new_gifts(event)
    if count <= 0:
        return ""
    gift = excerpt(event.gift.name, MOST_LABEL_CHARS) or "a gift"
    at_least = "at least " if event.combo is Combo.INFERRED else ""
    times = f" {at_least}×{count:,}" if count > 1 or at_least else ""
    more = " more" if event.counted_before else ""
    worth = f" ({diamonds(event):,} 💎)" if event.gift.diamonds else ""
    return f"🎁 {_name(event.user)} sent {gift}{times}{more}{_to_guest(event)}{worth}"


def _to_guest(event: GiftEvent) -> str:
    """A gift goes to the creator unless it names somebody else on the stage."""
    guest = event.to_user
    if guest is None or not guest.handle or guest.handle.lower() == event.creator.lower():
        return ""
    return f" to {_name(guest)}"


def _follow(event: FollowEvent) -> str:
    return f"➕ {_name(event.user)} followed"


def _share(event: ShareEvent) -> str:
    joined = f" ({event.users_joined:,} joined through it)" if event.users_joined > 0 else ""
    return f"🔁 {_name(event.user)} shared the LIVE{joined}"


def _join(event: JoinEvent) -> str:
    return f"👋 {_name(event.user)} joined"


def _like(event: LikeEvent) -> str:
    return f"❤️ {_name(event.user)} liked ×{event.count:,}" if event.count > 1 else f"❤️ {_name(event.user)} liked"


# Moderation: TikTok names neither who removed it nor why, and we never quote it.


def _deletion(event: DeletionEvent) -> str:
    parts = []
    if event.message_ids:
        count = len(event.message_ids)
        parts.append("a comment" if count == 1 else f"{count:,} comments")
    if event.user_ids:
        count = len(event.user_ids)
        parts.append("all comments of a viewer" if count == 1 else f"all comments of {count:,} viewers")
    if not parts:
        return "-# 🗑️ Something was removed; TikTok did not say what"
    is_one = parts == ["a comment"]
    what = " and ".join(parts)
    return f"-# 🗑️ {what[0].upper()}{what[1:]} {'was' if is_one else 'were'} removed"


# The LIVE.


def _creator(event: Event) -> str:
    # A handle can be `everyone`, too.
    return f"**{escape(f'@{event.creator}')}**" if event.creator else "The creator"


def _started(event: LiveStartedEvent) -> str:
    title = excerpt(event.title, MOST_TITLE_CHARS)
    colon = f": {title}" if title else ""
    link = f" <https://www.tiktok.com/@{event.creator}/live>" if is_handle(event.creator) else ""
    return f"🔴 {_creator(event)} is live{colon}{link}"


def _ended(event: LiveEndedEvent) -> str:
    if event.inferred:
        return f"⚫ {_creator(event)} is no longer live"
    return (
        f"⚫ {_creator(event)} ended the LIVE" if event.action == 3 else f"⚫ The LIVE of {_creator(event)} was ended by TikTok"
    )


def _paused(event: LivePausedEvent) -> str:
    return f"⏸️ {_creator(event)} paused the LIVE"


def _resumed(event: LiveResumedEvent) -> str:
    return f"▶️ {_creator(event)} is back"


def _gap(event: GapEvent) -> str:
    why = f" ({excerpt(event.reason, MOST_REASON_CHARS)})" if event.reason else ""
    return f"-# ⚠️ From {_time(event.from_ms)} to {_time(event.to_ms)} not everything is shown{why}"


def _time(at_ms: int) -> str:
    return f"<t:{at_ms // 1000}:T>"


# PK battles.


def _battle(event: BattleEvent) -> str:
    match event.phase:
        case Phase.STARTING | Phase.ACTIVE:
            return _battle_started(event)
        case Phase.PUNISHING:
            return _battle_result(event)
        case Phase.ENDED | Phase.OTHER:
            return ""


def _battle_started(event: BattleEvent) -> str:
    sides = _home_first(event)
    minutes = f" ({_duration(event.duration_s)})" if event.duration_s > 0 else ""
    if len(sides) < 2:
        return f"⚔️ A PK begins{minutes}"
    return f"⚔️ PK begins{minutes}: {' vs '.join(_side(side) for side in sides)}"


def _battle_result(event: BattleEvent) -> str:
    sides = _home_first(event)
    cut_short = ", cut short" if event.cut_short else ""
    if len(sides) < 2:
        return f"⚔️ PK over{cut_short}: the result is incomplete"
    scores = " – ".join(f"{_side(side)} {side.score:,}" for side in sides)
    mvps = "; ".join(mvp for side in sides if (mvp := _mvp(side)))
    return f"⚔️ PK over{cut_short}: {scores} · {_verdict(sides)}{f' · MVP {mvps}' if mvps else ''}"


def _verdict(sides: list[Side]) -> str:
    """Who won, as TikTok's result map says. Without one the scores stand for themselves: nothing is guessed."""
    if all(side.result is Result.DRAW for side in sides):
        return "draw"
    winners = [side for side in sides if side.result is Result.WIN]
    if not winners:
        return "TikTok named no winner"
    scores = sorted((side.score for side in sides), reverse=True)
    margin = scores[0] - scores[1]
    by = f" by {margin:,}" if len(winners) == 1 and margin > 0 and winners[0].score == scores[0] else ""
    return f"🏆 {' and '.join(_side(side) for side in winners)} won{by}" if len(winners) < len(sides) else "draw"


def _mvp(side: Side) -> str:
    """The side's best scorer, when TikTok named any."""
    best = max(side.contributors, key=lambda contributor: contributor.score, default=None)
    return f"{_name(best.user)} {best.score:,}" if best and best.score > 0 else ""


def _side(side: Side) -> str:
    if side.user.name:
        return _name(side.user)
    if len(side.host_ids) > 1 or (side.team_id and not side.host_ids):
        return f"**team {escape(side.team_id[-4:])}**" if side.team_id else "**a team**"
    return f"**host …{escape(side.host_ids[0][-4:])}**" if side.host_ids else "**unknown**"


def _home_first(event: BattleEvent) -> list[Side]:
    """The watched creator's side stands first, the others as they came."""
    return sorted(event.sides, key=lambda side: side.user.handle.lower() != event.creator.lower())


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    # TikTok adds a second to its round figures: 301 is five minutes.
    return f"{minutes} min" if minutes and rest <= 1 else f"{seconds} s"


_RENDERERS: dict[type[Event], tuple[Callable[[Any], str], Urgency, bool]] = {
    CommentEvent: (_comment, Urgency.CHAT, True),
    EmoteEvent: (_emote, Urgency.CHAT, True),
    QuestionEvent: (_question, Urgency.CHAT, True),
    GiftEvent: (_gift, Urgency.GIFT, False),
    FollowEvent: (_follow, Urgency.GIFT, False),
    ShareEvent: (_share, Urgency.GIFT, False),
    JoinEvent: (_join, Urgency.CHAT, False),
    LikeEvent: (_like, Urgency.CHAT, False),
    BattleEvent: (_battle, Urgency.CARD, False),
    LiveStartedEvent: (_started, Urgency.CARD, False),
    LiveEndedEvent: (_ended, Urgency.CARD, False),
    LivePausedEvent: (_paused, Urgency.CARD, False),
    LiveResumedEvent: (_resumed, Urgency.CARD, False),
    DeletionEvent: (_deletion, Urgency.DELETION, False),
    GapEvent: (_gap, Urgency.CARD, False),
}
"""How each event is rendered, how urgent it is, and whether a viewer wrote it: only then does a deletion strike it. A wipe
takes back comments; TikTok goes on showing that viewer's gifts and follows, and so does the copy."""
