"""The whole bot on the sandbox, as the operator's tools see it: what happens in a room and in Discord moves the figures."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.clock import SystemClock
from bot.config import Config, Ops
from bot.modes import embedded, observing
from bot.ops.metrics import METRICS
from bot.storage import schema, state
from sandbox.app import Sandbox
from sandbox.tiktok.viewer import Viewer
from tests.doubles.database import opened
from tests.doubles.house import SOON_S, House, lines, settings
from tests.stories.test_moderation import staff_of, watched

ROOT = Path(__file__).parents[3]
BOB = Viewer("bob.the.viewer", "Bob")

Figures = Mapping[str, float]
"""By name, and by `name{value}` for a metric with a label."""


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as here:
        yield here
        assert not here.tiktok.violations
        assert not here.discord.violations


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.asynccontextmanager
async def observed(sandbox: Sandbox, database: Path, port: int) -> AsyncIterator[House]:
    """The bot, connected, with its figures on `port` (0: nowhere)."""
    clock = SystemClock()
    wanted = settings(sandbox, database).model_copy(update={"ops": Ops(port=port)})
    schema.prepare(wanted.storage.url, clock)
    guild = sandbox.discord.guild("The demo guild")
    you = guild.member("you", permissions=["manage_guild", "view_channel", "send_messages"])
    async with embedded.running(wanted, clock=clock, rng=Random(1)) as parts:
        await sandbox.discord.online(SOON_S)
        yield House(sandbox, parts, guild, you)


async def asked(port: int, page: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}{page}") as answer:
        return answer.status, await answer.text()


async def scraped(port: int) -> Figures:
    status, text = await asked(port, "/metrics")
    assert status == 200
    return {
        sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def scraped_until(port: int, so: Callable[[Figures], bool]) -> Figures:
    figures: Figures = {}
    try:
        async with asyncio.timeout(SOON_S):
            while not so(figures := await scraped(port)):
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"it never came to that: {figures}") from None
    return figures


async def test_a_comment_on_its_way_to_discord_moves_the_figures_of_every_part(
    sandbox: Sandbox, tmp_path: Path, port: int
) -> None:
    async with observed(sandbox, tmp_path / "relay.db", port) as house:
        room = house.already_live("alice")
        channel = house.guild.channel("live")
        await house.watch("alice", channel)
        room.chat(BOB, "hello")
        await house.until(lambda: lines(channel) == ["**Bob** hello"])

        figures = await scraped_until(port, lambda now: now["relay_ready"] == 1)

        assert figures["relay_discord_shards_connected"] == figures["relay_discord_shards"] == 1
        assert figures["relay_creators_followed"] == figures["relay_creators_connected"] == 1
        assert figures["relay_ingest_connects_total"] == 1
        assert figures["relay_way_streams_open{webcast (no key)}"] == 1
        assert figures["relay_way_connects_left{webcast (no key)}"] == 4, "of the five in a minute without a key"
        assert figures["relay_way_ready{webcast (no key)}"] == 1
        assert figures["relay_way_rest_seconds{webcast (no key)}"] == 0
        assert figures["relay_ingest_appended_total"] >= 1
        assert figures["relay_ingest_dropped_total{foreign}"] == 0
        assert figures["relay_lines_total"] == 1
        assert figures["relay_delivery_lines_posted_total"] == figures["relay_delivery_posts_total"] == 1
        assert figures["relay_delivery_lines_waiting"] == figures["relay_delivery_channels_blocked"] == 0
        assert figures["relay_discord_answers_total{200}"] >= 2
        assert figures["process_resident_memory_bytes"] > 1e6


async def test_a_removal_on_its_way_to_the_moderators_moves_theirs(sandbox: Sandbox, tmp_path: Path, port: int) -> None:
    async with observed(sandbox, tmp_path / "relay.db", port) as house:
        staff = await staff_of(house)
        room, channel = await watched(house)
        await house.types(channel, "alerts watch add", kind="keyword", pattern="secret")
        await house.until(lambda: house.parts.lookout.following)
        said = room.chat(BOB, "a secret")
        await house.until(lambda: len(staff.cards) == 1)
        room.delete(message_ids=[said])
        await house.until(lambda: len(staff.cards) == 2)
        await house.until(house.parts.outbox.is_idle)
        figures = await scraped(port)

    assert figures["relay_alerts_told_total"] >= 1
    assert [figures[f"relay_cases_opened_total{{{kind}}}"] for kind in ("removal", "watchlist", "manual")] == [1, 1, 0]
    assert figures["relay_watchlist_flags_total"] == 1
    assert 0 < figures["relay_alert_lag_seconds"] < SOON_S
    failed = ("relay_alerts_failures_total", "relay_watchlist_failures_total", "relay_cases_escalated_total")
    assert [figures[name] for name in failed] == [0, 0, 0]


async def test_every_declared_metric_is_published_and_nothing_says_who(sandbox: Sandbox, tmp_path: Path, port: int) -> None:
    async with observed(sandbox, tmp_path / "relay.db", port) as house:
        room = house.already_live("alice")
        channel = house.guild.channel("live")
        await house.watch("alice", channel)
        room.chat(BOB, "a secret of mine")
        await house.until(lambda: lines(channel) == ["**Bob** a secret of mine"])
        told = "".join([(await asked(port, page))[1] for page in ("/metrics", "/healthz", "/readyz")])

    published = {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE relay_")}
    assert published == {metric.name for metric in METRICS}
    for private in ("alice", "bob.the.viewer", "Bob", "secret", str(channel.id), str(house.guild.id), sandbox.discord.token):
        assert private not in told


async def test_a_bot_that_lost_discord_says_so_and_is_ready_again_once_it_is_back(
    sandbox: Sandbox, tmp_path: Path, port: int
) -> None:
    async with observed(sandbox, tmp_path / "relay.db", port):
        await scraped_until(port, lambda now: now["relay_ready"] == 1)
        sandbox.discord.faults.gateway_down = True
        sandbox.discord.drop_gateway()
        await scraped_until(port, lambda now: now["relay_ready"] == 0)
        status, said = await asked(port, "/readyz")
        assert (status, "not connected" in said) == (503, True)
        assert (await asked(port, "/healthz"))[0] == 200, "a restart would mend nothing"

        sandbox.discord.faults.gateway_down = False
        await scraped_until(port, lambda now: now["relay_ready"] == 1)


async def test_the_probe_writes_one_row_and_without_a_port_nothing_listens_and_none_is_written(
    sandbox: Sandbox, tmp_path: Path, port: int
) -> None:
    async with observed(sandbox, tmp_path / "quiet.db", 0) as house:
        with pytest.raises(aiohttp.ClientConnectionError):
            await asked(port, "/healthz")
        assert await house.parts.db.read(state.get, observing.PROBE) is None
    async with observed(sandbox, tmp_path / "relay.db", port) as house:
        figures = await scraped_until(port, lambda now: now["relay_database_write_seconds"] > 0)
        assert figures["relay_database_write_age_seconds"] < SOON_S
        assert await house.parts.db.read(state.get, observing.PROBE) is not None
    with pytest.raises(aiohttp.ClientConnectionError):
        await asked(port, "/healthz")


async def test_a_port_in_use_ends_the_start_with_one_sentence(sandbox: Sandbox, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told_by_sandbox = {f"RELAY_{name.upper().replace('.', '__')}": value for name, value in sandbox.settings.items()}
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            cwd=ROOT,
            env=os.environ
            | told_by_sandbox
            | {"RELAY_STORAGE__URL": f"sqlite:///{tmp_path / 'relay.db'}", "RELAY_OPS__PORT": str(port)},
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(SOON_S):
            _, said = await bot.communicate()
    assert bot.returncode == 1
    assert said.decode().splitlines()[-1].startswith(f"ops.port = {port} on ops.host = '127.0.0.1' cannot be listened on: ")
    assert b"Traceback" not in said


def test_nothing_listens_by_default_and_what_does_is_for_this_machine_only() -> None:
    assert (Config().ops.port, Config().ops.host) == (0, "127.0.0.1")


def numbered(counters: Any, first: int) -> Iterable[tuple[str, int]]:
    """Give each counter a number of its own."""
    numbers = {field.name: first + place for place, field in enumerate(dataclasses.fields(counters))}
    for name, number in numbers.items():
        is_by_kind = isinstance(getattr(counters, name), Counter)
        setattr(counters, name, Counter({"kind": number}) if is_by_kind else number)
    return numbers.items()


async def test_nothing_that_is_counted_is_left_untold(sandbox: Sandbox, tmp_path: Path) -> None:
    async with opened(tmp_path) as db, aiohttp.ClientSession() as http:
        wanted = settings(sandbox, tmp_path / "relay.db")
        edge = embedded._edge(wanted.tiktok, http, clock=SystemClock(), rng=Random(1))
        parts = embedded._build(wanted, db, edge, clock=SystemClock(), rng=Random(1))
        supervisor, dispatcher, relay = parts.supervisor, parts.dispatcher, parts.relay
        counted = (*numbered(supervisor.counters, 1000), *numbered(dispatcher.counters, 2000), *numbered(relay.counters, 3000))
        counted += (*numbered(parts.outbox.counters, 4000),)
        readings = [observing.ingest(supervisor), observing.delivery(dispatcher), observing.relaying(relay)]
        readings.append(observing.cards(parts.outbox))
    told: list[float] = []
    for reading in (reading for figures in readings for reading in figures.values()):
        told += reading.values() if isinstance(reading, Mapping) else [reading]
    untold = [name for name, number in counted if told.count(number) != 1]
    assert not untold, f"declare it in ops.metrics, read it in modes.observing: {untold}"
