"""The bot is killed where it hurts most: Discord has stored a post, its answer has not arrived."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import Process
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from bot.events import CommentEvent, codec
from sandbox.app import Sandbox
from sandbox.discord.world import Channel
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.world import Room
from tests.doubles.house import SOON_S, plain

KILLS = 20
HANDLES = ("alice", "bob", "carol")
ROOT = Path(__file__).parents[2]


def environment(sandbox: Sandbox, database: Path) -> dict[str, str]:
    told = {f"RELAY_{name.upper().replace('.', '__')}": value for name, value in sandbox.settings.items()}
    return os.environ | told | {"RELAY_STORAGE__URL": f"sqlite:///{database}", "PYTHONDONTWRITEBYTECODE": ""}


async def started(sandbox: Sandbox, database: Path) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"), cwd=ROOT, env=environment(sandbox, database), stderr=asyncio.subprocess.DEVNULL
    )


async def killed(bot: Process) -> None:
    if bot.returncode is None:
        bot.send_signal(signal.SIGKILL)
    await bot.wait()


class Chatter:
    """Viewers who never stop: each comment is unique, so that every line can be told from every other."""

    def __init__(self, rooms: dict[str, Room]) -> None:
        self.said: dict[str, list[str]] = {handle: [] for handle in rooms}
        self._rooms = rooms
        self._viewer = Viewer("vera", "Vera")

    async def run(self) -> None:
        while True:
            for handle, room in self._rooms.items():
                # What is said while nobody listens is a gap, told as one; here only what was received counts.
                if room.sockets:
                    text = f"{handle} {len(self.said[handle])}"
                    self.said[handle].append(text)
                    room.chat(self._viewer, text)
            await asyncio.sleep(0.02)


def relayed(channel: Channel) -> Counter[str]:
    """How often each comment stands in the channel."""
    shown = (plain(line) for message in channel.messages for line in message.content.splitlines())
    return Counter(line.removeprefix("**Vera** ") for line in shown if line.startswith("**Vera** "))


async def posted_and_unanswered(sandbox: Sandbox) -> None:
    """Return once Discord has stored a post whose answer it holds back."""
    stored = asyncio.Event()
    sandbox.discord.faults.on_stored = lambda _message: stored.set()
    sandbox.discord.faults.hold_create = asyncio.Event()
    async with asyncio.timeout(SOON_S):
        await stored.wait()


def answer_again(sandbox: Sandbox) -> None:
    held = sandbox.discord.faults.hold_create
    assert isinstance(held, asyncio.Event)
    sandbox.discord.faults.clear()
    held.set()


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_killed_between_store_and_answer_twenty_times_no_line_is_lost_or_said_twice(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        guild = sandbox.demo_guild()
        you = guild.member("you", permissions=["manage_guild", "view_channel", "send_messages"])
        rooms = {handle: sandbox.tiktok.creator(handle).go_live() for handle in HANDLES}
        channels = {handle: guild.channel(f"{handle}-room") for handle in HANDLES}
        chatter = Chatter(rooms)
        bot = await started(sandbox, tmp_path / "relay.db")
        try:
            await sandbox.discord.online(SOON_S)
            for handle, channel in channels.items():
                typed = await sandbox.discord.interact(channel, you, "watch", {"creator": handle, "channel": channel})
                await typed.says("🔴", SOON_S)
            async with asyncio.TaskGroup() as group:
                talking = group.create_task(chatter.run())
                for _ in range(KILLS):
                    await posted_and_unanswered(sandbox)
                    await killed(bot)
                    answer_again(sandbox)
                    bot = await started(sandbox, tmp_path / "relay.db")
                    await all_listened_to(rooms)
                talking.cancel()
            await all_told(channels, chatter)
        finally:
            await killed(bot)

        received = logged(tmp_path / "relay.db")
        for handle, channel in channels.items():
            shown = relayed(channel)
            assert not [line for line, times in shown.items() if times > 1], f"{handle}: said twice"
            assert not received[handle] - shown.keys(), f"{handle}: received and never said"
            assert len(received[handle]) > KILLS * 5, "the lanes were busy"


def logged(database: Path) -> dict[str, set[str]]:
    """What is in the event log, by creator: all of it was received, so all of it must have been said."""
    said: dict[str, set[str]] = {handle: set() for handle in HANDLES}
    with closing(sqlite3.connect(database)) as connection:
        for (body,) in connection.execute("SELECT body FROM log_batch"):
            for entry in codec.decode(body):
                if isinstance(entry.event, CommentEvent):
                    said[entry.event.creator].add(entry.event.text)
    return said


async def all_listened_to(rooms: dict[str, Room]) -> None:
    """Every watch survived: each room has its one socket again."""
    async with asyncio.timeout(SOON_S):
        while not all(room.sockets == 1 for room in rooms.values()):
            await asyncio.sleep(0.02)


async def all_told(channels: dict[str, Channel], chatter: Chatter) -> None:
    """Wait until the last comment of each room stands in its channel."""
    async with asyncio.timeout(SOON_S):
        while not all(relayed(channel)[chatter.said[handle][-1]] for handle, channel in channels.items()):
            await asyncio.sleep(0.05)
