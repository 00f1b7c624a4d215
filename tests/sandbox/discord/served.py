"""A sandbox Discord on a free port, and a real discord.py bot on it: what the tests of this folder share."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from aiohttp import web
from discord import app_commands
from discord.ext import commands

from sandbox.discord.limits import Limits
from sandbox.discord.server import Discord

FAST = Limits().scaled(0.1)
"""Limits whose windows pass ten times as fast."""


@asynccontextmanager
async def serving(server: Discord) -> AsyncIterator[Discord]:
    """The server on a free port of 127.0.0.1."""
    app = web.Application()
    server.add_routes(app)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        server.base_url = f"http://{host}:{port}"
        yield server
    finally:
        await runner.cleanup()


class Relay(commands.AutoShardedBot):
    """An unmodified AutoShardedBot, but for the pause between identifies."""

    def __init__(
        self, *, setup: Callable[[Relay], Awaitable[object]] | None = None, intents: discord.Intents | None = None
    ) -> None:
        super().__init__(
            command_prefix=[],
            intents=intents or discord.Intents(guilds=True),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.05,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self._setup = setup

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Discord.py waits five seconds here, for a server that is busier than ours."""

    async def setup_hook(self) -> None:
        if self._setup is not None:
            await self._setup(self)


@pytest.fixture
def aimed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Discord], None]:
    """Point discord.py at a server for the length of a test."""

    def aim(server: Discord) -> None:
        monkeypatch.setattr(discord.http.Route, "BASE", server.api_base)
        monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))

    return aim


@asynccontextmanager
async def running(server: Discord, bot: Relay) -> AsyncIterator[Relay]:
    """The bot, logged in and ready; closed at the end."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bot.start(server.token))
        try:
            await server.online()
            await bot.wait_until_ready()
            yield bot
        finally:
            await bot.close()


class Rest:
    """Plain HTTP with the bot's token, for what discord.py would never send."""

    def __init__(self, server: Discord, http: aiohttp.ClientSession) -> None:
        self._server = server
        self._http = http

    async def __call__(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Answer:
        headers = {"Authorization": f"Bot {self._server.token if token is None else token}"}
        async with self._http.request(method, self._server.api_base + path, json=body, headers=headers) as answer:
            is_json = answer.headers.get("Content-Type") == "application/json"
            return Answer(answer.status, await answer.json() if is_json else await answer.text(), dict(answer.headers))

    async def upload(self, path: str, body: Any, *files: bytes) -> Answer:
        """POST a message with files, as a form."""
        form = aiohttp.FormData()
        form.add_field("payload_json", json.dumps(body), content_type="application/json")
        for number, content in enumerate(files):
            form.add_field(f"files[{number}]", io.BytesIO(content), filename=f"file{number}")
        headers = {"Authorization": f"Bot {self._server.token}"}
        async with self._http.post(self._server.api_base + path, data=form, headers=headers) as answer:
            return Answer(answer.status, await answer.json(), dict(answer.headers))


class Answer:
    """Status, body (parsed when it is JSON) and headers."""

    def __init__(self, status: int, body: Any, headers: dict[str, str]) -> None:
        self.status = status
        self.body = body
        self.headers = headers

    @property
    def code(self) -> int:
        return int(self.body["code"])


def watch_command(
    answer: Callable[[discord.Interaction[Relay], str, Any], Awaitable[object]],
) -> app_commands.Command[Any, Any, Any]:
    """`/watch creator channel`, answered by `answer`; creators are suggested."""

    async def watch(interaction: discord.Interaction[Relay], creator: str, channel: discord.TextChannel) -> None:
        await answer(interaction, creator, channel)

    async def suggest(_interaction: discord.Interaction[Relay], current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"@{name}", value=name) for name in ("alice", "bob") if name.startswith(current)]

    # Annotations are text in this module, and discord.py looks their names up in it.
    command: app_commands.Command[Any, Any, Any] = app_commands.Command(
        name="watch", description="Relay a creator's LIVE into a channel.", callback=watch
    )
    command.autocomplete("creator")(suggest)
    command.default_permissions = discord.Permissions(manage_guild=True)
    command.guild_only = True
    return command
