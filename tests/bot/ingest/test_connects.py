"""The turnstile: who connects next, through what, how fast, and where the others stand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from random import Random

from bot.errors import ConnectionRefused
from bot.ingest.connects import Connects, NamedSource, Turn
from bot.ingest.settings import IngestSettings
from bot.ingest.sources import Way
from bot.model.ids import CreatorId
from bot.tiktok.allowance import ANONYMOUS_SIGNING
from tests.doubles.clock import FakeClock
from tests.doubles.tiktok import ScriptedSource

SIGNED = Way("webcast", "no key", ANONYMOUS_SIGNING)
OTHER = Way("other")


class Crowd:
    """Creators who want to connect; `given` is who was let through, in order."""

    def __init__(self, *ways: Way, per_s: float = 10.0, burst: int = 20) -> None:
        self.clock = FakeClock()
        source = ScriptedSource(self.clock)
        settings = IngestSettings(connects_per_s=per_s, connect_burst=burst)
        self.connects = Connects([NamedSource(way, source) for way in ways], clock=self.clock, rng=Random(1), settings=settings)
        self.given: list[Turn] = []
        self.tasks: dict[CreatorId, asyncio.Task[None]] = {}

    @property
    def numbers(self) -> Sequence[int]:
        return [turn.creator_id for turn in self.given]

    def comes(self, *numbers: int, not_before: Mapping[Way, float] | None = None) -> None:
        async def wait(creator_id: CreatorId) -> None:
            self.given.append(await self.connects.take(creator_id, not_before or {}))

        for number in numbers:
            self.tasks[CreatorId(number)] = asyncio.get_running_loop().create_task(wait(CreatorId(number)))


@contextlib.asynccontextmanager
async def crowd(*ways: Way, per_s: float = 10.0, burst: int = 20) -> AsyncIterator[Crowd]:
    made = Crowd(*ways, per_s=per_s, burst=burst)
    running = asyncio.get_running_loop().create_task(made.connects.run())
    try:
        yield made
    finally:
        for task in (*made.tasks.values(), running):
            task.cancel()
        await asyncio.wait([*made.tasks.values(), running])


async def test_a_thousand_who_come_at_once_go_through_one_after_the_other_at_a_pace() -> None:
    async with crowd(OTHER, per_s=50.0, burst=20) as people:
        people.comes(*range(1000))
        await people.clock.advance(10)
        assert len(people.given) == 20 + 50 * 10
        assert people.numbers == list(range(520))
        await people.clock.advance(10)
        assert len(people.given) == 1000
        assert len(people.connects) == 0


async def test_everybody_in_line_can_be_told_where_they_stand_and_how_long_it_takes() -> None:
    async with crowd(SIGNED) as people:
        people.comes(*range(8))
        await people.clock.advance(1)
        assert len(people.given) == 5
        places = people.connects.places()
        assert [(each, place.number) for each, place in places.items()] == [(5, 1), (6, 2), (7, 3)]
        assert [round(place.expected_s) for place in places.values()] == [59, 59 + 120, 59 + 240]
        assert places[CreatorId(5)].reason == "webcast (no key) waits 59 s: its 5 connects in 60 s are used up"
        await people.clock.advance(59)
        assert people.numbers == [0, 1, 2, 3, 4, 5, 6, 7]
        assert people.given[-1].waited_s == 60
        assert people.connects.places() == {}


async def test_who_must_avoid_a_way_is_overtaken_by_those_who_need_not() -> None:
    async with crowd(OTHER) as people:
        people.comes(1, not_before={OTHER: 30.0})
        people.comes(2)
        await people.clock.advance(1)
        assert people.numbers == [2]
        await people.clock.advance(29)
        assert people.numbers == [2, 1]


async def test_a_wait_that_one_was_asked_for_binds_all_and_another_way_is_taken_at_once() -> None:
    async with crowd(SIGNED, OTHER) as people:
        people.comes(1)
        await people.clock.advance(1)
        (first,) = people.given
        people.connects.failed(first, ConnectionRefused("too many", retry_after_s=300))
        people.connects.leave(first)
        people.comes(2, 3)
        await people.clock.advance(1)
        assert [turn.way for turn in people.given] == [SIGNED, OTHER, OTHER]
        await people.clock.advance(300)
        people.comes(4)
        await people.clock.advance(1)
        assert people.given[-1].way == SIGNED


async def test_a_stream_that_ends_makes_room_for_who_waits() -> None:
    async with crowd(Way("narrow", most_open=1)) as people:
        people.comes(1, 2)
        await people.clock.advance(5)
        assert people.numbers == [1]
        people.connects.leave(people.given[0])
        await people.clock.advance(0)
        assert people.numbers == [1, 2]


async def test_who_goes_away_leaves_the_line_and_a_turn_that_nobody_took_is_not_lost() -> None:
    async with crowd(Way("narrow", most_open=1)) as people:
        people.comes(1, 2, 3)
        await people.clock.advance(1)
        people.tasks[CreatorId(2)].cancel()
        await people.clock.advance(0)
        assert list(people.connects.places()) == [3]
        # The turn is given and its taker cancelled in the same moment.
        people.connects.leave(people.given[0])
        people.connects._give()
        people.tasks[CreatorId(3)].cancel()
        people.comes(4)
        await people.clock.advance(1)
        assert people.numbers == [1, 4]
