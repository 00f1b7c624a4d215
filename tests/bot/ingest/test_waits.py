"""The wait for the next look, and who may shorten it."""

from __future__ import annotations

import asyncio

from bot.ingest.polling import Rank
from bot.ingest.settings import IngestSettings
from bot.ingest.usual import WEEK_MS
from bot.ingest.waits import Waits
from tests.doubles.clock import FakeClock

SETTINGS = IngestSettings(wish_every_s=10, usual_every_s=60)


async def slept(waits: Waits, clock: FakeClock, seconds: float, *, patient: bool = False) -> float:
    """When a pause that begins now ends, if nobody calls any more."""
    began = clock.monotonic()
    pausing = asyncio.get_running_loop().create_task(waits.pause(seconds, patient=patient))
    while not pausing.done():
        await clock.advance(0.5)
    return clock.monotonic() - began


def rank_of(waits: Waits) -> Rank:
    return waits.rank


def waiting(clock: FakeClock, *, is_wished: bool = False) -> Waits:
    waits = Waits(clock, SETTINGS, is_wished=is_wished)
    waits.looked_at = clock.monotonic()
    return waits


async def test_a_wish_ends_the_wait_but_two_looks_keep_their_distance() -> None:
    clock = FakeClock()
    waits = waiting(clock)
    waits.wish()
    assert rank_of(waits) is Rank.WISHED
    assert await slept(waits, clock, 300) == 10
    waits.looking()
    assert rank_of(waits) is Rank.ROUTINE
    assert await slept(waits, clock, 300) == 300


async def test_nobody_hurries_a_patient_wait() -> None:
    clock = FakeClock()
    waits = waiting(clock, is_wished=True)
    assert await slept(waits, clock, 30, patient=True) == 30


async def test_a_hint_counts_once_a_minute_at_most() -> None:
    clock = FakeClock()
    waits = waiting(clock)
    assert not waits.hint()
    assert await slept(waits, clock, 60) == 60
    assert waits.hint()
    assert rank_of(waits) is Rank.LIKELY
    assert await slept(waits, clock, 300) <= 0.5
    waits.looking()
    assert not waits.hint()


async def test_a_habit_goes_before_routine_and_a_wish_before_a_habit() -> None:
    clock = FakeClock()
    waits = waiting(clock)
    for week in (1, 2):
        waits.began(clock.now_ms() - week * WEEK_MS)
    assert waits.is_usual
    assert rank_of(waits) is Rank.LIKELY
    waits.wish()
    assert rank_of(waits) is Rank.WISHED


async def test_old_beginnings_are_forgotten() -> None:
    waits = waiting(FakeClock())
    waits.starts_ms = [0]
    waits.began(FakeClock().now_ms())
    assert waits.starts_ms == [FakeClock().now_ms()]
