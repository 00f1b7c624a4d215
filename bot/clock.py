"""The only place that reads a clock or sleeps. Shells take a `Clock`; pure code takes `now`."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What a shell may ask of time."""

    def now_ms(self) -> int:
        """Wall time, UTC milliseconds since the epoch: for what is stored and shown."""

    def monotonic(self) -> float:
        """Seconds that never jump: for intervals, timers and budgets."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`; zero or less yields once to the loop."""


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class Bell:
    """Wakes whoever waits for a change, or lets them wake by themselves after a while.

    A ring before the wait is not lost; several rings before one wait count as one. A bell has one waiter: where several
    wait for the same change, each has its own, and one bell rings the `others` along.
    """

    def __init__(self, *others: Bell) -> None:
        self._rung = asyncio.Event()
        self._others = others

    def ring(self) -> None:
        """Never waits."""
        self._rung.set()
        for other in self._others:
            other.ring()

    async def wait(self, timeout_s: float) -> bool:
        """Return True when rung, False after `timeout_s` seconds of silence."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True
