"""A community with everything that looks after guilds: a real bot, dispatcher and outbox on the sandbox's Discord."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.clock import SystemClock
from bot.delivery.discord_sender import DiscordSender
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.outbox import Outbox
from bot.events.ids import Handle
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.draft import Line
from bot.model.fault import Fault
from bot.model.guild import Guild as KnownGuild
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.watch import Watch
from bot.services.caretaker import Caretaker
from bot.services.faults import Faults
from bot.services.guilds import Guilds
from bot.services.notices import Notices
from bot.storage import creators, faults, guilds, watches
from sandbox.discord.world import Channel, Guild
from tests.doubles.community import Community

DAY_S = 24 * 3600.0


class ShiftedClock(SystemClock):
    """The machine's clock, and whatever a test adds to it. Who sleeps is not woken by that."""

    shift_s = 0.0

    def now_ms(self) -> int:
        return super().now_ms() + round(self.shift_s * 1000)

    def monotonic(self) -> float:
        return super().monotonic() + self.shift_s


@dataclass(frozen=True)
class Pace:
    """How fast lanes and cards go here."""

    post_every_s: float = 0.05
    lane_lines: int = 100
    freshness_s: float = 1e9


@dataclass
class Town:
    """One guild "fans"; `look` does what the loop does every few seconds."""

    community: Community
    clock: ShiftedClock = field(default_factory=ShiftedClock)
    running: list[asyncio.Task[None]] = field(default_factory=list)
    seq: int = 0

    async def start(self) -> None:
        """The bot comes online and knows its servers."""
        self.community.time = self.clock
        bot = self.community.begin()
        await self.community.discord.online()
        self.guilds: Guilds = bot.services.guilds
        self.servers = bot.servers
        sender, db = DiscordSender(bot), self.community.db
        self.dispatcher = Dispatcher(db, sender, self.clock, Pace())
        self.outbox = Outbox(db, sender, self.clock, Pace())
        self.faults = Faults(db, self.dispatcher, self.servers, self.community.bell, clock=self.clock)
        self.notices = Notices(db, self.outbox, self.servers, self.guilds, clock=self.clock)
        self.caretaker = Caretaker(self.servers, self.guilds, self.faults, self.notices, self.servers.bell, clock=self.clock)
        loop = asyncio.get_running_loop()
        self.running = [loop.create_task(self.dispatcher.run()), loop.create_task(self.outbox.run())]
        await self.until(lambda: self.servers.present() is not None)
        for guild in self.community.discord.guilds:
            if guild.has_bot and guild.available:
                await self.until(lambda guild=guild: self.is_available(guild))  # type: ignore[misc]

    async def stop(self) -> None:
        """The process ends."""
        for task in self.running:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.running = []
        await self.community.stop()

    def is_available(self, guild: Guild) -> bool:
        server = self.servers.server(GuildId(guild.id))
        return server is not None and server.is_available

    @property
    def fans(self) -> Guild:
        return self.community.live.guild

    async def look(self) -> None:
        """One pass of the caretaker, after all that Discord has sent so far."""
        await asyncio.sleep(0.05)
        await self.caretaker.look()

    async def later(self, seconds: float) -> None:
        """So much later, another pass."""
        self.clock.shift_s += seconds
        await self.look()

    async def watch(self, handle: str = "alice", channel: Channel | None = None) -> Watch:
        """A watch as `/watch` would place it."""
        db, place = self.community.db, channel or self.community.live
        creator = await db.write(creators.ensure, Handle(handle), now_ms=self.clock.now_ms())
        placed, _ = await db.write(
            watches.place,
            guild_id=GuildId(place.guild.id),
            channel_id=ChannelId(place.id),
            creator_id=creator.id,
            by=DiscordUserId(self.community.admin.id),
            now_ms=self.clock.now_ms(),
            cursor_seq=0,
        )
        return placed

    async def restrict(self, watch: Watch) -> None:
        """TikTok tells that the creator's LIVEs are for adults only."""
        status = CreatorStatus(watch.creator_id, CreatorState.LIVE, connected=True, is_age_restricted=True)
        await self.community.db.write(creators.set_status, status)

    def say(self, watch: Watch, text: str) -> None:
        """A line for the watch's channel."""
        self.seq += 1
        self.dispatcher.offer(watch, Line(self.seq, text))

    async def refused(self, watch: Watch) -> None:
        """A line that Discord refuses, until the lane knows."""
        self.say(watch, "refused")
        await self.until(lambda: watch.channel_id in self.dispatcher.troubles())

    async def kept(self) -> list[Watch]:
        """The guild's watches that have not ended."""
        return await self.community.db.read(watches.of_guild, GuildId(self.fans.id))

    async def wrong(self) -> list[Fault]:
        return await self.community.db.read(faults.known)

    async def known(self) -> list[KnownGuild]:
        return await self.community.db.read(guilds.known)

    async def until(self, happened: Callable[[], object], timeout_s: float = 10.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not happened():
                await asyncio.sleep(0.01)

    async def told(self, channel: Channel, count: int = 1) -> list[str]:
        """What stands in a channel once so many messages do."""
        await self.until(lambda: len(channel.messages) >= count)
        await self.until(self.outbox.is_idle)
        return [message.content for message in channel.messages]


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Town]:
    """A town at work."""
    async with Community.open(folder) as community:
        town = Town(community)
        await town.start()
        try:
            yield town
        finally:
            await town.stop()
