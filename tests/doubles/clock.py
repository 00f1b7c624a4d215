"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

START_MS = 1_700_000_000_000
"""2023-11-14T22:13:20Z: a real instant, so that code which formats times is exercised too."""

_TURNS = 25
"""How often the loop may go round after each step: enough for a woken task to pass its news on to a few others."""

_REAL_PATIENCE_S = 20.0
"""How long `until` waits for work that takes real time (a database's thread) before it gives up."""


class FakeClock:
    """Time for shells under test: `await clock.advance(5)` wakes every sleeper of the next 5 s, in order, each at its time."""

    def __init__(self, start_ms: int = START_MS) -> None:
        self._start_ms = start_ms
        self._now_s = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def now_ms(self) -> int:
        return self._start_ms + round(self._now_s * 1000)

    def monotonic(self) -> float:
        return self._now_s

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now_s + seconds, next(self._numbers), future))
        await future

    @property
    def sleepers(self) -> int:
        """How many are asleep."""
        return sum(not future.done() for _, _, future in self._sleepers)

    async def advance(self, seconds: float) -> None:
        """Move time on. Whoever wakes runs, and may sleep again within the same stretch, before time goes further."""
        end = self._now_s + seconds
        await _turn()
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, future = heapq.heappop(self._sleepers)
            if future.done():
                continue
            self._now_s = max(self._now_s, at)
            future.set_result(None)
            await _turn()
        self._now_s = end
        await _turn()

    async def until(self, condition: Callable[[], bool], *, step_s: float = 1.0, most_s: float = 600.0) -> None:
        """Move time on in small steps until `condition` holds; between two steps, work in threads gets a real moment.

        Fails once `most_s` of fake time have gone by, or when real time runs out.
        """
        loop = asyncio.get_running_loop()
        gives_up = loop.time() + _REAL_PATIENCE_S
        gone_s = 0.0
        while not await _soon(condition):
            if gone_s >= most_s or loop.time() > gives_up:
                message = f"still not so after {gone_s:g} s of fake time"
                raise AssertionError(message)
            await self.advance(step_s)
            gone_s += step_s

    async def settle(self, condition: Callable[[], bool]) -> None:
        """Wait, without moving time, for work in threads to make `condition` true."""
        loop = asyncio.get_running_loop()
        gives_up = loop.time() + _REAL_PATIENCE_S
        while not await _soon(condition):
            if loop.time() > gives_up:
                message = "still not so, and no time has passed"
                raise AssertionError(message)


async def _turn() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


async def _soon(condition: Callable[[], bool]) -> bool:
    """Whether it holds at once or within a few real milliseconds."""
    for _ in range(4):
        if condition():
            return True
        await asyncio.sleep(0.001)
    return condition()
