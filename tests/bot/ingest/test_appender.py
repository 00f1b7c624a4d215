"""The way into a log that is slow, fails and recovers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random

import pytest

from bot.eventlog.log import Fenced
from bot.eventlog.memory import MemoryEventLog
from bot.events import CommentEvent, Event, GapEvent, LikeEvent
from bot.ingest.appender import Appender
from bot.ingest.counters import Counters
from bot.ingest.settings import IngestSettings
from bot.model.ids import CreatorId
from tests.doubles.clock import START_MS, FakeClock
from tests.doubles.events import about, comment, gift, like
from tests.doubles.log import TroubledLog

ALICE = CreatorId(1)


@dataclass
class Desk:
    clock: FakeClock = field(default_factory=FakeClock)
    counters: Counters = field(default_factory=Counters)

    def __post_init__(self) -> None:
        self.log = TroubledLog(MemoryEventLog(), self.clock)

    def appender(self, settings: IngestSettings | None = None) -> Appender:
        return Appender(
            ALICE,
            log=self.log,
            source="test",
            clock=self.clock,
            rng=Random(3),
            counters=self.counters,
            settings=settings or IngestSettings(),
        )

    async def stored(self) -> list[Event]:
        return [entry.event for entry in await self.log.read(ALICE, after=0, limit=10_000)]


@contextlib.asynccontextmanager
async def running(appender: Appender) -> AsyncIterator[None]:
    task = asyncio.get_running_loop().create_task(appender.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_events_are_appended_in_order_and_at_most_once_in_fifty_milliseconds() -> None:
    desk = Desk()
    appender = desk.appender()
    events = [comment(str(number)) for number in range(40)]
    async with running(appender):
        for event in events:
            await appender.put([event])
            await desk.clock.advance(0.01)
        await desk.clock.advance(1)

    assert [event.message_id for event in await desk.stored()] == [event.message_id for event in events]
    assert len(desk.log.appends) <= 10
    assert desk.counters.appended == 40


async def test_while_the_disk_is_full_events_wait_and_are_stored_when_it_is_not() -> None:
    desk = Desk()
    appender = desk.appender()
    desk.log.is_full = True
    async with running(appender):
        await appender.put([comment("one")])
        await desk.clock.advance(30)
        await appender.put([comment("two")])
        tries = desk.log.appends
        assert 5 <= len(tries) <= 20, "neither given up nor in a tight loop"
        assert len(appender) == 2
        desk.log.is_full = False
        await desk.clock.advance(10)

    assert [event.text for event in await desk.stored() if isinstance(event, CommentEvent)] == ["one", "two"]
    assert desk.counters.append_failures == len(tries) - 2
    assert len(appender) == 0


async def test_gifts_are_never_left_out_the_source_waits_instead() -> None:
    desk = Desk()
    appender = desk.appender(IngestSettings(buffer_events=5))
    desk.log.is_full = True
    gifts = [gift(1, end=True, group=str(number)) for number in range(20)]
    async with running(appender):
        reading = asyncio.get_running_loop().create_task(appender.put(gifts))
        await desk.clock.advance(5)
        assert not reading.done()
        assert len(appender) <= 10
        desk.log.is_full = False
        await desk.clock.advance(10)
        await reading
        await desk.clock.advance(1)

    assert [event.message_id for event in await desk.stored()] == [event.message_id for event in gifts]


async def test_chat_that_was_left_out_is_admitted_afterwards_in_the_right_room() -> None:
    desk = Desk()
    appender = desk.appender(IngestSettings(buffer_events=5))
    desk.log.is_full = True
    async with running(appender):
        await appender.put([comment("in hand", room="100")])
        await desk.clock.advance(1)
        await appender.put(comment(str(number), room="100", at_ms=START_MS + number) for number in range(12))
        desk.log.is_full = False
        await desk.clock.advance(10)

    *kept, gap = await desk.stored()
    assert [event.text for event in kept if isinstance(event, CommentEvent)] == ["in hand", "7", "8", "9", "10", "11"]
    assert isinstance(gap, GapEvent)
    assert (gap.room_id, gap.from_ms, gap.to_ms) == ("100", START_MS, START_MS + 6)
    assert "7 comments" in gap.reason
    assert desk.counters.shed == {"chat": 7}


async def test_likes_that_were_left_out_are_counted_and_make_no_noise() -> None:
    desk = Desk()
    appender = desk.appender(IngestSettings(buffer_events=5))
    await appender.put(like(number) for number in range(12))
    async with running(appender):
        await desk.clock.advance(1)

    assert [type(event) for event in await desk.stored()] == [LikeEvent] * 5
    assert desk.counters.shed == {"ambient": 7}


async def test_an_event_that_cannot_be_encoded_does_not_stop_the_others() -> None:
    desk = Desk()
    appender = desk.appender()
    monster = LikeEvent(about(), count=2**80)
    await appender.put([comment("a"), comment("b"), monster, comment("c")])
    async with running(appender):
        await desk.clock.advance(1)

    assert [event.text for event in await desk.stored() if isinstance(event, CommentEvent)] == ["a", "b", "c"]
    assert desk.counters.unstorable == 1
    assert len(appender) == 0


async def test_what_the_log_had_already_is_counted_as_a_duplicate() -> None:
    desk = Desk()
    appender = desk.appender()
    said = comment("hi")
    await appender.put([said, said])
    async with running(appender):
        await desk.clock.advance(1)

    assert (desk.counters.appended, desk.counters.duplicates) == (1, 1)


async def test_settled_returns_only_once_everything_is_durable() -> None:
    desk = Desk()
    appender = desk.appender()
    desk.log.is_full = True
    await appender.put([comment("hi")])
    async with running(appender):
        settled = asyncio.get_running_loop().create_task(appender.settled())
        await desk.clock.advance(5)
        assert not settled.done()
        desk.log.is_full = False
        await desk.clock.advance(6)
        await settled


async def test_a_newer_writer_ends_this_one() -> None:
    desk = Desk()
    appender = desk.appender()
    await appender.put([comment("mine")])
    await appender.drain()
    await desk.log.writer(ALICE)
    await appender.put([comment("too late")])

    with pytest.raises(Fenced):
        await appender.run()
    assert len(await desk.stored()) == 1
