"""An event log whose disk can be full: whichever real log it is given, its appends fail while a test says so."""

from __future__ import annotations

from collections.abc import Sequence

from bot.clock import Clock
from bot.errors import DatabaseError
from bot.eventlog.log import EventLog, LogWriter
from bot.events import Event
from bot.events.codec import Logged
from bot.model.ids import CreatorId


class TroubledLog:
    """Implements `EventLog` over a real one. `appends` notes when each try was."""

    def __init__(self, log: EventLog, clock: Clock) -> None:
        self.is_full = False
        self.appends: list[float] = []
        self._log = log
        self._clock = clock

    async def writer(self, creator_id: CreatorId) -> LogWriter:
        return _TroubledWriter(self, await self._log.writer(creator_id))

    async def last_seq(self, creator_id: CreatorId) -> int:
        return await self._log.last_seq(creator_id)

    async def read(self, creator_id: CreatorId, *, after: int, limit: int = 500) -> Sequence[Logged]:
        return await self._log.read(creator_id, after=after, limit=limit)

    async def wait(self, creator_id: CreatorId, *, after: int, timeout_s: float) -> bool:
        return await self._log.wait(creator_id, after=after, timeout_s=timeout_s)

    def wake(self, creator_id: CreatorId) -> None:
        self._log.wake(creator_id)

    async def prune(self, *, received_before_ms: int, most_bytes: int) -> int:
        return await self._log.prune(received_before_ms=received_before_ms, most_bytes=most_bytes)

    def tried(self) -> None:
        """A writer is about to append."""
        self.appends.append(self._clock.monotonic())
        if self.is_full:
            raise DatabaseError("the disk is full")


class _TroubledWriter:
    def __init__(self, log: TroubledLog, writer: LogWriter) -> None:
        self.creator_id, self.epoch = writer.creator_id, writer.epoch
        self._log, self._writer = log, writer

    async def append(self, events: Sequence[Event], *, source: str) -> Sequence[Logged]:
        self._log.tried()
        return await self._writer.append(events, source=source)
