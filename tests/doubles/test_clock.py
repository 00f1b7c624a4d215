"""The fake clock is a clock: what holds for the machine's holds for it."""

from __future__ import annotations

import asyncio

import pytest

from bot.clock import Clock, SystemClock
from tests.doubles.clock import FakeClock


async def passes(clock: Clock, seconds: float) -> None:
    if isinstance(clock, FakeClock):
        await clock.advance(seconds)
    else:
        await asyncio.sleep(seconds)


@pytest.mark.parametrize("clock", [SystemClock(), FakeClock()], ids=["system", "fake"])
async def test_sleepers_wake_in_the_order_of_their_times_and_not_early(clock: Clock) -> None:
    woken: list[tuple[str, float]] = []
    began = clock.monotonic()

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic() - began))

    async with asyncio.TaskGroup() as tasks:
        for name, seconds in (("late", 0.03), ("soon", 0.01), ("now", 0.0), ("never late", -1.0)):
            tasks.create_task(sleeper(name, seconds))
        await passes(clock, 0.06)

    assert [name for name, _ in woken] == ["now", "never late", "soon", "late"]
    assert woken[2][1] >= 0.01 - 1e-3
    assert woken[3][1] >= 0.03 - 1e-3


@pytest.mark.parametrize("clock", [SystemClock(), FakeClock()], ids=["system", "fake"])
async def test_both_times_go_on_together(clock: Clock) -> None:
    wall_ms, monotonic = clock.now_ms(), clock.monotonic()
    await passes(clock, 0.02)

    assert clock.now_ms() - wall_ms >= 19
    assert clock.monotonic() - monotonic >= 0.019


@pytest.mark.parametrize("clock", [SystemClock(), FakeClock()], ids=["system", "fake"])
async def test_a_cancelled_sleeper_is_gone(clock: Clock) -> None:
    task = asyncio.get_running_loop().create_task(clock.sleep(0.01))
    await asyncio.sleep(0)
    task.cancel()
    await passes(clock, 0.02)

    assert task.cancelled()


async def test_a_sleeper_that_sleeps_again_is_woken_at_each_of_its_times() -> None:
    clock, woken = FakeClock(), []

    async def ticker() -> None:
        while True:
            await clock.sleep(1)
            woken.append(clock.monotonic())

    task = asyncio.get_running_loop().create_task(ticker())
    await clock.advance(3.5)
    task.cancel()

    assert woken == [1, 2, 3]


async def test_until_fails_when_it_never_becomes_so() -> None:
    with pytest.raises(AssertionError, match="10 s of fake time"):
        await FakeClock().until(lambda: False, step_s=5, most_s=10)
