"""The durable log in a table: one row for each flush of a creator, appended in group commits.

One process writes (storage holds the file's lock), so what it appended is known here without asking the table: a hot tail
serves readers who keep up, waiting needs no polling, and the table serves those who fell behind or came back.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial

import msgspec

from bot.eventlog.hot import HotTail
from bot.eventlog.log import DEDUPE_WINDOW, Fenced
from bot.eventlog.partition import Partition
from bot.eventlog.window import Window, loggable, seal
from bot.events import Common, Event, GapEvent, MessageId, UnknownEvent
from bot.events.codec import SCHEMA_VERSION, Envelope, Logged, decode, encode
from bot.model.ids import CreatorId
from bot.storage import log_entries
from bot.storage.database import Database
from bot.storage.log_entries import Batch, StaleEpoch

_PRUNE_BATCHES = 500
"""Batches that one transaction deletes at most, so that appends never wait long behind retention."""

_GIVE_BACK_PAGES = 250
_GIVE_BACK_ROUNDS = 8
"""After pruning, so many pages in so many short transactions go back to the disk at most (8 MB); the rest is written over
before the file grows again."""

_log = logging.getLogger(__name__)


class SqlEventLog:
    """Implements `EventLog` on a `Database`.

    `unlogged` counts the unmodelled messages by method, `unreadable` the stored batches that could not be decoded.
    """

    def __init__(self, db: Database, *, writer_name: str = "embedded") -> None:
        self.unlogged: Counter[str] = Counter()
        self.unreadable = 0
        self._db = db
        self._writer_name = writer_name
        self._partitions: dict[CreatorId, Partition] = {}
        self._hot = HotTail()

    async def writer(self, creator_id: CreatorId) -> SqlLogWriter:
        """Take the next epoch of this creator, and look up what the last events were."""
        head = await self._db.write(log_entries.take_epoch, creator_id)
        writer = SqlLogWriter(self, self._db, creator_id, head.epoch, self._writer_name)
        await writer.catch_up()
        return writer

    async def last_seq(self, creator_id: CreatorId) -> int:
        """The newest durable seq, 0 for a creator without events."""
        return (await self._partition(creator_id)).last_seq

    async def read(self, creator_id: CreatorId, *, after: int, limit: int = 500) -> Sequence[Logged]:
        """Up to `limit` events behind `after`. A batch that cannot be decoded reads as one `GapEvent` in its last place."""
        if not (await self._partition(creator_id)).has_after(after):
            return []
        hot = self._hot.after(creator_id, after, limit)
        if hot is not None:
            return hot
        batches = await self._db.read(log_entries.read, creator_id, after=after, limit=limit)
        logged = (each for batch in batches for each in self._decode(batch) if each.seq > after)
        return [each for each, _ in zip(logged, range(limit), strict=False)]

    async def wait(self, creator_id: CreatorId, *, after: int, timeout_s: float) -> bool:
        """Return True as soon as there is an event with `seq > after`, False after `timeout_s`."""
        return await (await self._partition(creator_id)).wait(after=after, timeout_s=timeout_s)

    def wake(self, creator_id: CreatorId) -> None:
        """Let whoever waits for this creator look again."""
        if creator_id in self._partitions:
            self._partitions[creator_id].wake()

    async def prune(self, *, received_before_ms: int, most_bytes: int) -> int:
        """Delete batches that are older, then the oldest until the rest fits; return how many events went."""
        deleted = 0
        while True:
            pruned = await self._db.write(
                log_entries.prune,
                received_before_ms=received_before_ms,
                most_bytes=most_bytes,
                most_batches=_PRUNE_BATCHES,
            )
            for creator_id, through_seq in pruned.through.items():
                self._hot.drop(creator_id, through_seq)
                if creator_id in self._partitions:
                    self._partitions[creator_id].prune(through_seq)
            deleted += pruned.events
            if not pruned.through:
                break
        for _ in range(_GIVE_BACK_ROUNDS):
            if await self._db.write(log_entries.give_back, pages=_GIVE_BACK_PAGES) < _GIVE_BACK_PAGES:
                break
        return deleted

    def stored(self, creator_id: CreatorId, logged: Sequence[Logged]) -> None:
        """A writer's batch is durable: from now on readers see it."""
        self._hot.add(creator_id, logged)
        self._partitions[creator_id].grow(logged[-1].seq)

    def rewritten(self, creator_id: CreatorId) -> None:
        """Stored events of this creator were changed (somebody is to be forgotten): readers find them in the table."""
        if creator_id in self._partitions:
            self._hot.drop(creator_id, self._partitions[creator_id].last_seq)

    def count_unlogged(self, events: Iterable[UnknownEvent]) -> None:
        """Remember how many messages of each kind were left out."""
        self.unlogged.update(event.method for event in events)

    async def recent(self, creator_id: CreatorId) -> tuple[int, list[Event]]:
        """The newest durable seq, as the table has it, and the events that a duplicate could repeat."""
        head = await self._db.read(log_entries.head, creator_id)
        partition = self._partitions.setdefault(creator_id, Partition(head.last_seq, head.pruned_seq))
        partition.grow(head.last_seq)
        after = max(0, head.last_seq - DEDUPE_WINDOW)
        batches = await self._db.read(log_entries.read, creator_id, after=after, limit=DEDUPE_WINDOW)
        return head.last_seq, [each.event for batch in batches for each in self._decode(batch) if each.seq > after]

    async def _partition(self, creator_id: CreatorId) -> Partition:
        known = self._partitions.get(creator_id)
        if known is None:
            head = await self._db.read(log_entries.head, creator_id)
            # Somebody else may have asked, or even written, meanwhile: theirs is newer.
            known = self._partitions.setdefault(creator_id, Partition(head.last_seq, head.pruned_seq))
        return known

    def _decode(self, batch: Batch) -> list[Logged]:
        try:
            logged = decode(batch.body)
        except msgspec.DecodeError as error:
            return [self._unreadable(batch, str(error))]
        if [each.seq for each in logged] != list(range(batch.first_seq, batch.last_seq + 1)):
            return [self._unreadable(batch, "its events are not those of its key")]
        return logged

    def _unreadable(self, batch: Batch, reason: str) -> Logged:
        """What stands for a batch that cannot be decoded: readers must get past it, and people must hear of it."""
        self.unreadable += 1
        _log.error(
            "creator %d: stored events %d to %d cannot be read: %s", batch.creator_id, batch.first_seq, batch.last_seq, reason
        )
        gap = GapEvent(
            Common(
                message_id=MessageId(f"gap:unreadable:{batch.creator_id}:{batch.first_seq}"),
                received_at_ms=batch.received_to_at_ms,
            ),
            from_ms=batch.received_from_at_ms,
            to_ms=batch.received_to_at_ms,
            reason="stored events could not be read",
        )
        at_ms = batch.received_to_at_ms
        return Logged(Envelope(SCHEMA_VERSION, batch.creator_id, batch.last_seq, batch.epoch, "log", at_ms), gap)


class SqlLogWriter:
    """Implements `LogWriter`. Built by `SqlEventLog.writer`."""

    def __init__(self, log: SqlEventLog, db: Database, creator_id: CreatorId, epoch: int, name: str) -> None:
        self.creator_id = creator_id
        self.epoch = epoch
        self._log = log
        self._db = db
        self._name = name
        self._turn = asyncio.Lock()
        self._in_flight: asyncio.Future[None] | None = None
        self._is_certain = False
        self._last_seq = 0
        self._window = Window()

    async def append(self, events: Sequence[Event], *, source: str) -> Sequence[Logged]:
        """Store what is not a duplicate, durably, in one piece; return it with its seqs. Raises `Fenced`.

        Cancelling the caller does not undo it: the batch is stored all the same, and the next append goes on behind it.
        After an error nobody knows what the disk holds, so the next append looks before it writes.
        """
        modelled, unknown = loggable(events)
        self._log.count_unlogged(unknown)
        async with self._turn:
            await self._settle()
            fresh = self._window.fresh(modelled)
            logged = seal(
                fresh.values(),
                creator_id=self.creator_id,
                epoch=self.epoch,
                after=self._last_seq,
                source=source,
            )
            if logged:
                await self._store(logged, tuple(fresh))
            return logged

    async def catch_up(self) -> None:
        """Take seq and duplicates from the table."""
        self._last_seq, recent = await self._log.recent(self.creator_id)
        self._window = Window(recent)
        self._is_certain = True

    async def _settle(self) -> None:
        """Know how the last append ended: its caller may have been cancelled, or have got an error."""
        if self._in_flight is not None and not self._in_flight.done():
            await asyncio.wait([self._in_flight])
        if not self._is_certain:
            await self.catch_up()

    async def _store(self, logged: Sequence[Logged], marks: Sequence[int]) -> None:
        received = [each.event.received_at_ms for each in logged]
        batch = Batch(
            creator_id=self.creator_id,
            first_seq=logged[0].seq,
            last_seq=logged[-1].seq,
            epoch=self.epoch,
            writer=self._name,
            schema_version=SCHEMA_VERSION,
            received_from_at_ms=min(received),
            received_to_at_ms=max(received),
            body=encode(logged),
        )
        self._in_flight = await self._db.submit(log_entries.append, batch)
        self._in_flight.add_done_callback(partial(self._stored, logged, marks))
        try:
            await asyncio.shield(self._in_flight)
        except StaleEpoch as error:
            msg = f"creator {self.creator_id}: a newer writer than epoch {self.epoch} has taken over"
            raise Fenced(msg) from error

    def _stored(self, logged: Sequence[Logged], marks: Sequence[int], future: asyncio.Future[None]) -> None:
        """Called when the commit is over, whether or not the caller still waits; only success moves us on."""
        if future.cancelled() or future.exception() is not None:
            self._is_certain = False
            return
        self._last_seq = logged[-1].seq
        self._window.remember(marks)
        self._log.stored(self.creator_id, logged)
