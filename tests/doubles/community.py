"""A real bot on a real socket, on the other side of which stands the sandbox's Discord; a real database in a file."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Self

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.client import RelayBot
from bot.clock import Bell, Clock, SystemClock
from bot.config import Discord as DiscordSettings
from bot.config import Limits, Retention
from bot.errors import OperatorError
from bot.eventlog.memory import MemoryEventLog
from bot.events.ids import Handle
from bot.ingest.opted_out import OptOuts
from bot.model.creator import CreatorState, CreatorStatus
from bot.moderation.desk import CaseDesk
from bot.services import Services
from bot.services.cases import Cases
from bot.services.doctor import Doctor
from bot.services.guilds import Guilds
from bot.services.now import Now
from bot.services.privacy import Privacy
from bot.services.rulebook import Rulebook
from bot.services.transfer import Transfer
from bot.services.tuning import Tuning
from bot.services.viewers import Viewers
from bot.services.watching import Watching
from bot.storage import creators, schema
from bot.storage.database import Database
from cogs import EXTENSIONS
from sandbox.discord.interactions import Interaction
from sandbox.discord.server import Discord
from sandbox.discord.world import Channel, Member


@dataclass(slots=True)
class Community:
    """One guild "fans" with a channel #live and an admin, and a bot that can be started, stopped and started again."""

    discord: Discord
    db: Database
    log: MemoryEventLog
    bell: Bell
    watching: Watching
    settings: DiscordSettings
    clock: Clock
    """The client's: for its pauses."""
    time: Clock = field(default_factory=SystemClock)
    """The services'. Everything else runs on the machine's."""
    limits: Limits = field(default_factory=Limits)
    extensions: Sequence[str] = EXTENSIONS
    bot: RelayBot | None = None
    running: asyncio.Task[None] | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        folder: Path,
        *,
        limits: Limits | None = None,
        token: str = "",
        allowed_guilds: tuple[int, ...] = (),
        discord: Discord | None = None,
        clock: Clock | None = None,
    ) -> AsyncIterator[Self]:
        """A Discord that listens and a database that is open; the bot is not started."""
        discord, url = discord or Discord(), f"sqlite:///{folder / 'relay.db'}"
        schema.upgrade(url)
        app = web.Application()
        discord.add_routes(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        discord.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        bell = Bell()
        db = await Database.open(url, clock=SystemClock())
        log = MemoryEventLog()
        watching = Watching(db, log, bell, clock=SystemClock(), limits=limits or Limits())
        settings = DiscordSettings(
            token=SecretStr(token or discord.token), api_base=discord.api_base, allowed_guilds=allowed_guilds
        )
        self = cls(discord, db, log, bell, watching, settings, clock or SystemClock(), limits=limits or Limits())
        try:
            yield self
        finally:
            await self.stop()
            await db.close()
            await runner.cleanup()

    @property
    def live(self) -> Channel:
        return self.discord.guild("fans").channel("live")

    @property
    def admin(self) -> Member:
        return self.discord.guild("fans").member("ann", permissions=["manage_guild", "view_channel", "send_messages"])

    def build(self) -> RelayBot:
        """A client as a mode would build it."""
        guilds = Guilds(self.db, self.bell, clock=self.time)
        return RelayBot(
            self.settings,
            services=Services(
                watching=self.watching,
                guilds=guilds,
                doctor=Doctor(self.db, clock=self.time),
                tuning=Tuning(self.db, self.bell, clock=SystemClock()),
                viewers=Viewers(self.db, guilds, clock=self.time, comment_days=Retention().comment_days),
                now=Now(self.db, self.log, clock=self.time),
                cases=Cases(self.db, guilds, CaseDesk(self.db, clock=self.time), clock=self.time, instance_days=7),
                transfer=Transfer(self.db, self.log, self.bell, self.watching, clock=self.time, limits=self.limits),
                privacy=Privacy(self.db, guilds, OptOuts(), self.bell, clock=self.time, instance_days=7, log_hours=48),
                rulebook=Rulebook(self.db, guilds, self.bell, clock=self.time, instance_days=7),
            ),
            db=self.db,
            clock=self.clock,
            rng=Random(1),
            extensions=self.extensions,
            http_trace=aiohttp.TraceConfig(),
        )

    async def start(self) -> RelayBot:
        """Run the bot and wait until Discord has it online."""
        bot = self.begin()
        await self.discord.online()
        return bot

    def begin(self) -> RelayBot:
        """Run the bot, wherever that leads."""
        _ = self.live, self.admin
        self.bot = self.build()
        self.running = asyncio.get_running_loop().create_task(self.bot.run(), name="bot under test")
        return self.bot

    async def ended(self) -> str:
        """Wait for the bot to end by itself; the sentence that the operator gets."""
        assert self.running is not None
        async with asyncio.timeout(10):
            with pytest.raises(OperatorError) as caught:
                await self.running
        self.running = self.bot = None
        return str(caught.value)

    async def stop(self) -> None:
        """End the bot as a mode does: by cancelling it."""
        if self.running is not None:
            self.running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.running
        self.running = self.bot = None

    async def use(
        self, command: str, options: Mapping[str, object] | None = None, *, by: Member | None = None, **more: object
    ) -> Interaction:
        """Somebody (the admin) uses a command in #live."""
        return await self.discord.interact(self.live, by or self.admin, command, {**(options or {}), **more})

    async def asked(
        self, command: str, options: Mapping[str, object] | None = None, *, by: Member | None = None, **more: object
    ) -> str:
        """Use a command and return what the first readable answer says."""
        return (await (await self.use(command, options, by=by, **more)).answered()).content

    async def tiktok_says(
        self, handle: str, state: CreatorState, *, connected: bool = False, is_age_restricted: bool = False
    ) -> None:
        """What the supervisor would write after its look; the wish must be there."""
        creator = await self.db.read(creators.by_handle, Handle(handle))
        assert creator is not None
        at = datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC)
        status = CreatorStatus(
            creator.id,
            state,
            connected=connected,
            checked_at=at,
            next_try_at=at + timedelta(minutes=1),
            is_age_restricted=is_age_restricted,
        )
        await self.db.write(creators.set_status, status)
