"""Follows gathered into one line that grows for a minute: "12 new followers: Ann, Bob, Eve and 9 others". Pure.

Minutes are those of the clock, not of the first follow: so a restart knows which follows the line already told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.events import Event, FollowEvent
from bot.events.codec import Logged
from bot.model.draft import Line, Urgency
from bot.model.watch import EventKind, Follows, Look, Watch
from bot.relay.voice import voice

WINDOW_MS = 60_000
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Digest:
    """The follows of one room in one minute so far."""

    window: int = -1
    names: tuple[str, ...] = ()
    count: int = 0

    def then(self, event: FollowEvent, look: Look, *, received_at_ms: int) -> Digest:
        """After one more; a later minute begins anew."""
        window = received_at_ms // WINDOW_MS
        before = self if window == self.window else Digest(window)
        name = voice(look).name(event.user)
        names = before.names if len(before.names) >= MOST_NAMED else (*before.names, name)
        return Digest(window, names, before.count + 1)

    def line(self, event: FollowEvent, look: Look, *, seq: int) -> Line:
        """The line that stands for all of them, in place of the one before."""
        t = voice(look).t
        named = ", ".join(self.names)
        others = self.count - len(self.names)
        if others:
            named = t.n("{names} and {count} other", "{names} and {count} others", others, names=named)
        text = "➕ " + t.n("{count} new follower: {names}", "{count} new followers: {names}", self.count, names=named)
        return Line(seq, text, Urgency.GIFT, event.room_id, grows=f"follows:{event.room_id}:{self.window}")


def is_gathered(watch: Watch, event: Event) -> bool:
    """Whether this event goes into the watch's digest instead of a line of its own."""
    settings = watch.settings
    return isinstance(event, FollowEvent) and settings.follows is Follows.DIGEST and EventKind.FOLLOW in settings.kinds


def rebuilt(heard: Iterable[Logged], look: Look) -> Digest:
    """What the events before a position had gathered."""
    digest = Digest()
    for logged in heard:
        if isinstance(logged.event, FollowEvent):
            received_at_ms = logged.event.received_at_ms or logged.envelope.received_at_ms
            digest = digest.then(logged.event, look, received_at_ms=received_at_ms)
    return digest
