"""Turns in front of TikTok's pages."""

from __future__ import annotations

import asyncio

from bot.ingest.look_ups import Turns
from bot.ingest.polling import Rank
from bot.ingest.settings import IngestSettings
from bot.model.ids import CreatorId
from tests.doubles.clock import FakeClock


async def test_turns_come_at_the_budgets_pace_and_the_urgent_one_first() -> None:
    clock = FakeClock()
    turns = Turns(clock, IngestSettings(look_ups_per_s=1, look_up_burst=2))
    went: list[tuple[int, float]] = []

    async def go(number: int, rank: Rank = Rank.ROUTINE) -> None:
        await turns.take(CreatorId(number), rank)
        went.append((number, clock.monotonic()))

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(turns.run())
        for number in range(4):
            tasks.create_task(go(number))
        await clock.advance(0.5)
        tasks.create_task(go(9, Rank.WISHED))
        await clock.advance(0.1)
        assert turns.waits_s() == {CreatorId(9): 1, CreatorId(2): 2, CreatorId(3): 3}
        await clock.advance(10)
        running.cancel()

    assert went == [(0, 0), (1, 0), (9, 1), (2, 2), (3, 3)]


async def test_whoever_stops_waiting_takes_no_turn_from_the_others() -> None:
    clock = FakeClock()
    turns = Turns(clock, IngestSettings(look_ups_per_s=1, look_up_burst=1))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(turns.run())
        first, gone, last = (tasks.create_task(turns.take(CreatorId(number), Rank.ROUTINE)) for number in range(3))
        await clock.advance(0.1)
        gone.cancel()
        await clock.advance(1)
        assert first.done()
        assert last.done()
        running.cancel()
