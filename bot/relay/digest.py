"""Follows gathered into one line that grows for a minute: "12 new followers: Ann, Bob, Eve and 9 others". Pure.

Minutes are those of the clock, not of the first follow: so a restart knows which follows the line already told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.events import Event, FollowEvent, RoomId
from bot.events.base import NO_ROOM
from bot.events.codec import Logged
from bot.events.ids import ViewerId
from bot.model.draft import Line, Urgency
from bot.model.watch import EventKind, Follows, Look, Watch
from bot.relay.match import placed_at_ms, wants
from bot.relay.voice import voice

WINDOW_MS = 60_000
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Digest:
    """The follows of one room in one minute so far.

    `names` and `ids` are those of the first few.

    `known_from_ms`: what happened before is not known. A minute that began before then is told in a line of its own from `part`
    (a seq) on, so that a line that counts the rest is never overwritten.
    """

    room_id: RoomId = NO_ROOM
    window: int = -1
    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    count: int = 0
    part: int = 0
    known_from_ms: int = 0

    def then(self, event: FollowEvent, look: Look, *, seq: int, received_at_ms: int) -> Digest:
        """After one more; a later minute, and another room, begin anew."""
        window = received_at_ms // WINDOW_MS
        before = self
        if (event.room_id, window) != (self.room_id, self.window):
            part = 0 if self._knows(window) else seq
            before = Digest(event.room_id, window, part=part, known_from_ms=self.known_from_ms)
        if len(before.names) >= MOST_NAMED:
            return replace(before, count=before.count + 1)
        names = (*before.names, voice(look).name(event.user))
        ids = (*before.ids, event.user.id if event.user else "")
        return replace(before, names=names, ids=ids, count=before.count + 1)

    def _knows(self, window: int) -> bool:
        return window * WINDOW_MS >= self.known_from_ms

    def line(self, event: FollowEvent, look: Look, *, seq: int) -> Line:
        """The line that stands for all of them, in place of the one before."""
        t = voice(look).t
        named = ", ".join(self.names)
        others = self.count - len(self.names)
        if others:
            named = t.n("{names} and {count} other", "{names} and {count} others", others, names=named)
        text = "➕ " + t.n("{count} new follower: {names}", "{count} new followers: {names}", self.count, names=named)
        grows = f"follows:{event.room_id}:{self.window}:{self.part}"
        named_ids = ViewerId(" ".join(filter(None, self.ids)))
        return Line(seq, text, Urgency.GIFT, event.room_id, viewer_id=named_ids, grows=grows)


def next_window(at_ms: int) -> int:
    """When the minute after this instant begins."""
    return (at_ms // WINDOW_MS + 1) * WINDOW_MS


def is_gathered(watch: Watch, event: Event) -> bool:
    """Whether this event goes into the watch's digest instead of a line of its own."""
    settings = watch.settings
    return isinstance(event, FollowEvent) and settings.follows is Follows.DIGEST and EventKind.FOLLOW in settings.kinds


def rebuilt(watch: Watch, heard: Iterable[Logged], *, known_from_ms: int) -> Digest:
    """What this watch had gathered of the events before its position, as far as they are known."""
    digest = Digest(known_from_ms=known_from_ms)
    for logged in heard:
        event = logged.event
        received_at_ms = event.received_at_ms or logged.envelope.received_at_ms
        is_known = digest._knows(received_at_ms // WINDOW_MS) and received_at_ms > placed_at_ms(watch)  # noqa: SLF001  # of its own kind
        if isinstance(event, FollowEvent) and is_known and wants(watch, event):
            digest = digest.then(event, watch.settings.look, seq=logged.seq, received_at_ms=received_at_ms)
    return digest
