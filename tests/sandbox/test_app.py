"""The sandbox as one thing: one port, all parts; and its command line."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from sandbox.app import Sandbox, SandboxError

ROOT = Path(__file__).parents[2]


async def test_one_port_is_a_page_a_tiktok_and_a_discord() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession(headers={"User-Agent": "Mozilla/5.0"}) as http:
        sandbox.tiktok.creator("alice").go_live()
        for path in ("/", "/@alice/live", "/api/v10/gateway", "/sandbox/state"):
            async with http.get(sandbox.url + path) as answer:
                assert answer.status == 200, path
    assert sandbox.settings["tiktok.webcast_base"] == f"http://127.0.0.1:{sandbox.port}/webcast"
    assert sandbox.settings["discord.api_base"] == f"http://127.0.0.1:{sandbox.port}/api/v10"


async def test_a_port_in_use_is_one_clear_sentence() -> None:
    async with Sandbox() as first:
        with pytest.raises(SandboxError, match=rf"Port {first.port} is in use\. Choose another one"):
            async with Sandbox(first.port):
                pass


async def test_the_demo_guild_is_the_one_on_the_page() -> None:
    async with Sandbox() as sandbox:
        guild = sandbox.demo_guild()
        assert sandbox.page.guild is guild
        assert {channel.name for channel in guild.channels.values()} >= {"live", "mods"}


async def started(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
async def test_the_sandbox_says_where_it_is_and_ends_well_when_asked(ending: signal.Signals) -> None:
    process = await started("--port", "0", "--scenario", "quiet")
    assert process.stdout is not None
    first = (await process.stdout.readline()).decode()
    assert first.startswith("The page: http://127.0.0.1:")
    process.send_signal(ending)
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert b"RELAY_TIKTOK__SIGN_BASE=http://127.0.0.1:" in out
    assert b"0 violations" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--capture", "nothing.jsonl", "--room", "x"), "nothing.jsonl cannot be read"),
        (("--room", "x"), "--capture and --room belong together"),
        (("--watch", "alice"), "is not creator:channel, for example alice:live"),
        (("--scenario", "demos"), "is not one of 'demo'"),
        (("--openapi", "nothing.json"), "nothing.json cannot be read"),
    ],
)
async def test_a_wish_that_cannot_be_met_is_refused_with_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    process = await started("--port", "0", *arguments)
    _, err = await process.communicate()
    assert process.returncode != 0
    assert sentence in err.decode()
    assert "Traceback" not in err.decode()


async def test_the_sandbox_ends_by_itself_after_its_seconds() -> None:
    process = await started("--port", "0", "--seconds", "0.2", "--speed", "50")
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert b"The sandbox has ended" in out
