"""The log in memory: for tests and for looking at a room in the terminal. Same promises, but durable only while we run.

It keeps encoded batches, exactly as a table would, so that what survives here survives there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.eventlog.log import DEDUPE_WINDOW, Fenced
from bot.eventlog.partition import Partition
from bot.eventlog.window import Window, loggable, seal
from bot.events import Event
from bot.events.codec import Logged, decode, encode
from bot.model.ids import CreatorId


@dataclass(frozen=True, slots=True)
class _Batch:
    first_seq: int
    last_seq: int
    received_to_at_ms: int
    body: bytes


class _Room(Partition):
    """One creator's partition together with its events."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch = 0
        self.batches: list[_Batch] = []

    def after(self, seq: int) -> list[Logged]:
        return [each for batch in self.batches if batch.last_seq > seq for each in decode(batch.body) if each.seq > seq]

    def drop_through(self, last_seq: int) -> int:
        """Let go of the oldest batches; how many events they held."""
        doomed = [batch for batch in self.batches if batch.last_seq <= last_seq]
        self.batches = self.batches[len(doomed) :]
        self.prune(last_seq)
        return sum(batch.last_seq - batch.first_seq + 1 for batch in doomed)


class MemoryEventLog:
    """Implements `EventLog`. `unlogged` counts the unmodelled messages by method."""

    def __init__(self) -> None:
        self.unlogged: Counter[str] = Counter()
        self._rooms: defaultdict[CreatorId, _Room] = defaultdict(_Room)

    async def writer(self, creator_id: CreatorId) -> MemoryLogWriter:
        """Take the next epoch of this creator."""
        room = self._rooms[creator_id]
        room.epoch += 1
        return MemoryLogWriter(self, creator_id, room)

    async def last_seq(self, creator_id: CreatorId) -> int:
        """The newest seq, 0 for a creator without events."""
        return self._rooms[creator_id].last_seq

    async def read(self, creator_id: CreatorId, *, after: int, limit: int = 500) -> Sequence[Logged]:
        """Up to `limit` events behind `after`, in order."""
        return self._rooms[creator_id].after(after)[:limit]

    async def wait(self, creator_id: CreatorId, *, after: int, timeout_s: float) -> bool:
        """Return True as soon as there is an event with `seq > after`, False after `timeout_s`."""
        return await self._rooms[creator_id].wait(after=after, timeout_s=timeout_s)

    def wake(self, creator_id: CreatorId) -> None:
        """Let whoever waits for this creator look again."""
        self._rooms[creator_id].wake()

    async def prune(self, *, received_before_ms: int, most_bytes: int) -> int:
        """Delete batches that are older, then the oldest until the rest fits; return how many events went."""
        deleted = 0
        for room in self._rooms.values():
            old = [batch.last_seq for batch in room.batches if batch.received_to_at_ms < received_before_ms]
            deleted += room.drop_through(max(old, default=0))
        by_age = sorted(
            ((batch, room) for room in self._rooms.values() for batch in room.batches),
            key=lambda held: held[0].received_to_at_ms,
        )
        for batch, room in by_age:
            if sum(len(kept.body) for each in self._rooms.values() for kept in each.batches) <= most_bytes:
                break
            deleted += room.drop_through(batch.last_seq)
        return deleted


class MemoryLogWriter:
    """Implements `LogWriter`. Built by `MemoryEventLog.writer`."""

    def __init__(self, log: MemoryEventLog, creator_id: CreatorId, room: _Room) -> None:
        self.creator_id = creator_id
        self.epoch = room.epoch
        self._log = log
        self._room = room
        self._window = Window(each.event for each in room.after(max(0, room.last_seq - DEDUPE_WINDOW)))

    async def append(self, events: Sequence[Event], *, source: str) -> Sequence[Logged]:
        """Keep what is not a duplicate, in one piece; return it with its seqs. Raises `Fenced`."""
        room = self._room
        modelled, unknown = loggable(events)
        self._log.unlogged.update(event.method for event in unknown)
        fresh = self._window.fresh(modelled)
        logged = seal(
            fresh.values(),
            creator_id=self.creator_id,
            epoch=self.epoch,
            after=room.last_seq,
            source=source,
        )
        if not logged:
            return []
        if self.epoch != room.epoch:
            msg = f"creator {self.creator_id}: a newer writer than epoch {self.epoch} has taken over"
            raise Fenced(msg)
        received = max(each.event.received_at_ms for each in logged)
        room.batches.append(_Batch(logged[0].seq, logged[-1].seq, received, encode(logged)))
        self._window.remember(fresh)
        room.grow(logged[-1].seq)
        return logged
