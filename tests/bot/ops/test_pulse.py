from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from bot.errors import DatabaseError
from bot.ops.pulse import LOOP_EVERY_S, LOOP_WITHIN_S, WRITE_EVERY_S, Pulse
from tests.doubles.clock import FakeClock


class Disk:
    """What takes the probing write: at once, late, or never."""

    def __init__(self, clock: FakeClock) -> None:
        self.takes_s = 0.0
        self.error: Exception | None = None
        self.writes = 0
        self._clock = clock

    async def write(self) -> None:
        self.writes += 1
        if self.takes_s:
            await self._clock.sleep(self.takes_s)
        if self.error is not None:
            raise self.error


class BusyLoop(FakeClock):
    """A loop that wakes its sleepers late."""

    late_s = 0.0

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds + self.late_s)


@contextlib.asynccontextmanager
async def beating(pulse: Pulse) -> AsyncIterator[None]:
    running = asyncio.get_running_loop().create_task(pulse.run())
    try:
        yield
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def test_a_loop_in_time_has_no_lag() -> None:
    clock = BusyLoop()
    pulse = Pulse(Disk(clock).write, clock=clock)
    async with beating(pulse):
        await clock.advance(60.0)
        assert pulse.loop_lag_s == 0.0


async def test_a_late_wake_up_is_remembered_for_half_a_minute_and_then_forgotten() -> None:
    clock = BusyLoop()
    pulse = Pulse(Disk(clock).write, clock=clock)
    async with beating(pulse):
        clock.late_s = 2.0
        await clock.advance(LOOP_EVERY_S + 2.0)
        clock.late_s = 0.0
        assert pulse.loop_lag_s == pytest.approx(2.0)
        await clock.advance(LOOP_WITHIN_S - 5.0)
        assert pulse.loop_lag_s == pytest.approx(2.0)
        await clock.advance(10.0)
        assert pulse.loop_lag_s == 0.0


async def test_a_write_is_timed_and_its_age_counted() -> None:
    clock = FakeClock()
    disk = Disk(clock)
    disk.takes_s = 0.25
    pulse = Pulse(disk.write, clock=clock)
    async with beating(pulse):
        await clock.advance(5.25)
        assert pulse.write_s == pytest.approx(0.25)
        assert pulse.write_age_s == pytest.approx(5.0)
        await clock.advance(WRITE_EVERY_S)
        assert disk.writes == 2
        assert pulse.write_age_s == pytest.approx(4.75)


async def test_a_database_that_refuses_ages_until_it_takes_one_again(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    disk = Disk(clock)
    pulse = Pulse(disk.write, clock=clock)
    async with beating(pulse):
        await clock.advance(1.0)
        disk.error = DatabaseError("the database refused: disk full")
        await clock.advance(4 * WRITE_EVERY_S)
        assert pulse.database_error == "the database refused: disk full"
        assert pulse.write_age_s > 3 * WRITE_EVERY_S
        assert len(caplog.records) == 1, "told once, not at each try"
        disk.error = None
        await clock.advance(WRITE_EVERY_S)
        assert pulse.database_error == ""
        assert pulse.write_age_s <= WRITE_EVERY_S


async def test_a_write_that_never_returns_ages() -> None:
    clock = FakeClock()
    disk = Disk(clock)
    disk.takes_s = float("inf")
    pulse = Pulse(disk.write, clock=clock)
    async with beating(pulse):
        await clock.advance(100.0)
        assert pulse.write_age_s == 100.0
        assert pulse.database_error == ""


async def test_an_error_of_another_kind_does_not_end_the_measuring() -> None:
    clock = FakeClock()
    disk = Disk(clock)
    disk.error = ValueError()
    pulse = Pulse(disk.write, clock=clock)
    async with beating(pulse):
        await clock.advance(2 * WRITE_EVERY_S)
        assert (disk.writes, pulse.database_error) == (3, "ValueError")
