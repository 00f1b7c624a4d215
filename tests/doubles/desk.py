"""A database, a Discord, and a dispatcher between them that can be killed and born again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from bot.delivery.dispatcher import Dispatcher
from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.draft import Line, Urgency
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.watch import Watch
from bot.storage import creators, cursors, posts, schema, watches
from bot.storage.database import Database
from tests.doubles.clock import FakeClock
from tests.doubles.sender import FakeSender

T = TypeVar("T")

LIVE = ChannelId(10)
OTHER = ChannelId(11)
ROOM = RoomId("7000")


@dataclass(frozen=True)
class Settings:
    post_every_s: float = 1.25
    lane_lines: int = 500
    freshness_s: float = 300.0


def chat(seq: int, text: str = "", *, viewer: str = "bob", urgency: Urgency = Urgency.CHAT) -> Line:
    return Line(
        seq=seq,
        text=text or f"**{viewer}** line {seq}",
        urgency=urgency,
        room_id=ROOM,
        message_id=MessageId(f"m{seq}"),
        viewer_id=ViewerId(viewer),
    )


@dataclass
class Desk:
    """Everything around one dispatcher."""

    db: Database
    clock: FakeClock
    discord: FakeSender
    settings: Settings = field(default_factory=Settings)
    dispatcher: Dispatcher = field(init=False)
    _running: asyncio.Task[None] | None = None

    def start(self) -> Dispatcher:
        self.dispatcher = Dispatcher(self.db, self.discord, self.clock, self.settings, rng=Random(1))
        # Held here, cancelled and awaited in kill().
        self._running = asyncio.get_running_loop().create_task(self.dispatcher.run())
        return self.dispatcher

    async def kill(self) -> None:
        """The process ends without a word."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
            self._running = None
            # A dead process writes no more: what it had given to the database is over before the next one looks.
            await self.db.write(lambda _connection: None)

    def later(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start something whose end the test waits for."""
        return asyncio.get_running_loop().create_task(work)

    async def watch(self, handle: str = "alice", channel: ChannelId = LIVE, *, after: int = 0) -> Watch:
        creator = await self.db.write(creators.ensure, Handle(handle), now_ms=self.clock.now_ms())
        watch, _ = await self.db.write(
            watches.place,
            guild_id=GuildId(1),
            channel_id=channel,
            creator_id=creator.id,
            by=DiscordUserId(5),
            now_ms=self.clock.now_ms(),
            cursor_seq=after,
        )
        return watch

    async def cursor(self, watch: Watch) -> int | None:
        return await self.db.read(cursors.get, cursors.of_watch(watch.id), watch.creator_id)

    async def pending(self) -> int:
        return len(await self.db.read(posts.pending_intents))

    async def until(self, condition: Callable[[], bool], *, step_s: float = 0.05, most_s: float = 600.0) -> None:
        await self.clock.until(condition, step_s=step_s, most_s=most_s)

    async def until_sent(self, calls: int) -> None:
        """Until so many sends were tried, counted from the beginning."""
        await self.until(lambda: len(self.discord.sends) >= calls)

    async def wait(self, seconds: float, *, step_s: float = 0.1) -> None:
        """Let time pass, and the database's threads keep up with it."""
        end = self.clock.monotonic() + seconds
        await self.clock.until(lambda: self.clock.monotonic() >= end - 1e-9, step_s=step_s, most_s=seconds + 1)

    async def until_idle(self, *, step_s: float = 0.05) -> None:
        await self.until(self.dispatcher.is_idle, step_s=step_s)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Desk]:
    """A desk on a fresh database file, its dispatcher running."""
    clock = FakeClock()
    url = f"sqlite:///{folder / 'bot.sqlite3'}"
    with schema.lock(url):
        schema.prepare(url, clock)
    db = await Database.open(url, clock=clock)
    desk = Desk(db, clock, FakeSender(clock))
    desk.start()
    try:
        yield desk
    finally:
        await desk.kill()
        await db.close()
