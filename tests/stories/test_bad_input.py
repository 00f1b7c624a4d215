"""A bot that cannot go on says why in one sentence and ends; one that can, stays up."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from sandbox.app import Sandbox
from tests.doubles.house import SOON_S, House, lines, told

ROOT = Path(__file__).parents[2]


async def started(sandbox: Sandbox, database: Path, **changed: str) -> asyncio.subprocess.Process:
    told_by_sandbox = {f"RELAY_{name.upper().replace('.', '__')}": value for name, value in sandbox.settings.items()}
    environment = os.environ | told_by_sandbox | {"RELAY_STORAGE__URL": f"sqlite:///{database}"} | changed
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"), cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
    )


async def last_words(bot: asyncio.subprocess.Process) -> str:
    async with asyncio.timeout(SOON_S):
        _, said = await bot.communicate()
    assert b"Traceback" not in said
    return said.decode()


async def test_a_wrong_token_ends_the_bot_with_one_sentence(sandbox: Sandbox, database: Path) -> None:
    bot = await started(sandbox, database, RELAY_DISCORD__TOKEN="not-the-token")
    said = await last_words(bot)
    assert bot.returncode == 1
    assert "refused the token" in said
    assert "not-the-token" not in said
    sandbox.discord.violations.clear()  # the wrong token is the point


async def test_a_second_bot_on_the_same_database_refuses(sandbox: Sandbox, database: Path) -> None:
    first = await started(sandbox, database)
    try:
        await sandbox.discord.online(SOON_S)
        second = await started(sandbox, database)
        assert "in use by another bot" in await last_words(second)
        assert second.returncode == 1
    finally:
        first.send_signal(signal.SIGTERM)
        await last_words(first)
    assert first.returncode == 0, "SIGTERM is an orderly end"


async def test_an_unreachable_tiktok_keeps_the_watch_and_the_bot(house: House) -> None:
    channel = house.guild.channel("live")
    house.already_live("alice")
    faults = house.sandbox.tiktok.faults
    faults.page = faults.api = faults.room_info = 503

    typed = await house.watch("alice", channel)

    assert "❔" in told(typed)
    assert "<t:" in told(typed)
    listed = await house.types(channel, "watching")
    assert "@alice" in told(listed)


async def test_a_channel_without_permissions_is_refused_by_name(house: House) -> None:
    channel = house.guild.channel("locked")
    channel.deny_bot("send_messages")
    typed = await house.types(channel, "watch", creator="alice", channel=channel)
    assert "Send Messages" in told(typed)
    assert not lines(channel)


async def test_rubbish_as_a_creator_is_refused_with_an_example(house: House) -> None:
    channel = house.guild.channel("live")
    typed = await house.types(channel, "watch", creator="https://example.com/@alice", channel=channel)
    assert "@" in told(typed)
    listed = await house.types(channel, "watching")
    assert "alice" not in told(listed)
