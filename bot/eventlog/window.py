"""Which events get into a creator's log, and what they are sealed with. Pure.

An event that was logged among the last 4,096 is a duplicate: TikTok replays history at every connect, and two connections
may overlap. The window keeps 64-bit fingerprints in two flat arrays, 64 KiB for a creator when full, where a dict of ids
would take ten times that; a thousand rooms fit. Two different ids share a fingerprint once in 2^52 events.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable

from bot.eventlog.log import DEDUPE_WINDOW
from bot.events import Event, UnknownEvent
from bot.events.codec import SCHEMA_VERSION, AnyEvent, Envelope, Logged, event_id
from bot.model.ids import CreatorId

_MASK = (1 << 64) - 1


class Window:
    """The ids of a creator's newest events. Looking is apart from remembering, so that a write that fails leaves no trace."""

    def __init__(self, events: Iterable[Event] = (), *, size: int = DEDUPE_WINDOW) -> None:
        self._size = size
        self._ring = array("Q")
        self._oldest = 0
        self._sorted = array("Q")
        self.remember(map(_mark, events))

    def fresh(self, events: Iterable[AnyEvent]) -> dict[int, AnyEvent]:
        """Those that are neither in the window nor repeated among themselves, in order, by their marks."""
        found: dict[int, AnyEvent] = {}
        for event in events:
            mark = _mark(event)
            if mark not in found and not self._knows(mark):
                found[mark] = event
        return found

    def remember(self, marks: Iterable[int]) -> None:
        """Events with these marks were logged, in this order; the oldest make room for them."""
        for mark in marks:
            if len(self._ring) < self._size:
                self._ring.append(mark)
            else:
                del self._sorted[bisect_left(self._sorted, self._ring[self._oldest])]
                self._ring[self._oldest] = mark
                self._oldest = (self._oldest + 1) % self._size
            insort(self._sorted, mark)

    def _knows(self, mark: int) -> bool:
        place = bisect_left(self._sorted, mark)
        return place < len(self._sorted) and self._sorted[place] == mark


def loggable(events: Iterable[Event]) -> tuple[list[AnyEvent], list[UnknownEvent]]:
    """What belongs in the log, and what is only counted: half the bytes of a hot room are messages that we do not model."""
    modelled: list[AnyEvent] = []
    unknown: list[UnknownEvent] = []
    for event in events:
        if isinstance(event, UnknownEvent):
            unknown.append(event)
        else:
            modelled.append(event)  # type: ignore[arg-type]  # every other Event class is in the union
    return modelled, unknown


def seal(events: Iterable[AnyEvent], *, creator_id: CreatorId, epoch: int, after: int, source: str) -> list[Logged]:
    """Give the events the seqs behind `after`."""
    return [
        Logged(Envelope(SCHEMA_VERSION, creator_id, seq, epoch, source, event.received_at_ms), event)
        for seq, event in enumerate(events, start=after + 1)
    ]


def _mark(event: Event) -> int:
    return hash(event_id(event)) & _MASK
