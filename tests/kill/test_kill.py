"""The bot is killed, again and again, during a busy evening and in every weather; afterwards nothing is lost or said twice.

    make kill-test                      fifty kills, the database locked for up to 30 s
    make kill-test KILLS=200 SEED=7

In the suite there are eight, one in each weather.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from bot.clock import SystemClock
from bot.events.ids import Handle
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.storage import creators, schema, watches
from bot.storage.database import Database
from sandbox.app import Sandbox
from sandbox.discord.limits import Limits
from sandbox.discord.state import NONCE_WINDOW_S
from sandbox.discord.world import Guild, Message
from tests.doubles.house import SOON_S
from tests.kill import weather
from tests.kill.evening import HANDLES, RESTLESS, Evening
from tests.kill.later import Time
from tests.kill.reckoning import Watched, faults, on_their_way, told

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("KILLS", "8"))
SEED = int(os.environ.get("SEED", "1"))
LOCKED_S = float(os.environ.get("LOCKED_S", "2"))

MOST_S = 1.5
"""Until the kill, in most weathers."""

POST_EVERY_S = 0.3
QUICKER = 0.2
"""Posts are so frequent, and Discord's limits so short, that a kill nearly always hits one. Their proportion is the real one."""

LANE_LINES = 2_000
"""How many lines a channel holds back is not what this is about: here is room for half a minute in a common channel, twice."""

OUTAGE_S = NONCE_WINDOW_S + 20.0
"""So long that Discord has forgotten every nonce."""

FRESH_S = 3 * OUTAGE_S
"""What is said before two of them is not old news after them."""

SETTLED_S = 120.0
TOGETHER = "both"
"""A channel that hears two creators, who meet in battles."""

BLIND = RESTLESS
"""The channel whose history the bot may not read while it looks for posts that are older than their nonce."""


async def watched(sandbox: Sandbox, guild: Guild, database: Path) -> list[Watched]:
    """Each creator in a channel of their own, and the two who battle in a common one."""
    clock, url = SystemClock(), f"sqlite:///{database}"
    schema.prepare(url, clock)
    db = await Database.open(url, clock=clock)
    wishes = [(handle, handle) for handle in HANDLES] + [("alice", TOGETHER), ("bob", TOGETHER)]
    placed = []
    for handle, name in wishes:
        channel = guild.channel(name)
        creator = await db.write(creators.ensure, Handle(handle), now_ms=clock.now_ms())
        watch, _ = await db.write(
            watches.place,
            guild_id=GuildId(guild.id),
            channel_id=ChannelId(channel.id),
            creator_id=creator.id,
            by=DiscordUserId(guild.owner_id),
            now_ms=clock.now_ms() - 60_000,
            cursor_seq=0,
        )
        placed.append(Watched(watch.id, handle, channel))
    await db.close()
    assert not sandbox.discord.violations
    return placed


class Bot:
    """The bot as a process. `log` is what it said, over all its lives."""

    def __init__(self, sandbox: Sandbox, database: Path) -> None:
        told_by_sandbox = {f"RELAY_{name.upper().replace('.', '__')}": value for name, value in sandbox.settings.items()}
        own = {
            "RELAY_STORAGE__URL": f"sqlite:///{database}",
            "RELAY_TIKTOK__POLL_EVERY_S": "1",
            "RELAY_DELIVERY__POST_EVERY_S": str(POST_EVERY_S),
            "RELAY_DELIVERY__LANE_LINES": str(LANE_LINES),
            "RELAY_DELIVERY__FRESHNESS_S": str(FRESH_S),
            # Without a key a minute allows five connections, which is not what this is about.
            "RELAY_TIKTOK__SIGN_API_KEY": "sandbox",
            "PYTHONDONTWRITEBYTECODE": "",
        }
        self.log = database.with_name("bot.log")
        self._environment = os.environ | told_by_sandbox | own
        self.process: Process

    async def start(self, *, ahead_s: float = 0.0) -> None:
        program = ("-m", "tests.kill.later") if ahead_s else ("-m", "bot", "run")
        environment = self._environment | {"AHEAD_S": str(ahead_s)}
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, *program), cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    async def kill(self) -> None:
        """SIGKILL: it has no moment for a last word. A bot that is dead stays so."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(SOON_S * 6):
        while not happened():
            await asyncio.sleep(0.02)


def forecast(rng: Random) -> Iterator[str]:
    """Every weather once, in any order, then every weather once again."""
    while True:
        yield from rng.sample(sorted(weather.EVERY), len(weather.EVERY))


async def storms(sandbox: Sandbox, bot: Bot, database: Path, evening: Evening, rng: Random) -> None:
    """The kills; the bot runs afterwards."""
    for number, name in enumerate(itertools.islice(forecast(rng), KILLS), 1):
        # A quarter of the kills comes while the bot still finds its feet, the others in full swing.
        if rng.random() < 0.75:
            await until(evening.are_heard)
        most_s = LOCKED_S if name == "locked" else MOST_S
        wait_s = rng.uniform(0.1, most_s)
        print(f"kill {number}: {name}, after {wait_s:.2f} s")  # noqa: T201 - who repeats it must know
        async with weather.EVERY[name](sandbox, bot.process, database):
            await asyncio.sleep(wait_s)
            if rng.random() < 0.7:
                await bot.kill()
        # The others see the weather clear up first.
        if bot.process.returncode is None:
            await asyncio.sleep(rng.uniform(0.0, MOST_S))
        await bot.kill()
        await bot.start()


async def outage(sandbox: Sandbox, bot: Bot, database: Path, time: Time, *, of_cards: bool, evening: Evening) -> set[int]:
    """Killed while Discord holds a post for each channel of which it said nothing, and back when it has forgotten their nonces.

    Each is looked for in its channel then. Where the bot may not read the history, it is posted once more, and nobody can
    know: that message is returned.
    """

    def is_meant(message: Message) -> bool:
        return bool(message.embeds) is of_cards

    await until(evening.are_heard)
    async with weather.silence(sandbox, is_meant) as held:
        if of_cards:
            evening.news()
        await until(lambda: {message.channel.name for message in held} == {*HANDLES, TOGETHER})
        channels = {message.channel.name: message.channel for message in held}
        lost = {message.id for message in held if message.channel.name == BLIND}
        await bot.kill()
    time.ahead_s += OUTAGE_S
    channels[BLIND].deny_bot("read_message_history")
    for message in channels[TOGETHER].messages:
        message.nonce = None  # nobody promises that Discord tells it for ever: then a post is known by its text
    before = on_their_way(database)
    await bot.start(ahead_s=time.ahead_s)
    await until(lambda: not before & on_their_way(database))
    channels[BLIND].reset_bot()
    return lost


async def restyle(sandbox: Sandbox, bot: Bot, database: Path, style: str, *, ahead_s: float) -> None:
    """Killed while Discord holds posts of which it said nothing, and started again with another line style."""
    async with weather.silence(sandbox) as held:
        await until(lambda: held)
        await bot.kill()
    with closing(sqlite3.connect(database, timeout=SOON_S)) as connection:
        for watch_id, stored in connection.execute("SELECT id, settings FROM watch").fetchall():
            settings = json.loads(stored)
            settings["look"] = settings.get("look", {}) | {"style": style}
            values = (json.dumps(settings), watch_id)
            connection.execute("UPDATE watch SET settings = ?, revision = revision + 1 WHERE id = ?", values)
        connection.commit()
    await bot.start(ahead_s=ahead_s)


@contextlib.asynccontextmanager
async def going_on(evening: Evening) -> AsyncIterator[None]:
    """The evening, until the block is left."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(evening.run())
        yield
        task.cancel()


async def settled(database: Path, placed: list[Watched], evening: Evening, lost: set[int]) -> list[str]:
    """What is still wrong once everything had time to be put right."""
    wrong = ["nothing was looked at"]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLED_S):
            while wrong or not evening.are_heard():
                await asyncio.sleep(0.25)
                wrong = await asyncio.to_thread(faults, database, placed, lost)
    return wrong


@pytest.mark.long
@pytest.mark.timeout(600 + 30 * KILLS)
async def test_killed_at_random_moments_in_every_weather_nothing_is_lost_or_said_twice(tmp_path: Path) -> None:
    print(f"KILLS={KILLS} SEED={SEED} LOCKED_S={LOCKED_S:g}")  # noqa: T201 - who repeats it must know
    rng, database, time = Random(SEED), tmp_path / "relay.db", Time()
    async with Sandbox(clock=time, discord_now=time.now, discord_limits=Limits().scaled(QUICKER)) as sandbox:
        placed = await watched(sandbox, sandbox.demo_guild(), database)
        evening = Evening(sandbox, Random(rng.random()))
        bot = Bot(sandbox, database)
        await bot.start()
        try:
            async with going_on(evening):
                await storms(sandbox, bot, database, evening, rng)
                lost = await outage(sandbox, bot, database, time, of_cards=True, evening=evening)
                lost |= await outage(sandbox, bot, database, time, of_cards=False, evening=evening)
                for style in ("rich", "embeds"):
                    await until(evening.are_heard)
                    await restyle(sandbox, bot, database, style, ahead_s=time.ahead_s)
                await until(evening.are_heard)
            evening.settle()
            await until(evening.are_heard)
            evening.last_words()
            wrong = await settled(database, placed, evening, lost)
        finally:
            await bot.kill()
        logs = told(database)
        print({handle: log.counts for handle, log in logs.items()})  # noqa: T201
        assert not wrong, "\n".join(wrong[:20])
        assert not sandbox.discord.violations
        assert sum(len(log.said) for log in logs.values()) > KILLS * 5, "the rooms were busy"
        assert len(lost) == 2, "a card and some lines of the channel whose history could not be read"
        assert any(log.battles for log in logs.values())
        assert logs["alice"].removed
