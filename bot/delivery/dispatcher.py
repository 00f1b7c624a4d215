"""Lines to Discord: one lane for each channel, all of them run and tidied here.

The relay calls `offer`, `passed`, `strike` and `stop`, which decide and return at once; each lane has one task that posts
(`posting`) and one that corrects (`editing`). What waits is bounded by `lane_lines` for each channel: past it the oldest chat
lines go, are counted, and the next post says how many.

At the start the posts that were on their way when the last process ended go first, then corrections that Discord does not
show yet, then what is new.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from random import Random
from typing import Protocol

from bot.clock import Bell, Clock
from bot.delivery.budget import Pace
from bot.delivery.editing import Editing
from bot.delivery.intents import Strike
from bot.delivery.lane import Counters, Lane
from bot.delivery.ledger import Ledger
from bot.delivery.posting import MOST_AT_ONCE, Posting
from bot.delivery.sender import Sender
from bot.errors import DatabaseError
from bot.model.draft import LedgerPost, Line
from bot.model.fault import Queue, Trouble
from bot.model.ids import ChannelId
from bot.model.watch import Watch
from bot.storage import watches
from bot.storage.database import Database

CURSORS_EVERY_S = 5.0
"""A cursor that passes only unwanted events moves this often: a crash reads at most so much again."""

PACE_EVERY_S = 1.0
DESERTED_S = 60.0
IDLE_S = 60.0

_log = logging.getLogger(__name__)


class Settings(Protocol):
    """The part of the configuration that concerns lanes: `config.Delivery`, and what tests say."""

    @property
    def post_every_s(self) -> float:
        """Seconds between two posts of one channel."""

    @property
    def lane_lines(self) -> int:
        """Lines that may wait for one channel."""

    @property
    def freshness_s(self) -> float:
        """Age after which a waiting line is left out."""


@dataclass(frozen=True, slots=True)
class _Worker:
    lane: Lane
    posting: Posting
    editing: Editing

    def wake(self) -> None:
        self.posting.bell.ring()
        self.editing.bell.ring()


class Dispatcher:
    """Delivers. Build it, call `run` in a task; what is offered before waits until the past is dealt with."""

    def __init__(self, db: Database, sender: Sender, clock: Clock, settings: Settings, *, rng: Random | None = None) -> None:
        self.counters = Counters()
        self._db = db
        self._sender = sender
        self._clock = clock
        self._rng = rng or Random()
        self._ledger = Ledger(db, clock, self._rng)
        self._lane_lines = settings.lane_lines
        self._fresh_s = settings.freshness_s
        self._pace = Pace(settings.post_every_s)
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self._began_at = clock.monotonic()
        self._workers: dict[ChannelId, _Worker] = {}
        self._unstarted: list[_Worker] = []
        self._recovered = asyncio.Event()
        self._bell = Bell()

    # What the relay says. None of these waits.

    def offer(self, watch: Watch, line: Line) -> None:
        """Post this line for the watch. A line that the watch was offered or posted before is not taken again."""
        worker = self._worker(watch.channel_id)
        self.counters.offered += 1
        worker.lane.offer(watch, line, now=self._clock.monotonic())
        worker.posting.bell.ring()
        if worker.lane.growths:
            worker.editing.bell.ring()

    def passed(self, watch: Watch, seq: int) -> None:
        """Up to `seq` the log holds nothing more for this watch."""
        self._worker(watch.channel_id).lane.passed(watch, seq)

    def strike(
        self,
        watch: Watch,
        *,
        seq: int,
        room_id: str,
        message_ids: Collection[str],
        viewer_ids: Collection[str],
    ) -> None:
        """TikTok took back these messages, or all of these viewers', written before `seq`: in this watch's copy they go too."""
        worker = self._worker(watch.channel_id)
        strike = Strike(
            watch_id=watch.id,
            seq=seq,
            room_id=room_id,
            message_ids=frozenset(message_ids),
            viewer_ids=frozenset(viewer_ids),
            at=self._clock.monotonic(),
        )
        self.counters.struck_waiting += worker.lane.strike(watch, strike)
        worker.editing.bell.ring()

    def correct(self, post: LedgerPost) -> None:
        """Somebody else changed this post in the ledger: Discord shows an older text of it. One edit, as after a strike."""
        worker = self._worker(post.channel_id)
        worker.lane.must_edit(post)
        worker.editing.bell.ring()

    def forget(self, is_theirs: Callable[[Line], bool]) -> int:
        """Drop what waits in any lane and is about somebody who asked to be forgotten; return how many lines that was."""
        return sum(worker.lane.forget(is_theirs) for worker in self._workers.values())

    async def take_up_edits(self) -> None:
        """Posts were changed in the ledger by somebody else: show it."""
        await self._take_up_edits()

    def stop(self, watch: Watch) -> None:
        """The watch has ended: what waits for it is dropped; a post on its way is not taken back."""
        worker = self._workers.get(watch.channel_id)
        if worker is not None:
            worker.lane.stop(watch.id)

    # What others may ask.

    def is_idle(self) -> bool:
        """Whether nothing waits, is on its way or is to be corrected in any lane, the past included."""
        return self._recovered.is_set() and all(worker.lane.is_idle for worker in self._workers.values())

    @property
    def lanes(self) -> int:
        """Channels that have a lane now."""
        return len(self._workers)

    @property
    def waiting(self) -> int:
        """Lines that wait in all lanes."""
        return sum(worker.lane.waiting for worker in self._workers.values())

    @property
    def database_refusals(self) -> int:
        """How often the database refused a write or a read of ours."""
        return self._ledger.refusals

    def troubles(self) -> dict[ChannelId, Trouble]:
        """Channels in which nothing can be posted for now, each with the reason."""
        return {channel_id: trouble for channel_id, worker in self._workers.items() if (trouble := worker.lane.trouble)}

    def retry(self, channel_id: ChannelId) -> None:
        """Somebody changed something about this channel: what was refused there is tried again at once."""
        worker = self._workers.get(channel_id)
        if worker is not None:
            worker.posting.retry()

    def queue(self, channel_id: ChannelId) -> Queue:
        """What waits for this channel; nothing, for one that has no lane."""
        worker = self._workers.get(channel_id)
        if worker is None:
            return Queue()
        since, lane = worker.lane.waiting_since, worker.lane
        lag_s = 0.0 if since is None else self._clock.monotonic() - since
        return Queue(waiting=lane.waiting, lag_s=lag_s, left_out=lane.left_out_ever, trouble=lane.trouble)

    def position(self, watch: Watch) -> int:
        """Up to where a post that was on its way when the last process ended, or this one, has this watch's lines; 0 if none."""
        worker = self._workers.get(watch.channel_id)
        return worker.lane.position(watch.id) if worker is not None else 0

    # What runs.

    async def ready(self) -> None:
        """Return once the past is known, so that `position` tells the truth."""
        await self._recovered.wait()

    async def run(self) -> None:
        """Until cancelled. What is then on its way is found again by the next start."""
        await self._recover()
        self._recovered.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_pace())
            group.create_task(self._keep_house())
            while True:
                for worker in self._unstarted:
                    group.create_task(worker.posting.run())
                    group.create_task(worker.editing.run())
                self._unstarted.clear()
                await self._bell.wait(IDLE_S)

    async def drain(self, deadline_s: float) -> bool:
        """Post what waits without waiting for company, for at most `deadline_s`; return whether nothing is left.

        Call it once nothing more is offered, while `run` still runs. What is left stays in the log, in front of its cursor.
        """
        self._pace.draining = True
        until = self._clock.monotonic() + deadline_s
        while not (done := self._is_drained()) and self._clock.monotonic() < until:
            await self._clock.sleep(0.05)
        await self._move_cursors()
        return done

    def _is_drained(self) -> bool:
        """A lane that cannot post for now is not waited for."""
        return self._recovered.is_set() and all(worker.lane.is_idle or worker.lane.trouble for worker in self._workers.values())

    async def _recover(self) -> None:
        pending = await self._ledger.pending()
        if pending:
            active = {(watch.id, watch.creator_id) for watch in await self._db.read(watches.active)}
            for intent in pending:
                self._worker(intent.channel_id).lane.recover(intent, wanted=(intent.watch_id, intent.creator_id) in active)
            self.counters.recovered += len(pending)
            _log.info("%d posts were on their way when the bot ended: they go first", len(pending))
        await self._take_up_edits()

    async def _take_up_edits(self) -> None:
        for post in await self._ledger.unedited():
            worker = self._worker(post.channel_id)
            worker.lane.must_edit(post)
            worker.editing.bell.ring()

    async def _keep_pace(self) -> None:
        while True:
            self._pace.due_lanes = sum(worker.lane.is_due for worker in self._workers.values())
            await self._clock.sleep(PACE_EVERY_S)

    async def _keep_house(self) -> None:
        while True:
            await self._clock.sleep(CURSORS_EVERY_S)
            await self._move_cursors()
            self._close_deserted()
            behind = [worker.lane for worker in self._workers.values() if worker.lane.edits_left_behind and not worker.lane.edits]
            for lane in behind:
                lane.edits_left_behind = False
            if behind:
                await self._take_up_edits()

    async def _move_cursors(self) -> None:
        moves = [(worker.lane, watch, seq) for worker in self._workers.values() for watch, seq in worker.lane.cursors()]
        try:
            await self._ledger.move([(watch, seq) for _, watch, seq in moves])
        except DatabaseError as error:
            _log.warning("cursors stay where they are for now: %s", error)
            return
        for lane, watch, seq in moves:
            lane.moved(watch.id, seq)

    def _close_deserted(self) -> None:
        now = self._clock.monotonic()
        for channel_id, worker in list(self._workers.items()):
            if worker.lane.is_deserted and now - worker.lane.last_post_at > DESERTED_S:
                worker.lane.closed = True
                worker.wake()
                del self._workers[channel_id]

    def _worker(self, channel_id: ChannelId) -> _Worker:
        worker = self._workers.get(channel_id)
        if worker is None:
            worker = self._workers[channel_id] = self._new_worker(channel_id)
            self._unstarted.append(worker)
            self._bell.ring()
        return worker

    def _new_worker(self, channel_id: ChannelId) -> _Worker:
        lane = Lane(
            channel_id,
            capacity=self._lane_lines,
            fresh_s=self._fresh_s,
            began_at=self._began_at,
            counters=self.counters,
        )
        editing = Editing(lane, self._sender, self._ledger, self._clock, self._rng, counters=self.counters)
        posting = Posting(
            lane,
            self._sender,
            self._ledger,
            self._clock,
            self._rng,
            pace=self._pace,
            counters=self.counters,
            editing=editing,
            slots=self._slots,
        )
        return _Worker(lane, posting, editing)
