"""Two small measurements that no other part takes: how late the event loop wakes us, and whether the database takes a write."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from bot.clock import Clock

LOOP_EVERY_S = 0.5
LOOP_WITHIN_S = 30.0
"""The latest wake-up of so long a time is shown, so that a scrape every 30 s misses none."""

WRITE_EVERY_S = 15.0

_log = logging.getLogger(__name__)


class Pulse:
    """`run` it. `write` makes the database take a small write and returns once that is durable."""

    def __init__(self, write: Callable[[], Awaitable[object]], *, clock: Clock) -> None:
        self.write_s = 0.0
        """How long the last write took."""
        self.database_error = ""
        """What the last one said, "" when it succeeded."""
        self._write = write
        self._clock = clock
        self._written_at = clock.monotonic()
        self._lags: deque[float] = deque([0.0], maxlen=round(LOOP_WITHIN_S / LOOP_EVERY_S))

    @property
    def loop_lag_s(self) -> float:
        """The latest wake-up within the last `LOOP_WITHIN_S`."""
        return max(self._lags)

    @property
    def write_age_s(self) -> float:
        """Since the last write that succeeded; since the start before the first."""
        return self._clock.monotonic() - self._written_at

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_loop(), name="loop lag")
            group.create_task(self._watch_database(), name="database probe")

    async def _watch_loop(self) -> None:
        while True:
            due_at = self._clock.monotonic() + LOOP_EVERY_S
            await self._clock.sleep(LOOP_EVERY_S)
            self._lags.append(max(0.0, self._clock.monotonic() - due_at))

    async def _watch_database(self) -> None:
        while True:
            began_at = self._clock.monotonic()
            try:
                await self._write()
            except Exception as error:  # noqa: BLE001  # the probe's edge: whatever it is, it is what we came to see
                if not self.database_error:
                    _log.warning("the database does not take a write: %s", error)
                self.database_error = str(error) or type(error).__name__
            else:
                self.database_error = ""
                self._written_at = self._clock.monotonic()
                self.write_s = self._written_at - began_at
            await self._clock.sleep(WRITE_EVERY_S)
