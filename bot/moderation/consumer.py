"""Keeps comments and who wrote or gave, marks what was removed, one cursor per creator.

What it stores is for look-ups, alerts and erasure; it tells nobody anything.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial

from bot.clock import Clock
from bot.eventlog.log import EventLog
from bot.model.ids import CreatorId
from bot.moderation import correlate
from bot.moderation.correlate import Gleaned, Overtaken
from bot.moderation.viewers import Met, meet
from bot.storage import comments, cursors, watches
from bot.storage.database import Database

CONSUMER = "comments"
"""The name of our cursors."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeeperSettings:
    """Seconds, unless the name says otherwise."""

    look_every_s: float = 5.0
    """How soon a newly watched creator's comments are kept. They wait in the log until then."""

    gather_s: float = 1.0
    """Comments of so much time are stored together. Whoever asks about a removal meanwhile finds them in the log."""

    idle_s: float = 30.0
    """How long a quiet log is waited for before we ask again whether anybody still watches."""

    move_every_s: float = 5.0
    """A stretch of the log without comments moves the cursor at most so often; it is read again after a crash."""

    retry_s: float = 5.0
    """After a failure of storage."""

    recall: int = 1_000
    """Events before the cursor in which, at a start, deletions are looked for that may have overtaken their comment."""


class CommentKeeper:
    """`run` it. Follows every creator who is watched, and those who no longer are until their log is read to its end."""

    def __init__(self, db: Database, log: EventLog, *, clock: Clock, settings: KeeperSettings | None = None) -> None:
        self.kept = 0
        """Comments handed to storage; after a crash some twice."""
        self.removals = 0
        """Deletions applied."""
        self.failures = 0
        self._db = db
        self._log = log
        self._clock = clock
        self._settings = settings or KeeperSettings()
        self._wanted: frozenset[CreatorId] = frozenset()
        self._running: set[CreatorId] = set()

    async def run(self) -> None:
        """Until cancelled. What was not stored by then is read again at the next start."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._look()
                for creator_id in self._wanted - self._running:
                    self._running.add(creator_id)
                    tasks.create_task(self._keep(creator_id), name=f"comments of creator {creator_id}")
                await self._clock.sleep(self._settings.look_every_s)

    async def _look(self) -> None:
        try:
            active = await self._db.read(watches.active)
        except Exception as error:  # noqa: BLE001  # the edge towards storage: it may answer next time
            self._note_failure("the watches could not be read", error)
        else:
            self._wanted = frozenset(watch.creator_id for watch in active)

    async def _keep(self, creator_id: CreatorId) -> None:
        """Follow one creator's log; a failure of theirs is nobody else's."""
        try:
            while True:
                try:
                    await self._follow(creator_id)
                except Exception as error:  # noqa: BLE001  # the task's edge: start over at the stored cursor
                    self._note_failure(f"comments of creator {creator_id} could not be stored", error)
                    await self._clock.sleep(self._settings.retry_s)
                else:
                    return
        finally:
            self._running.discard(creator_id)

    async def _follow(self, creator_id: CreatorId) -> None:
        """From the cursor to the log's end, and on; return once nobody watches and nothing is left."""
        seq = await self._db.read(cursors.get, CONSUMER, creator_id) or 0
        overtaken = await self._recall(creator_id, seq)
        moved_at = self._clock.monotonic()
        while True:
            if not await self._log.wait(creator_id, after=seq, timeout_s=self._settings.idle_s):
                if creator_id not in self._wanted:
                    return
                continue
            await self._clock.sleep(self._settings.gather_s)
            logged = await self._log.read(creator_id, after=seq)
            if not logged:
                # Retention took it between the two; the pause above keeps this from spinning.
                continue
            seq = logged[-1].seq
            gleaned = correlate.glean(logged, overtaken, creator_id=creator_id)
            met = meet(logged, creator_id=creator_id)
            now = self._clock.monotonic()
            if gleaned or met or now - moved_at >= self._settings.move_every_s:
                await self._store(creator_id, gleaned, met, seq)
                moved_at = now

    async def _recall(self, creator_id: CreatorId, seq: int) -> Overtaken:
        after = max(0, seq - self._settings.recall)
        if after >= seq:
            return Overtaken()
        tail = await self._log.read(creator_id, after=after, limit=self._settings.recall)
        return correlate.recall([entry for entry in tail if entry.seq <= seq])

    async def _store(self, creator_id: CreatorId, gleaned: Gleaned, met: Met, seq: int) -> None:
        """Rows, then removals, viewers, then the cursor: one unit, so that a crash leaves all of it or nothing."""
        removals = tuple(
            partial(
                comments.mark_removed,
                creator_id=creator_id,
                room_id=removal.room_id,
                message_ids=removal.message_ids,
                viewer_ids=removal.viewer_ids,
                at_ms=removal.at_ms,
                through_seq=removal.through_seq,
            )
            for removal in gleaned.removals
        )
        stretch = comments.Stretch(CONSUMER, creator_id, seq, gleaned.rows, removals, met.sightings, met.gifts)
        await (await self._db.submit(comments.keep, stretch))
        self.kept += len(gleaned.rows)
        self.removals += len(removals)

    def _note_failure(self, what: str, error: Exception) -> None:
        self.failures += 1
        _log.warning("%s: %s; trying again", what, error)
