"""Reconciles wishes with facts: one follower for each creator that somebody watches, and none for anybody else."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from bot import backoff
from bot.clock import Bell, Clock
from bot.errors import DatabaseError
from bot.eventlog.log import EventLog, Fenced
from bot.events import Handle
from bot.ingest import allowances, health, polling, watchlist
from bot.ingest.checks import SharedRooms
from bot.ingest.connects import Connects, NamedSource
from bot.ingest.counters import Counters
from bot.ingest.follower import Follower, Moved, Parts
from bot.ingest.hints import Hints
from bot.ingest.look_ups import Turns
from bot.ingest.opted_out import OptOuts
from bot.ingest.settings import IngestSettings
from bot.ingest.sources import Place, Standing, Way
from bot.model.health import Health
from bot.model.ids import CreatorId
from bot.storage import sessions, state, watches
from bot.storage.database import Database
from bot.tiktok.source import LiveCheck, Rooms

_BELL_S = 3600.0
"""The bell is listened to all the time; this is only how often the wait begins anew."""

TELL_DELAY_ABOVE_S = 120.0
"""A detection delay that the operator should hear of."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Running:
    """A creator's task, and the follower that it runs at the moment (a crashed one is replaced)."""

    follower: Follower
    task: asyncio.Task[None] | None = None


class Supervisor:
    """`run` it; everything else follows from the watches in the database.

    `sources` stand in order of preference. `live_check` says of many creators at once who is live, where there is such a thing.
    `opt_outs` says of whom nothing may reach the log.
    The bell should be rung after each wish. It must be this supervisor's own: a bell wakes one waiter.
    """

    def __init__(
        self,
        db: Database,
        log: EventLog,
        rooms: Rooms,
        sources: Sequence[NamedSource],
        *,
        clock: Clock,
        bell: Bell,
        rng: Random,
        settings: IngestSettings | None = None,
        live_check: LiveCheck | None = None,
        opt_outs: OptOuts | None = None,
    ) -> None:
        self.counters = Counters()
        self._db = db
        self._clock = clock
        self._bell = bell
        self._rng = rng
        self._settings = settings or IngestSettings()
        self._turns = Turns(clock, self._settings)
        self._sources = sources
        self._connects = Connects(sources, clock=clock, rng=rng, settings=self._settings)
        self._rooms = SharedRooms(rooms, clock, self._settings)
        self._parts = Parts(
            db=db,
            log=log,
            rooms=self._rooms,
            connects=self._connects,
            clock=clock,
            rng=rng,
            turns=self._turns,
            counters=self.counters,
            settings=self._settings,
            opt_outs=opt_outs or OptOuts(),
        )
        self._hints = None if live_check is None else self._hinting(live_check)
        self._stored_spent = 0
        self._running: dict[CreatorId, _Running] = {}
        self._want: watchlist.Wanted | None = None
        self._idle_since: Mapping[CreatorId, float] = {}
        self._lost: set[CreatorId] = set()
        self._told_doublings = 0
        self._wake = asyncio.Event()

    @property
    def waiting_to_connect(self) -> Mapping[CreatorId, Place]:
        """Who stands in line for a connection: at which place, and how long it will take about."""
        return self._connects.places()

    @property
    def skipped(self) -> Mapping[str, int]:
        """Messages that were not decoded because nobody reads them in the log, by method, over all sources."""
        return sum((each.skipped for each in self._sources), Counter())

    @property
    def detection_delay_s(self) -> float:
        """How long a LIVE may have been on before a look-up finds it, as many creators as there are not in a room now."""
        creators = self.counters.following - self.counters.connected
        per_s = max(self._settings.look_ups_per_s, self._hints.per_s if self._hints else 0.0)
        return polling.detection_delay_s(creators, per_s=per_s, poll_every_s=self._settings.poll_every_s)

    @property
    def standings(self) -> Mapping[Way, Standing]:
        """How each way to TikTok is doing, in order of preference."""
        sources = self._connects.sources
        return {way: sources.standing(way) for way in sources.ways}

    def snapshot(self) -> Health:
        """How everything stands now, frozen. It takes some 10 µs for each creator: not to be asked for at every frame."""
        now, now_ms = self._clock.monotonic(), self._clock.now_ms()
        return Health(
            taken_at_ms=now_ms,
            following=self.counters.following,
            connected=self.counters.connected,
            detection_delay_s=self.detection_delay_s,
            creators=health.of_creators(
                [running.follower.health() for running in self._running.values()],
                self._connects.places(),
                self._turns.waits_s(),
                now_ms=now_ms,
            ),
            ways=health.of_ways(self._connects.sources, now=now, now_ms=now_ms),
            counters=health.totals(self.counters),
            counts=health.kinds(self.counters) | {"skipped": self.skipped},
        )

    async def run(self) -> None:
        """Until cancelled; then every follower brings what it holds into the log, within a deadline."""
        loops = [self._listen, self._remind, self._touch, self._turns.run, self._connects.run, self._rooms.run]
        if self._hints is not None:
            loops.append(self._hints.run)
        await self._recall_allowances()
        try:
            async with asyncio.TaskGroup() as tasks:
                for loop in loops:
                    tasks.create_task(loop(), name=f"ingest {loop.__name__}")
                while True:
                    await self._reconcile(tasks)
                    await self._wake.wait()
                    self._wake.clear()
        finally:
            await self._store_allowances()

    def _hinting(self, live_check: LiveCheck) -> Hints:
        return Hints(
            live_check,
            away=self._away,
            clock=self._clock,
            rng=self._rng,
            counters=self.counters,
            settings=self._settings,
        )

    async def _listen(self) -> None:
        while True:
            if await self._bell.wait(_BELL_S):
                self._wake.set()

    async def _remind(self) -> None:
        while True:
            await self._clock.sleep(self._settings.reconcile_every_s)
            self._wake.set()

    async def _touch(self) -> None:
        """Note in one write until when each room was heard."""
        while True:
            await self._clock.sleep(self._settings.touch_every_s)
            await self._store_allowances()
            signs = [sign for running in self._running.values() if (sign := running.follower.sign_of_life())]
            if not signs:
                continue
            try:
                await self._db.write(sessions.touch, signs)
            except DatabaseError as error:
                _log.warning("until when the rooms were heard could not be stored: %s", error)

    def _away(self) -> Mapping[Handle, Follower]:
        """Who is in no room that we know of."""
        followers = (running.follower for running in self._running.values())
        return {follower.handle: follower for follower in followers if follower.handle and follower.is_away}

    async def _recall_allowances(self) -> None:
        """What an earlier process spent still counts for the other side."""
        sources = self._connects.sources
        try:
            text = await self._db.read(state.get, allowances.STATE_KEY)
        except DatabaseError as error:
            _log.warning("what was spent of the allowances could not be read: %s", error)
            return
        now, now_ms = self._clock.monotonic(), self._clock.now_ms()
        sources.recall(allowances.loaded(text or "", sources.ways, now=now, now_ms=now_ms))
        self._stored_spent = sources.spent

    async def _store_allowances(self) -> None:
        """So that a restart does not forget them; nothing is written when nothing was spent."""
        sources = self._connects.sources
        if (spent := sources.spent) == self._stored_spent:
            return
        text = allowances.dumped(sources, now=self._clock.monotonic(), now_ms=self._clock.now_ms())
        try:
            await self._db.write(state.put, allowances.STATE_KEY, text)
            self._stored_spent = spent
        except DatabaseError as error:
            _log.warning("what was spent of the allowances could not be stored: %s", error)

    async def _reconcile(self, tasks: asyncio.TaskGroup) -> None:
        try:
            want = watchlist.wanted(await self._db.read(watches.active))
        except DatabaseError as error:
            _log.warning("the watches could not be read, nothing changes for now: %s", error)
            return
        now = self._clock.monotonic()
        plan = watchlist.plan(want, self._running.keys() | self._lost, self._idle_since, now=now, grace_s=self._settings.grace_s)
        self._idle_since = plan.idle_since
        # At the start nobody waits for an answer; later, a new watch means that somebody does.
        wished = want.wished_since(self._want) if self._want is not None else frozenset()
        self._want = want
        for creator_id in plan.stop:
            self._dismiss(creator_id)
        for creator_id, running in self._running.items():
            running.follower.handle = want.handles.get(creator_id, running.follower.handle)
            if creator_id in wished:
                running.follower.wish()
        for creator_id in plan.start:
            self._start(tasks, creator_id, want.handles[creator_id], wished=creator_id in wished)
        self._tell_delay()

    def _tell_delay(self) -> None:
        """Say it at each doubling: what it is now can be asked for at any time."""
        delay_s, before = self.detection_delay_s, self._told_doublings
        self._told_doublings = polling.doublings(delay_s, above_s=TELL_DELAY_ABOVE_S, told=before)
        if self._told_doublings > before:
            _log.info("so many creators are watched that a LIVE may be noticed %.0f s late: see docs/operating.md", delay_s)

    def _start(self, tasks: asyncio.TaskGroup, creator_id: CreatorId, handle: Handle, *, wished: bool) -> None:
        running = _Running(Follower(creator_id, handle, self._parts, wished=wished))
        self._running[creator_id] = running
        self.counters.following += 1
        running.task = tasks.create_task(self._keep(creator_id, running), name=f"creator {creator_id}")

    def _dismiss(self, creator_id: CreatorId) -> None:
        self._lost.discard(creator_id)
        running = self._running.get(creator_id)
        if running is None or running.task is None or running.follower.dismissed:
            return
        running.follower.dismissed = True
        running.task.cancel()

    async def _keep(self, creator_id: CreatorId, running: _Running) -> None:
        """Run a creator's follower, and a new one whenever it fails, so that nobody else notices."""
        try:
            await self._keep_running(creator_id, running)
        finally:
            del self._running[creator_id]
            self.counters.following -= 1
            self._wake.set()

    async def _keep_running(self, creator_id: CreatorId, running: _Running) -> None:
        attempt = 0
        while True:
            began = self._clock.monotonic()
            try:
                await running.follower.run()
            except Moved:
                return
            except Fenced as error:
                # Coming back would take it away from the other one again: it stays theirs while we live.
                _log.error("creator %d is followed by another process now: %s", creator_id, error)
                self.counters.fenced += 1
                self._lost.add(creator_id)
                return
            except DatabaseError as error:
                _log.warning("creator %d: %s; starting over", creator_id, error)
            except Exception:  # noqa: BLE001  # the task's edge: whatever it was, the other creators go on
                _log.exception("creator %d: unforeseen; starting over", creator_id)
            self.counters.crashes += 1
            if self._clock.monotonic() - began >= self._settings.stable_after_s:
                attempt = 0
            await self._clock.sleep(backoff.delay_s(attempt, self._rng, first_s=1.0, most_s=60.0))
            attempt += 1
            running.follower = Follower(creator_id, running.follower.handle, self._parts, wished=False)
