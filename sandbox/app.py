"""One web application on 127.0.0.1 that is a TikTok, a Discord and a page, all on one port.

async with Sandbox() as sandbox:
    room = sandbox.tiktok.creator("alice").go_live()
    live = sandbox.discord.guild("Alice's fans").channel("live")
    ...                                     # point a bot at sandbox.url
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox import moderators
from sandbox.discord.limits import Limits as DiscordLimits
from sandbox.discord.server import Discord, wall_s
from sandbox.discord.world import Guild
from sandbox.tiktok.clock import Clock
from sandbox.tiktok.limits import Limits as TikTokLimits
from sandbox.tiktok.server import TikTok
from sandbox.tiktools.server import TikTools
from sandbox.web.backend import DEFAULT_GUILD, Page

HOST = "127.0.0.1"
SHUTDOWN_S = 2.0
DEMO_CHANNELS = ("general", "live", "bob-live")


class SandboxError(Exception):
    """The sandbox cannot start; the message says why and what to do."""


class Sandbox:
    """Owns the three parts, and the port while it is entered. Nothing outside this machine can reach it."""

    def __init__(
        self,
        port: int = 0,
        *,
        clock: Clock | None = None,
        tiktok_limits: TikTokLimits | None = None,
        discord_limits: DiscordLimits | None = None,
        discord_now: Callable[[], float] = wall_s,
    ) -> None:
        self.tiktok = TikTok(clock=clock, limits=tiktok_limits)
        self.tiktools = TikTools(self.tiktok.world)
        self.discord = Discord(now=discord_now, limits=discord_limits)
        self.page = Page(self.discord, self.tiktok)
        self.port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where everything is; with port 0 known once the sandbox is entered."""
        return f"http://{HOST}:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """What a bot has to be told to live in here, by the names of its settings."""
        return {
            "discord.token": self.discord.token,
            "discord.api_base": self.discord.api_base,
            "tiktok.web_base": self.url,
            "tiktok.webcast_base": f"{self.url}/webcast",
            "tiktok.sign_base": self.url,
            "tiktok.tiktools_base": f"{self.url}{self.tiktools.base}",
            "tiktok.push_base": self.url,
        }

    def demo_guild(self) -> Guild:
        """The guild that the page shows, with the channels of the demonstration, and moderators who have one of their own."""
        guild = self.discord.guild(DEFAULT_GUILD)
        for name in DEMO_CHANNELS:
            guild.channel(name)
        moderators.engage(guild, self.page.you)
        return guild

    async def __aenter__(self) -> Self:
        app = web.Application()
        for part in (self.discord, self.tiktok, self.tiktools, self.page):
            part.add_routes(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        site = web.TCPSite(runner, HOST, self.port)
        try:
            await site.start()
        except OSError as wrong:
            await runner.cleanup()
            raise SandboxError(_why(wrong, self.port)) from wrong
        self._runner = runner
        self.port = runner.addresses[0][1]
        self.discord.base_url = self.url
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


def _why(wrong: OSError, port: int) -> str:
    if wrong.errno == errno.EADDRINUSE:
        return f"Port {port} is in use. Choose another one with --port, or --port 0 for any that is free."
    return f"Port {port} on {HOST} cannot be opened: {wrong.strerror or wrong}"
