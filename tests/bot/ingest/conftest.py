"""A whole ingest half: real database, real log, real supervisor; TikTok and time are the test's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Concatenate, ParamSpec, TypeVar

import pytest
from sqlalchemy import Connection

from bot.clock import Bell, SystemClock
from bot.eventlog.sql import SqlEventLog
from bot.events import ConnectedEvent, Event, Handle
from bot.ingest.connects import NamedSource
from bot.ingest.settings import IngestSettings
from bot.ingest.sources import Way
from bot.ingest.supervisor import Supervisor
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId
from bot.model.session import LiveSession
from bot.storage import creators, sessions, watches
from bot.storage.database import Database
from bot.tiktok.allowance import Limit
from bot.tiktok.source import LiveCheck
from tests.doubles.clock import FakeClock
from tests.doubles.database import prepared
from tests.doubles.log import TroubledLog
from tests.doubles.tiktok import ScriptedRooms, ScriptedSource

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")

ADMIN = DiscordUserId(1)


class BusyDatabase(Database):
    """The real one, and it can be asked whether it is at work: time that stands still meanwhile makes tests repeatable."""

    at_work = 0

    async def read(self, unit: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self._working():
            return await super().read(unit, *args, **kwargs)

    async def write(self, unit: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self._working():
            return await super().write(unit, *args, **kwargs)

    async def submit(self, unit: Callable[[Connection, Sequence[A]], Sequence[T]], item: A) -> asyncio.Future[T]:
        future = await super().submit(unit, item)
        self.at_work += 1
        future.add_done_callback(self._done)
        return future

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        self.at_work += 1
        try:
            yield
        finally:
            self.at_work -= 1

    def _done(self, _future: asyncio.Future[T]) -> None:
        self.at_work -= 1


@dataclass
class World:
    """Guilds place and end watches; `start` and `stop` are those of the process."""

    file: Path
    db: BusyDatabase
    log: TroubledLog
    clock: FakeClock
    rooms: ScriptedRooms
    source: ScriptedSource
    bell: Bell = field(default_factory=Bell)
    supervisor: Supervisor | None = None
    running: asyncio.Task[None] | None = None
    others: list[NamedSource] = field(default_factory=list)
    """Sources after the first, in order of preference."""
    limits: tuple[Limit, ...] = ()
    """What the first source allows."""
    edge: LiveCheck | None = None
    is_stuck: bool = False
    """Somebody holds the database: do not wait for it."""

    async def start(self, settings: IngestSettings | None = None) -> Supervisor:
        self.bell = Bell()
        self.supervisor = Supervisor(
            self.db,
            self.log,
            self.rooms,
            [NamedSource(Way(self.source.name, limits=self.limits), self.source), *self.others],
            clock=self.clock,
            bell=self.bell,
            rng=Random(7),
            settings=settings,
            live_check=self.edge,
        )
        self.running = asyncio.get_running_loop().create_task(self.supervisor.run())
        await self.clock.settle(lambda: True)
        return self.supervisor

    async def stop(self) -> None:
        if self.running is not None:
            self.running.cancel()
            await asyncio.wait([self.running])
            self.running = None

    async def crash(self) -> None:
        """As if killed: nothing of what is in memory is saved."""
        assert self.supervisor is not None
        for running in self.supervisor._running.values():
            running.follower._is_fenced = True
        await self.stop()

    async def watch(self, name: str, guild: int = 1) -> CreatorId:
        creator = await self.db.write(creators.ensure, Handle(name), now_ms=self.clock.now_ms())
        await self.db.write(
            watches.place,
            guild_id=GuildId(guild),
            channel_id=ChannelId(guild),
            creator_id=creator.id,
            by=ADMIN,
            now_ms=self.clock.now_ms(),
            cursor_seq=await self.log.last_seq(creator.id),
        )
        self.bell.ring()
        return creator.id

    async def unwatch(self, creator_id: CreatorId, guild: int = 1) -> None:
        await self.db.write(watches.end, guild_id=GuildId(guild), creator_id=creator_id, by=ADMIN, now_ms=self.clock.now_ms())
        self.bell.ring()

    async def until(self, condition: Callable[[], bool], *, step_s: float = 0.25, most_s: float = 600) -> None:
        """Let time pass until it is so; fails at once if the supervisor died."""

        def so() -> bool:
            if self.running is not None and self.running.done():
                self.running.result()
            return condition()

        while not so():
            await self.rest()
            if so():
                return
            assert most_s > 0, "still not so"
            await self.clock.advance(step_s)
            most_s -= step_s

    async def rest(self) -> None:
        """Return once nobody has anything to do before time goes on."""
        quiet = 0
        while quiet < 3:
            quiet = quiet + 1 if self.is_stuck or not self.db.at_work else 0
            await asyncio.sleep(0.001)
            await self.clock.advance(0)

    async def passing(self, seconds: float, *, step_s: float = 1.0) -> None:
        """Let so much time pass, with real moments for storage in between."""
        end = self.clock.monotonic() + seconds
        await self.until(lambda: self.clock.monotonic() >= end - 1e-9, step_s=step_s, most_s=seconds + step_s)

    async def connected(self, name: str) -> None:
        await self.until(lambda: len(self.source.open_streams(name)) == 1)

    async def said(self, creator_id: CreatorId, *kinds: type[Event]) -> list[Event]:
        """The log of a creator, from the start; only events of these kinds, if any are named."""
        out: list[Event] = []
        after = 0
        while logged := await self.log.read(creator_id, after=after):
            out += [entry.event for entry in logged]
            after = logged[-1].seq
        return [event for event in out if not kinds or isinstance(event, kinds)]

    async def until_logged(self, creator_id: CreatorId, kind: type[Event], number: int = 1) -> list[Event]:
        """Let time pass until so many events of this kind are durable."""
        for _ in range(4_000):
            await self.rest()
            found = await self.said(creator_id, kind)
            if len(found) >= number:
                return found
            await self.clock.advance(0.25)
        message = f"no {number} {kind.__name__} within 1,000 s"
        raise AssertionError(message)

    async def status(self, creator_id: CreatorId) -> CreatorStatus:
        return await self.db.read(creators.status, creator_id)

    async def until_status(self, creator_id: CreatorId, state: CreatorState, *, connected: bool | None = None) -> CreatorStatus:
        """Let time pass until people would be shown this."""
        for _ in range(4_000):
            await self.rest()
            status = await self.status(creator_id)
            if status.state is state and connected in (None, status.connected):
                return status
            await self.clock.advance(0.25)
        message = f"still {status}"
        raise AssertionError(message)

    async def session(self, creator_id: CreatorId) -> LiveSession | None:
        return await self.db.read(sessions.open_of, creator_id)


async def live(world: World, name: str = "alice", room_id: str = "100") -> CreatorId:
    """`name` is live, watched, and we are connected."""
    world.rooms.live(name, room_id)
    creator = await world.watch(name)
    if world.running is None:
        await world.start()
    await world.connected(name)
    await world.until_status(creator, CreatorState.LIVE, connected=True)
    await world.until_logged(creator, ConnectedEvent)
    return creator


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    db = await BusyDatabase.open(prepared(tmp_path), clock=SystemClock())
    clock = FakeClock()
    world = World(
        file=tmp_path / "relay.db",
        db=db,
        log=TroubledLog(SqlEventLog(db), clock),
        clock=clock,
        rooms=ScriptedRooms(clock),
        source=ScriptedSource(clock),
    )
    try:
        yield world
    finally:
        await world.stop()
        await db.close()
