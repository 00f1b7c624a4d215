"""The loop: it wakes when something changes, waits for Discord at the start, and survives whatever fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model.guild import GuildSettings
from bot.model.ids import GuildId
from bot.storage import guilds, watches
from tests.bot.storage.builders import ADMIN
from tests.doubles.town import Town, opened


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with opened(tmp_path) as town:
        yield town


@contextlib.asynccontextmanager
async def running(town: Town) -> AsyncIterator[None]:
    task = asyncio.get_running_loop().create_task(town.caretaker.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until_paused(town: Town) -> None:
    async with asyncio.timeout(5):
        while await town.community.db.read(watches.active):
            await asyncio.sleep(0.05)


async def test_a_change_is_seen_within_a_moment(town: Town) -> None:
    await town.watch()
    async with running(town):
        await asyncio.sleep(0.5)
        town.community.live.delete()
        await until_paused(town)


async def test_settings_are_in_memory_before_discord_is_there(town: Town) -> None:
    guild_id = GuildId(town.fans.id)
    await town.community.db.write(guilds.change, guild_id, settings=GuildSettings(locale="es"), by=ADMIN, now_ms=1)
    town.servers.reset()
    async with running(town):
        await town.until(lambda: town.guilds.settings(guild_id).locale == "es")


async def test_a_failure_is_logged_and_the_next_look_sees_everything(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    await town.watch()
    await town.community.db.write(spoil)
    async with running(town):
        await town.until(lambda: "guilds are looked after again" in caplog.text)
        await town.community.db.write(mend)
        town.fans.kick_bot()
        await until_paused(town)


def spoil(connection: object) -> None:
    connection.exec_driver_sql("UPDATE guild SET settings = 'nonsense'")  # type: ignore[attr-defined]


def mend(connection: object) -> None:
    connection.exec_driver_sql("UPDATE guild SET settings = '{}'")  # type: ignore[attr-defined]
