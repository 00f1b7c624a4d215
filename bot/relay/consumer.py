"""The log, told to each watch: one follower for each creator, however many watches.

A follower reads from the lowest position of its watches, renders each event once for each look, and offers the line to every
watch that wants it. It never waits for Discord: lanes are bounded and say what they leave out, and the log is durable, so
falling behind costs nothing but time. Lines older than `freshness_s` are counted in one line instead of replayed; deletions
among them still strike. What becomes a card goes to `Cards` first: once a line behind it is posted, the cursor has passed it.

Which watches there are is a wish in the database: looked up when the bell rings, and every 15 s.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Protocol, TypeVar

from bot.backoff import delay_s
from bot.clock import Bell, Clock
from bot.delivery.dispatcher import Dispatcher
from bot.errors import DatabaseError
from bot.eventlog.log import EventLog
from bot.events import DeletionEvent, Event, FollowEvent
from bot.events.codec import Logged
from bot.model.draft import Line, Urgency
from bot.model.ids import CreatorId, GuildId, WatchId
from bot.model.rule import RuleAction
from bot.model.watch import Look, Watch
from bot.relay import digest
from bot.relay.digest import Digest
from bot.relay.format import render, summary
from bot.relay.match import wants
from bot.relay.removed import Removals
from bot.relay.voice import voice
from bot.storage import cursors, watches
from bot.storage.database import Database

C = TypeVar("C")
T = TypeVar("T")

RECONCILE_S = 15.0
WAIT_S = 30.0
TOLD_AT_ONCE = 1_000
"""Lines offered, at most, before others get a turn of the loop: some 10 ms."""

SEARCH = 500
"""What asking a guild's watchlist counts for, in lines: the slowest comment takes milliseconds to search."""

BATCH = 500

LOOK_BACK = 500
"""Events before a follower's first position that are read once more, for their deletions and the minute's follows only."""

_log = logging.getLogger(__name__)


class Settings(Protocol):
    """The part of the configuration that concerns the relay."""

    @property
    def freshness_s(self) -> float:
        """Age after which a line is summarised instead of posted."""


class Cards(Protocol):
    """Who makes cards of some events. The relay tells it of everything before any lane hears of it."""

    async def hear(self, logged: Sequence[Logged], hearers: Mapping[WatchId, tuple[Watch, int]]) -> None:
        """Durably take in what is new to each watch (behind its seq). Hearing it twice is hearing it once."""

    def stop(self, watch: Watch) -> None:
        """The watch has ended or stands still: nothing more is made for it."""


class Marks(Protocol):
    """What a guild's watchlist makes of one creator's lines."""

    def of(self, event: Event, seq: int, guild_ids: Collection[GuildId], /) -> Mapping[GuildId, RuleAction]:
        """Of those guilds the ones that want this event's line hidden or highlighted."""


class Watchlists(Protocol):
    """The guilds' watchlists."""

    async def refresh(self) -> None:
        """Take up what changed. Raises `DatabaseError`."""

    def marks(self, creator_id: CreatorId, /) -> Marks:
        """For one creator's follower, which asks about each event in the order of the log."""


@dataclass(slots=True)
class Counters:
    """What the relay has done since the start."""

    lines: int = 0
    """Lines offered, one for each watch."""
    stale: int = 0
    """Lines counted in a summary instead."""
    hidden: int = 0
    """Lines that a guild's watchlist hides, one for each watch."""
    unreadable: int = 0
    """Events that could not be rendered: skipped."""
    restarts: int = 0
    """Times that a follower failed and went on after a pause."""


@dataclass(slots=True)
class _Backlog:
    """A watch's lines that were too old, until the summary that stands for them."""

    count: int
    from_ms: int
    to_ms: int
    last_seq: int


class Relay:
    """Keeps one follower for each watched creator."""

    def __init__(
        self,
        db: Database,
        log: EventLog,
        dispatcher: Dispatcher,
        cards: Cards,
        clock: Clock,
        bell: Bell,
        settings: Settings,
        *,
        rng: Random | None = None,
        watchlists: Watchlists | None = None,
    ) -> None:
        self.counters = Counters()
        self._db = db
        self._log = log
        self._dispatcher = dispatcher
        self._cards = cards
        self._clock = clock
        self._bell = bell
        self._freshness_ms = round(settings.freshness_s * 1000)
        self._rng = rng or Random()
        self._watchlists = watchlists
        self._followers: dict[CreatorId, _Follower] = {}

    @property
    def following(self) -> int:
        """Creators that are followed now."""
        return len(self._followers)

    async def run(self) -> None:
        """Until cancelled."""
        await self._dispatcher.ready()
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    await self._reconcile(group)
                except DatabaseError as error:
                    _log.warning("the watches could not be read, they stay as they are: %s", error)
                await self._bell.wait(RECONCILE_S)

    async def _reconcile(self, group: asyncio.TaskGroup) -> None:
        if self._watchlists is not None:
            # Before the watches: no line of a new one goes out before what is to be hidden is known.
            await self._watchlists.refresh()
        wanted = {watch.id: watch for watch in await self._db.read(watches.active)}
        known = {watch.id: watch for follower in self._followers.values() for watch in follower.watches.values()}
        for watch in known.values():
            now = wanted.get(watch.id)
            if now is None or (now.creator_id, now.channel_id) != (watch.creator_id, watch.channel_id):
                self._drop(watch)
            elif now != watch:
                self._followers[watch.creator_id].watches[watch.id] = now
        new = [watch for watch in wanted.values() if not self._is_followed(watch)]
        for watch, position in zip(new, await self._positions(new), strict=True):
            self._follow(group, watch, position)

    def _is_followed(self, watch: Watch) -> bool:
        follower = self._followers.get(watch.creator_id)
        return follower is not None and watch.id in follower.watches

    def _drop(self, watch: Watch) -> None:
        follower = self._followers[watch.creator_id]
        follower.drop(watch)
        if not follower.watches:
            del self._followers[watch.creator_id]

    def _follow(self, group: asyncio.TaskGroup, watch: Watch, position: int) -> None:
        follower = self._followers.get(watch.creator_id)
        if follower is not None:
            follower.add(watch, position)
            return
        follower = self._followers[watch.creator_id] = _Follower(
            watch.creator_id,
            self._log,
            self._dispatcher,
            self._cards,
            self._clock,
            self._rng,
            freshness_ms=self._freshness_ms,
            counters=self.counters,
            marks=self._watchlists.marks(watch.creator_id) if self._watchlists else None,
        )
        follower.add(watch, position)
        group.create_task(follower.run())

    async def _positions(self, new: Sequence[Watch]) -> list[int]:
        """Where each watch stands: its cursor, or behind a post that was recovered; the tail for one that never began."""
        if not new:
            return []
        stored = await self._db.read(
            _each,
            [partial(cursors.get, consumer=cursors.of_watch(watch.id), creator_id=watch.creator_id) for watch in new],
        )
        return [
            max(seq if seq is not None else await self._log.last_seq(watch.creator_id), self._dispatcher.position(watch))
            for watch, seq in zip(new, stored, strict=True)
        ]


class _Follower:
    """Reads one creator's log for all of its watches."""

    def __init__(
        self,
        creator_id: CreatorId,
        log: EventLog,
        dispatcher: Dispatcher,
        cards: Cards,
        clock: Clock,
        rng: Random,
        *,
        freshness_ms: int,
        counters: Counters,
        marks: Marks | None,
    ) -> None:
        self.watches: dict[WatchId, Watch] = {}
        self._creator_id = creator_id
        self._log = log
        self._dispatcher = dispatcher
        self._cards = cards
        self._clock = clock
        self._rng = rng
        self._freshness_ms = freshness_ms
        self._counters = counters
        self._marks = marks
        self._positions: dict[WatchId, int] = {}
        self._backlogs: dict[WatchId, _Backlog] = {}
        self._digests: dict[WatchId, Digest] = {}
        self._removals: Removals | None = None
        self._heard_before: Sequence[Logged] = ()
        self._known_from_ms = 0
        self._heard_through = 0
        self._is_turn_of_last = False

    def add(self, watch: Watch, position: int) -> None:
        self.watches[watch.id] = watch
        self._positions[watch.id] = position
        self._dispatcher.passed(watch, position)
        self._log.wake(self._creator_id)

    def drop(self, watch: Watch) -> None:
        del self.watches[watch.id]
        del self._positions[watch.id]
        self._backlogs.pop(watch.id, None)
        self._digests.pop(watch.id, None)
        self._dispatcher.stop(watch)
        self._cards.stop(watch)
        self._log.wake(self._creator_id)

    async def run(self) -> None:
        """Until no watch is left. A failure costs a pause; positions stand where they were, so nothing is told twice."""
        failures = 0
        while self.watches:
            try:
                await self._step()
                failures = 0
            except Exception as error:  # noqa: BLE001  # the edge of a follower's task: one creator never stops the others
                self._counters.restarts += 1
                _log.warning("following creator=%s failed, it goes on soon: %r", self._creator_id, error)
                await self._clock.sleep(delay_s(failures, self._rng))
                failures += 1

    async def _step(self) -> None:
        after = self._next_position()
        if self._removals is None:
            self._removals = await self._look_back(after)
        batch = await self._log.read(self._creator_id, after=after, limit=BATCH)
        # A watch that joined during the read may stand further back: it hears this batch when its turn comes.
        hearers = self._hearers(after)
        if batch:
            await self._cards.hear(batch, {watch.id: (watch, self._positions[watch.id]) for watch in hearers})
            self._passed(batch[-1].seq, await self._tell_all(batch, hearers))
            return
        for watch in hearers:
            self._summarise(watch)
        last_seq = await self._log.last_seq(self._creator_id)
        if last_seq > after and not await self._log.read(self._creator_id, after=after, limit=1):
            # The log's retention took what we had not read: there is nothing left to tell.
            self._passed(last_seq, [watch for watch in hearers if watch.id in self.watches])
        elif last_seq <= after and after == min(self._positions.values(), default=after):
            # Until there is news in the log or among the watches: one that joins may stand further back.
            await self._log.wait(self._creator_id, after=after, timeout_s=WAIT_S)

    def _next_position(self) -> int:
        """Behind what to read on. A watch that is far behind (its channel refused us for long) and all others take turns: else
        everybody would wait until it has caught up.
        """
        positions = self._positions.values()
        last, first = min(positions), max(positions)
        self._is_turn_of_last = not self._is_turn_of_last
        if self._is_turn_of_last or first - last <= BATCH:
            return last
        return min(position for position in positions if position > first - BATCH)

    def _hearers(self, after: int) -> list[Watch]:
        return [watch for watch in self.watches.values() if self._positions[watch.id] >= after]

    async def _tell_all(self, batch: Sequence[Logged], hearers: Sequence[Watch]) -> list[Watch]:
        """To a thousand watches even one event takes a while: whoever types a command must not wait for a whole batch.

        Returns who has heard all of it: meanwhile a watch may end, or change its settings.
        """
        told = 0
        still = self._still(hearers)
        cost = SEARCH if self._marks is not None else 1
        for logged in batch:
            if told >= TOLD_AT_ONCE:
                told = 0
                await self._clock.sleep(0)
                still = self._still(still)
            self._tell(logged, still)
            told += len(still) * cost
        return still

    def _still(self, hearers: Sequence[Watch]) -> list[Watch]:
        """Those that stand yet, as they are set now."""
        return [self.watches[watch.id] for watch in hearers if watch.id in self.watches]

    async def _look_back(self, position: int) -> Removals:
        """The deletions shortly before: TikTok may replay comments that they took back."""
        removals = Removals()
        told = await self._log.read(self._creator_id, after=max(0, position - LOOK_BACK), limit=LOOK_BACK)
        for logged in told:
            if logged.seq <= position and isinstance(logged.event, DeletionEvent):
                removals.add(logged.event)
        self._heard_before = [logged for logged in told if isinstance(logged.event, FollowEvent)]
        self._heard_through = position
        if len(told) >= LOOK_BACK:
            self._known_from_ms = told[0].event.received_at_ms or told[0].envelope.received_at_ms
        return removals

    def _tell(self, logged: Logged, hearers: Sequence[Watch]) -> None:
        """One event to every watch that has not heard it."""
        event, seq = logged.event, logged.seq
        received_at_ms = event.received_at_ms or logged.envelope.received_at_ms
        is_old = self._clock.now_ms() - received_at_ms > self._freshness_ms
        new_to = [watch for watch in hearers if seq > self._positions[watch.id]]
        if isinstance(event, DeletionEvent):
            self._strike(event, seq, new_to)
        wanting = {watch.id for watch in new_to if wants(watch, event)}
        if wanting and self._removals is not None and self._removals.covers(event):
            wanting.clear()
        marked = self._marked(event, seq, new_to)
        # One rendering for each look, however many channels share it, and one more where it stands out.
        lines: dict[tuple[Look, bool], Line | None] = {}
        for watch in new_to:
            if self._backlogs and not is_old:
                self._summarise(watch)
            mark = marked.get(watch.guild_id)
            if watch.id in wanting and mark is not RuleAction.HIDE:
                of_look = watch.settings.look, mark is not None
                if of_look not in lines:
                    lines[of_look] = self._rendered(event, seq, *of_look)
                line = lines[of_look]
                if isinstance(event, FollowEvent) and digest.is_gathered(watch, event):
                    line = self._gathered(watch, event, seq, received_at_ms=received_at_ms)
                if line is not None:
                    self._say(watch, line, received_at_ms=received_at_ms, is_old=is_old)
            elif watch.id in wanting:
                self._counters.hidden += 1
            self._positions[watch.id] = seq

    def _marked(self, event: Event, seq: int, new_to: Sequence[Watch]) -> Mapping[GuildId, RuleAction]:
        return self._marks.of(event, seq, {watch.guild_id for watch in new_to}) if self._marks is not None else {}

    def _strike(self, event: DeletionEvent, seq: int, new_to: Sequence[Watch]) -> None:
        """A deletion takes lines back in every watch's copy, whether or not the watch is told of it."""
        if self._removals is not None:
            self._removals.add(event)
        for watch in new_to:
            # Also where posted lines stay as they are: a line that still waits is not posted any more.
            self._dispatcher.strike(
                watch, seq=seq, room_id=event.room_id, message_ids=event.message_ids, viewer_ids=event.user_ids
            )

    def _rendered(self, event: Event, seq: int, look: Look, stands_out: bool) -> Line | None:
        try:
            return render(event, look, seq=seq, stands_out=stands_out)
        except Exception:  # noqa: BLE001  # one event never stops a creator
            self._counters.unreadable += 1
            _log.exception("an event cannot be rendered and is skipped: creator=%s seq=%d %s", self._creator_id, seq, event.type)
            return None

    def _say(self, watch: Watch, line: Line, *, received_at_ms: int, is_old: bool) -> None:
        if not is_old:
            self._dispatcher.offer(watch, line)
            self._counters.lines += 1
            return
        if line.is_open:  # its end counts
            return
        self._counters.stale += 1
        backlog = self._backlogs.setdefault(watch.id, _Backlog(0, received_at_ms, received_at_ms, line.seq))
        backlog.count += 1
        backlog.to_ms, backlog.last_seq = received_at_ms, line.seq

    def _gathered(self, watch: Watch, event: FollowEvent, seq: int, *, received_at_ms: int) -> Line:
        """The minute's follows so far as one line, which takes the place of the one before."""
        look = watch.settings.look
        before = self._digests.get(watch.id)
        if before is None:
            position = self._positions[watch.id]
            told = (heard for heard in self._heard_before if heard.seq <= position)
            # Of a watch that stands further on than we looked back from, this minute is not known whole.
            known_from_ms = self._known_from_ms if position <= self._heard_through else digest.next_window(received_at_ms)
            before = digest.rebuilt(watch, told, known_from_ms=known_from_ms)
        gathered = self._digests[watch.id] = before.then(event, look, seq=seq, received_at_ms=received_at_ms)
        return gathered.line(event, look, seq=seq)

    def _summarise(self, watch: Watch) -> None:
        """The old lines are over: one line stands for them."""
        backlog = self._backlogs.pop(watch.id, None)
        if backlog is not None:
            t = voice(watch.settings.look).t
            text = summary(t, backlog.count, from_ms=backlog.from_ms, to_ms=backlog.to_ms)
            self._dispatcher.offer(watch, Line(seq=backlog.last_seq, text=text, urgency=Urgency.CARD))

    def _passed(self, seq: int, hearers: Sequence[Watch]) -> None:
        """These watches have heard the log up to `seq`; one whose old lines are not summed up yet is not done with them."""
        for watch in hearers:
            self._positions[watch.id] = max(self._positions[watch.id], seq)
            if watch.id not in self._backlogs:
                self._dispatcher.passed(watch, seq)


def _each(connection: C, units: Sequence[Callable[[C], T]], /) -> list[T]:
    return [unit(connection) for unit in units]
