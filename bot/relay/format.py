"""An event as one line of Discord text. Pure.

Style, for somebody who reads it all day: chat is `**name** text` and nothing else; what is rarer begins with one emoji that
can be found at a glance; what is about the relay itself is small (`-# `). Whatever a viewer or creator can choose goes through
the `Voice`. Times are Discord's own `<t:…:T>`, so that everybody reads their own zone.

What is not a line but a card (the go-live post, the PK card) is made in `cards`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.events import (
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
    QuestionEvent,
    ShareEvent,
    User,
)
from bot.events.ids import ViewerId
from bot.events.opted_out import OPTED_OUT
from bot.language import N_, Language
from bot.model.draft import Line, Urgency
from bot.model.watch import EventKind, Look
from bot.relay import templates
from bot.relay.match import diamonds, new_gifts
from bot.relay.voice import Voice, badges, voice
from bot.text import escape

MOST_COMMENT_CHARS = 500
"""Code points of one viewer's text that are shown: three times what TikTok lets anybody type."""

MOST_LABEL_CHARS = 60
MOST_REASON_CHARS = 120

MARK = "⭐ "
"""Before a line that stands out. No viewer can forge it: a line begins with a name in bold, or as the guild's template says."""

REASONS = frozenset({
    N_("the bot was not running"),
    N_("TikTok closed the stream"),
    N_("the push socket closed"),
    N_("TikTok's push socket fell silent"),
    N_("our reader of the push socket failed; the log says why"),
    N_("the sign server opened a newer room of this creator"),
    N_("stored events could not be read"),
})  # fmt: skip
"""Why a feed was interrupted, as far as it is said in words of ours. Anything else is shown as the other side put it."""

PLAIN = Look()


@dataclass(frozen=True, slots=True)
class _Said:
    """A line in the making. A comment has two parts, so that equal ones can be told as one."""

    text: str
    who: str = ""
    said: str = ""


def render(event: Event, look: Look = PLAIN, *, seq: int = 0, stands_out: bool = False) -> Line | None:
    """The event's line in this look, or None when it has none. `seq` is its place in the log.

    `stands_out`: what a viewer wrote is marked, because a guild's watchlist says so, and kept when lines are sampled.
    """
    kind = _KINDS.get(type(event))
    if kind is None:
        return None
    speaking = voice(look)
    made = escape(speaking.opted_out) if kind.is_comment and event.user == OPTED_OUT else kind.render(speaking, event)
    said = made if isinstance(made, _Said) else _Said(made)
    if not said.text:
        return None
    viewer_id = event.user.id if event.user else ViewerId("")
    if not kind.is_comment:
        line = Line(seq, said.text, kind.urgency, event.room_id, viewer_id=viewer_id)
        if not isinstance(event, GiftEvent):
            return line
        is_open = not event.is_final
        return replace(line, grows=_grows(event), is_open=is_open, is_highlight=not is_open)
    if stands_out:
        # Also what was said: repeats that are told as one line keep the mark.
        said = _Said(f"{MARK}{said.text}", said.who, f"{MARK}{said.said}" if said.said else "")
    return Line(
        seq=seq,
        text=said.text,
        urgency=kind.urgency,
        room_id=event.room_id,
        message_id=event.message_id,
        message_uuid=event.message_uuid if isinstance(event, CommentEvent) else "",
        viewer_id=viewer_id,
        who=said.who,
        said=said.said,
        is_highlight=stands_out or _is_highlight(event),
    )


def summary(t: Language, count: int, *, from_ms: int, to_ms: int) -> str:
    """What stands in place of a backlog that is too old to be replayed."""
    return "-# ⏭️ " + t.n(
        "{count} line from {start} to {end} was not relayed: the bot was away",
        "{count} lines from {start} to {end} were not relayed: the bot was away",
        count,
        start=time(from_ms),
        end=time(to_ms),
    )


def time(at_ms: int) -> str:
    """An instant that everybody's client shows in their own zone."""
    return f"<t:{at_ms // 1000}:T>"


def _is_highlight(event: Event) -> bool:
    """What is kept while chat is sampled: the creator's own words, those of moderators and subscribers, what TikTok starred,
    and questions.
    """
    user = event.user
    if isinstance(event, QuestionEvent) or (isinstance(event, CommentEvent) and event.starred):
        return True
    return user is not None and (user.is_moderator or user.is_subscriber or user.handle.lower() == event.creator.lower())


def _grows(event: GiftEvent) -> str:
    """Names the combo, so that its later counts take the line's place. Empty for a gift that has no course."""
    if event.combo is Combo.SINGLE:
        return ""
    user = event.user.id if event.user else ""
    return f"{event.room_id}:{user}:{event.gift.id}:{event.group_id}:{event.counted_before}"


# Viewers.


def _comment(v: Voice, event: CommentEvent) -> _Said | str:
    text, name = v.text(event.text, MOST_COMMENT_CHARS), v.name(event.user)
    if not text:
        return f"{name} {_emotes(v.t, max(1, len(event.emotes)))}"
    if template := templates.of(v.look, EventKind.CHAT):
        return _Said(templates.fill(template, {**_viewer(v, event), "text": text}), name, text)
    return _Said(f"{name} {text}", name, text)


def _emote(v: Voice, event: EmoteEvent) -> str:
    return f"{v.name(event.user)} {_emotes(v.t, max(1, len(event.emotes)))}"


def _emotes(t: Language, count: int) -> str:
    return "*" + t.n("sent an emote", "sent {count} emotes", count) + "*"


def _question(v: Voice, event: QuestionEvent) -> str:
    text = v.text(event.text, MOST_COMMENT_CHARS)
    return "❓ " + v.t("{name} asks: {text}", name=v.name(event.user), text=text) if text else ""


def _gift(v: Voice, event: GiftEvent) -> str:
    count = new_gifts(event)
    if count <= 0:
        return ""
    gift = v.label(event.gift.name, MOST_LABEL_CHARS) or v.t("a gift")
    worth = v.t.number(diamonds(event))
    if template := templates.of(v.look, EventKind.GIFT):
        values = {**_viewer(v, event), "gift": gift, "count": v.t.number(count), "diamonds": worth}
        return templates.fill(template, values)
    what = gift
    if event.combo is Combo.INFERRED:
        what = v.t("{gift} at least ×{count}", gift=gift, count=v.t.number(count))
    elif count > 1:
        what = f"{gift} ×{v.t.number(count)}"
    if event.counted_before:
        what = v.t("{gift} more", gift=what)
    value = f" ({worth} 💎)" if event.gift.diamonds else ""
    guest = event.to_user
    if guest is None or not guest.handle or guest.handle.lower() == event.creator.lower():
        return "🎁 " + v.t("{name} sent {gift}", name=v.name(event.user), gift=what) + value
    return "🎁 " + v.t("{name} sent {gift} to {guest}", name=v.name(event.user), gift=what, guest=v.name(guest)) + value


def _follow(v: Voice, event: FollowEvent) -> str:
    return _told(v, event, EventKind.FOLLOW) or "➕ " + v.t("{name} followed", name=v.name(event.user))


def _share(v: Voice, event: ShareEvent) -> str:
    if told := _told(v, event, EventKind.SHARE):
        return told
    shared = "🔁 " + v.t("{name} shared the LIVE", name=v.name(event.user))
    if event.users_joined <= 0:
        return shared
    joined = v.t.n("{count} joined through it", "{count} joined through it", event.users_joined)
    return f"{shared} ({joined})"


def _join(v: Voice, event: JoinEvent) -> str:
    return _told(v, event, EventKind.JOIN) or "👋 " + v.t("{name} joined", name=v.name(event.user))


def _like(v: Voice, event: LikeEvent) -> str:
    if template := templates.of(v.look, EventKind.LIKE):
        return templates.fill(template, {**_viewer(v, event), "count": v.t.number(event.count)})
    times = f" ×{v.t.number(event.count)}" if event.count > 1 else ""
    return "❤️ " + v.t("{name} liked", name=v.name(event.user)) + times


def _told(v: Voice, event: Event, kind: EventKind) -> str:
    """By the guild's own template, if it has one for this kind."""
    template = templates.of(v.look, kind)
    return templates.fill(template, _viewer(v, event)) if template else ""


def _viewer(v: Voice, event: Event) -> dict[str, str]:
    """The placeholders that every template about a viewer may use."""
    user = event.user or User()
    return {
        "name": v.plain_name(user),
        "handle": escape(f"@{user.handle}"),
        "badges": badges(user),
        "creator": escape(f"@{event.creator}"),
    }


# Moderation: TikTok names neither who removed it nor why, and we never quote it.


def _deletion(v: Voice, event: DeletionEvent) -> str:
    t, comments, viewers = v.t, len(event.message_ids), len(event.user_ids)
    if not comments and not viewers:
        said = t("Something was removed; TikTok did not say what")
    elif not viewers:
        said = t.n("A comment was removed", "{count} comments were removed", comments)
    elif not comments:
        said = t.n("All comments of a viewer were removed", "All comments of {count} viewers were removed", viewers)
    else:
        some = t.n("A comment", "{count} comments", comments)
        said = t.n(
            "{some} and all comments of a viewer were removed",
            "{some} and all comments of {count} viewers were removed",
            viewers,
            some=some,
        )
    return f"-# 🗑️ {said}"


# The LIVE.


def creator_name(v: Voice, event: Event) -> str:
    """The creator by the handle, which can be `everyone`, too."""
    return f"**{escape(f'@{event.creator}')}**" if event.creator else v.t("The creator")


def _ended(v: Voice, event: LiveEndedEvent) -> str:
    name = creator_name(v, event)
    if event.inferred:
        return "⚫ " + v.t("{creator} is no longer live", creator=name)
    if event.action == 3:
        return "⚫ " + v.t("{creator} ended the LIVE", creator=name)
    return "⚫ " + v.t("The LIVE of {creator} was ended by TikTok", creator=name)


def _paused(v: Voice, event: LivePausedEvent) -> str:
    return "⏸️ " + v.t("{creator} paused the LIVE", creator=creator_name(v, event))


def _resumed(v: Voice, event: LiveResumedEvent) -> str:
    return "▶️ " + v.t("{creator} is back", creator=creator_name(v, event))


def _gap(v: Voice, event: GapEvent) -> str:
    start, end = time(event.from_ms), time(event.to_ms)
    said = v.t("Feed interrupted from {start} to {end}; deletions in this time are unknown", start=start, end=end)
    reason = v.t(event.reason) if event.reason in REASONS else event.reason
    why = f" ({v.label(reason, MOST_REASON_CHARS)})" if reason else ""
    return f"-# ⚠️ {said}{why}"


@dataclass(frozen=True, slots=True)
class _Kind:
    """How an event is rendered, how urgent it is, and whether a viewer wrote it: only then does a deletion strike it.

    A wipe takes back comments; TikTok goes on showing that viewer's gifts and follows, and so does the copy.
    """

    render: Callable[[Voice, Any], _Said | str]
    urgency: Urgency
    is_comment: bool = False


_KINDS: dict[type[Event], _Kind] = {
    CommentEvent: _Kind(_comment, Urgency.CHAT, is_comment=True),
    EmoteEvent: _Kind(_emote, Urgency.CHAT, is_comment=True),
    QuestionEvent: _Kind(_question, Urgency.CHAT, is_comment=True),
    GiftEvent: _Kind(_gift, Urgency.GIFT),
    FollowEvent: _Kind(_follow, Urgency.GIFT),
    ShareEvent: _Kind(_share, Urgency.GIFT),
    JoinEvent: _Kind(_join, Urgency.CHAT),
    LikeEvent: _Kind(_like, Urgency.CHAT),
    LiveEndedEvent: _Kind(_ended, Urgency.CARD),
    LivePausedEvent: _Kind(_paused, Urgency.CARD),
    LiveResumedEvent: _Kind(_resumed, Urgency.CARD),
    DeletionEvent: _Kind(_deletion, Urgency.DELETION),
    GapEvent: _Kind(_gap, Urgency.CARD),
}
