"""Which creators are to be followed: wanted minus running. Pure.

Many watches of one creator are one wish: there is one connection per creator, however many channels listen. A creator whom
nobody watches any more is kept for a while, so that an `/unwatch` and `/watch` in a row cost no new connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from bot.events.ids import Handle
from bot.model.ids import CreatorId, WatchId
from bot.model.watch import Watch


@dataclass(frozen=True, slots=True)
class Wanted:
    """All active watches, seen from the creators."""

    handles: Mapping[CreatorId, Handle] = field(default_factory=dict)
    watches: Mapping[WatchId, CreatorId] = field(default_factory=dict)

    def wished_since(self, before: Wanted) -> frozenset[CreatorId]:
        """Creators for whom a watch was placed or resumed since `before`: somebody waits for an answer about them."""
        return frozenset(creator for watch, creator in self.watches.items() if before.watches.get(watch) != creator)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now. `idle_since` is to be handed to the next `plan`."""

    start: tuple[CreatorId, ...]
    stop: tuple[CreatorId, ...]
    idle_since: Mapping[CreatorId, float]


def wanted(watches: Iterable[Watch]) -> Wanted:
    """The creators that active watches name."""
    active = [watch for watch in watches if watch.ended_at is None]
    return Wanted(
        handles={watch.creator_id: watch.handle for watch in active},
        watches={watch.id: watch.creator_id for watch in active},
    )


def plan(
    want: Wanted,
    running: Set[CreatorId],
    idle_since: Mapping[CreatorId, float],
    *,
    now: float,
    grace_s: float,
) -> Plan:
    """Compare wish and fact. `now` and `idle_since` are monotonic seconds."""
    idle = {creator: idle_since.get(creator, now) for creator in running if creator not in want.handles}
    stop = tuple(sorted(creator for creator, since in idle.items() if now - since >= grace_s))
    return Plan(
        start=tuple(sorted(creator for creator in want.handles if creator not in running)),
        stop=stop,
        idle_since={creator: since for creator, since in idle.items() if creator not in stop},
    )
