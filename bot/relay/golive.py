"""The go-live post: one for each watch and LIVE, edited when it is over. Pure.

When a post pings follows from what people complain about elsewhere: a creator whose connection drops comes back as another
LIVE and everybody is pinged twice. So nobody is pinged within the watch's cooldown, nor within ten minutes of that creator's
last end, nor for old news; and a LIVE that was on before somebody asked for the watch is not announced at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from bot.events import LiveEndedEvent, LiveStartedEvent
from bot.events.ids import Handle, RoomId
from bot.language import Language
from bot.model.card import Card, CardKind
from bot.model.ids import CardId, WatchId
from bot.model.message import MOST_CONTENT_CHARS, Embed, Field, Message
from bot.model.watch import EventKind, Look, Offline, Watch
from bot.relay import templates
from bot.relay.match import SECOND_MS, placed_at_ms
from bot.relay.voice import Voice, voice
from bot.text import cut, escape, is_handle

ALREADY_LIVE_MS = 60_000
"""A LIVE of unknown start that shows up this soon after `/watch` was on before."""

REPING_MS = 600_000
"""A new LIVE this soon after the end of the last one is the same evening: it pings nobody."""

RED, GREY = 0xFE2C55, 0x80848E

MOST_TITLE_CHARS = 80
"""Code points of a LIVE's title. Escaped they are three times as many at most, and Discord takes 256 in an embed's title."""


@dataclass(frozen=True, slots=True)
class GoLive:
    """What a go-live post knows of its LIVE: its card's `state`. `heard_at_ms` is our clock, `started_at_ms` TikTok's, or 0."""

    room_id: RoomId
    creator: Handle
    title: str = ""
    started_at_ms: int = 0
    heard_at_ms: int = 0
    viewers: int = 0
    pinged: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    """What is known of a creator's LIVEs, for all who watch: the room's peak, and when the last one ended (our clock).

    `had_gap`: we were away in between, so there may have been more viewers than `peak`. `lapsed`: the room whose end nobody
    told and we found out. A room that was not found for a moment may go on: then its post says "live" again.
    """

    room_id: RoomId = RoomId("")
    peak: int = 0
    had_gap: bool = False
    last_end_ms: int = 0
    lapsed: RoomId = RoomId("")

    def seen(self, room_id: RoomId, viewers: int) -> Show:
        """So many are in this room now."""
        if room_id != self.room_id:
            return replace(self, room_id=room_id, peak=viewers, had_gap=False)
        return replace(self, peak=viewers) if viewers > self.peak else self

    def gapped(self, room_id: RoomId) -> Show:
        """Something was missed in this room."""
        return replace(self, had_gap=True) if room_id == self.room_id and not self.had_gap else self

    def ended(self, event: LiveEndedEvent, *, heard_at_ms: int) -> Show:
        """A LIVE of this creator was over at this time."""
        if heard_at_ms <= self.last_end_ms:
            return self
        return replace(self, last_end_ms=heard_at_ms, lapsed=event.room_id if event.inferred else RoomId(""))

    def goes_on(self, room_id: RoomId, *, heard_at_ms: int) -> bool:
        """Whether a sign of life says that the end of this room was none."""
        return bool(room_id) and room_id == self.lapsed and heard_at_ms > self.last_end_ms


@dataclass(frozen=True, slots=True)
class End:
    """How a LIVE ended. `at_ms`: TikTok's clock, 0 when nobody knows; `is_found_out`: we noticed it some time after.

    `is_left`: the LIVE may go on, but from then on (our clock) nobody here heard of it.
    """

    at_ms: int = 0
    is_found_out: bool = False
    is_left: bool = False


def key(watch_id: WatchId, room_id: RoomId) -> str:
    """The name of a watch's post of a LIVE."""
    return f"golive:{watch_id}:{room_id}"


def began_after(watch: Watch, event: LiveStartedEvent) -> bool:
    """A creator who is live already at `/watch` is not announced."""
    if event.started_at_ms:
        return event.started_at_ms + SECOND_MS > placed_at_ms(watch)
    return event.received_at_ms > placed_at_ms(watch) + ALREADY_LIVE_MS


def may_ping(*, heard_at_ms: int, now_ms: int, fresh_ms: int, last_ping_ms: int, cooldown_s: int, last_end_ms: int) -> bool:
    """Whether this start of a LIVE may ping. A `last_…` of 0 never was."""
    is_fresh = now_ms - heard_at_ms <= fresh_ms
    is_cool = not last_ping_ms or heard_at_ms - last_ping_ms >= cooldown_s * 1000
    is_new = not last_end_ms or not 0 <= heard_at_ms - last_end_ms < REPING_MS
    return is_fresh and is_cool and is_new


def begun(watch: Watch, event: LiveStartedEvent, *, heard_at_ms: int, pings: bool) -> Card:
    """The post that says that the creator is live."""
    pings = pings and watch.settings.ping_role_id is not None
    live = GoLive(
        event.room_id,
        event.creator or watch.handle,
        event.title,
        started_at_ms=event.started_at_ms,
        heard_at_ms=heard_at_ms,
        viewers=event.viewers,
        pinged=pings,
    )
    return Card(
        id=CardId(0),
        key=key(watch.id, event.room_id),
        kind=CardKind.GO_LIVE,
        watch_id=watch.id,
        channel_id=watch.channel_id,
        message=announcement(watch, live),
        created_at_ms=heard_at_ms,
        state=msgspec.json.encode(live).decode(),
    )


def over(card: Card, watch: Watch, end: End, show: Show) -> Card:
    """The post once its LIVE is over, as the watch wishes it."""
    match watch.settings.offline:
        case Offline.DELETE:
            return replace(card, is_over=True, is_withdrawn=True)
        case Offline.LEAVE:
            return replace(card, is_over=True)
        case Offline.EDIT:
            live = of_card(card) or GoLive(RoomId(""), watch.handle)
            return replace(card, is_over=True, message=farewell(watch.settings.look, live, end, show))


def left(card: Card, watch: Watch, *, room_ended_at_ms: int | None, show: Show) -> Card:
    """The post of a watch that ended, or stands still, before it heard of the end. What is not posted yet never will be."""
    until = watch.ended_at or watch.paused_at
    if room_ended_at_ms is not None or until is None:
        end = End(room_ended_at_ms or 0, is_found_out=True)
    else:
        end = End(round(until.timestamp() * 1000), is_left=True)
    closed = over(card, watch, end, show)
    is_unwanted = watch.ended_at is not None and card.message_id is None
    return replace(closed, is_withdrawn=closed.is_withdrawn or is_unwanted)


def revived(card: Card, watch: Watch) -> Card:
    """The post of a LIVE that goes on after all. It pings nobody again: it is an edit."""
    live = of_card(card)
    return card if live is None else replace(card, is_over=False, message=announcement(watch, replace(live, pinged=False)))


def of_card(card: Card) -> GoLive | None:
    """What a post knows of its LIVE; None when another version of the bot wrote it in a way that we cannot read."""
    try:
        return msgspec.json.decode(card.state, type=GoLive)
    except msgspec.MsgspecError:
        return None


def has_pinged(card: Card) -> bool:
    """Whether the post pinged anybody."""
    live = of_card(card)
    return live is not None and live.pinged


def show_of(stored: str | None) -> Show:
    """What was stored of a creator's LIVEs, as far as we can read it."""
    try:
        return msgspec.json.decode(stored, type=Show) if stored else Show()
    except msgspec.MsgspecError:
        return Show()


def end_of(event: LiveEndedEvent) -> End:
    """The end as it was told. TikTok's own word comes as it happens, ours when we have found out."""
    return End(event.created_at_ms or event.received_at_ms, is_found_out=event.inferred)


def announcement(watch: Watch, live: GoLive) -> Message:
    """What is posted when a LIVE begins."""
    look, role_id = watch.settings.look, watch.settings.ping_role_id
    v = voice(look)
    mention = f"<@&{role_id}>" if live.pinged else ""
    content = _content(v, live, mention)
    fields = []
    if live.started_at_ms:
        fields.append(Field(v.t("Started"), f"<t:{live.started_at_ms // 1000}:R>"))
    if live.viewers:
        fields.append(Field(v.t("Viewers"), v.t.number(live.viewers)))
    return Message(
        content=content,
        embeds=(_embed(v, live, RED, tuple(fields)),),
        ping_role_id=role_id if live.pinged else None,
        silent=not live.pinged,
    )


def farewell(look: Look, live: GoLive, end: End, show: Show) -> Message:
    """What the post says once the LIVE is over: no guess, so what is not known is left out."""
    v = voice(look)
    fields = []
    if live.started_at_ms and end.at_ms > live.started_at_ms and not end.is_left:
        lasted = duration(v.t, (end.at_ms - live.started_at_ms) // 1000)
        fields.append(Field(v.t("Duration"), v.t("about {duration}", duration=lasted) if end.is_found_out else lasted))
    name = v.t("Relayed until") if end.is_left else v.t("Ended")
    fields.append(Field(name, f"<t:{end.at_ms // 1000}:f>" if end.at_ms else v.t("time unknown")))
    peak = max(live.viewers, show.peak if show.room_id == live.room_id else 0)
    if peak:
        is_sure = show.room_id == live.room_id and not show.had_gap and not end.is_left
        number = v.t.number(peak)
        fields.append(Field(v.t("Peak viewers"), number if is_sure else v.t("at least {count}", count=number)))
    title = v.label(live.title, MOST_TITLE_CHARS)
    if title:
        said = v.t("{creator} was live: {title}", creator=_name(live), title=title)
    else:
        said = v.t("{creator} was live", creator=_name(live))
    return Message(content=cut(f"⚫ {said}", MOST_CONTENT_CHARS), embeds=(_embed(v, live, GREY, tuple(fields)),))


def duration(t: Language, seconds: int) -> str:
    """`2 h 13 min`, `13 min`, `40 s`."""
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours:
        return t("{hours} h {minutes} min", hours=hours, minutes=minutes)
    return t("{minutes} min", minutes=minutes) if minutes else t("{seconds} s", seconds=seconds)


def _content(v: Voice, live: GoLive, mention: str) -> str:
    """The sentence that a phone shows: the guild's own, or ours."""
    title = v.label(live.title, MOST_TITLE_CHARS)
    if template := templates.of(v.look, EventKind.LIVE):
        address = _address(live)
        values = {"creator": _name(live), "title": title, "link": f"<{address}>" if address else "", "role": mention}
        content = templates.fill(template, values)
        if mention and mention not in cut(content, MOST_CONTENT_CHARS):
            content = f"{mention} {content}"
    elif title:
        content = f"{mention} 🔴 " + v.t("{creator} is live: {title}", creator=_name(live), title=title)
    else:
        content = f"{mention} 🔴 " + v.t("{creator} is live", creator=_name(live))
    return cut(content.strip(), MOST_CONTENT_CHARS)


def _embed(v: Voice, live: GoLive, colour: int, fields: tuple[Field, ...]) -> Embed:
    title = v.label(live.title, MOST_TITLE_CHARS) or v.t("LIVE of {creator}", creator=escape(f"@{live.creator}"))
    return Embed(title=title, url=_address(live), colour=colour, fields=fields)


def _name(live: GoLive) -> str:
    return f"**{escape(f'@{live.creator}')}**"


def _address(live: GoLive) -> str:
    return f"https://www.tiktok.com/@{live.creator}/live" if is_handle(live.creator) else ""
