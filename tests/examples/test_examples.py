"""Each example is run as a person would: a program of its own, beside a sandbox that plays TikTok."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.app import Sandbox
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.world import Room

ROOT = Path(__file__).parents[2]
BOB = Viewer("bob", "Bob")
EVE = Viewer("eve", "Eve")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as here:
        yield here
        assert not here.tiktok.violations


@pytest.fixture
def room(sandbox: Sandbox) -> Room:
    return sandbox.tiktok.creator("alice").go_live()


class Running:
    """An example at work. `printed` is what it wrote once it has ended."""

    printed = ""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process


@asynccontextmanager
async def running(
    sandbox: Sandbox, room: Room, name: str, *arguments: str, status: int = 0, **environment: str
) -> AsyncIterator[Running]:
    """The example, connected to the room if that is live; afterwards the LIVE ends, and so must the example, with this status."""
    known = {f"RELAY_TIKTOK__{name}": value for name, value in (
        ("WEB_BASE", sandbox.url),
        ("WEBCAST_BASE", f"{sandbox.url}/webcast"),
        ("SIGN_BASE", sandbox.url),
    )}  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"examples.{name}", "alice", *arguments),
        cwd=ROOT,
        env={**os.environ, **known, **environment, "PYTHONIOENCODING": "utf-8"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(30):
            while not room.sockets and process.returncode is None:
                await asyncio.sleep(0.02)
            example = Running(process)
            if room.sockets or status:
                yield example
            room.end()
            output, _ = await process.communicate()
        example.printed = output.decode().replace("\r", "")
        assert process.returncode == status, example.printed
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_chat_logger_prints_the_chat(sandbox: Sandbox, room: Room) -> None:
    async with running(sandbox, room, "chat_logger") as example:
        room.chat(BOB, "hello")
        room.gift(BOB, "Rose")
        room.chat(EVE, "hi Bob 👋")
    assert example.printed.splitlines() == ["Bob: hello", "Eve: hi Bob 👋"]


async def test_ctrl_c_ends_a_program_without_a_word(sandbox: Sandbox, room: Room) -> None:
    async with running(sandbox, room, "chat_logger") as example:
        example.process.send_signal(signal.SIGINT)
    assert example.printed == ""


@pytest.mark.parametrize("name", ["chat_logger", "gift_leaderboard", "pk_mvp", "captions_to_file", "discord_webhook"])
async def test_a_creator_who_is_not_live_gets_a_sentence_instead_of_a_traceback(sandbox: Sandbox, room: Room, name: str) -> None:
    room.end()
    async with running(sandbox, room, name, "words.txt", WEBHOOK_URL="http://127.0.0.1:9", status=1) as example:
        pass
    assert example.printed.splitlines()[-1] == "@alice is not live"
    assert "Traceback" not in example.printed


async def test_the_leaderboard_counts_a_combo_once(sandbox: Sandbox, room: Room) -> None:
    async with running(sandbox, room, "gift_leaderboard") as example:
        room.gift(BOB, "Rose", 12)
        room.gift(EVE, "Confetti")
        room.gift(BOB, "Rose", 3)
    *_, last = example.printed.split("\n\n")
    assert last.splitlines() == ["Bob gave Rose x3", " 1. Eve: 100 diamonds", " 2. Bob: 15 diamonds"]


async def test_the_pk_tracker_names_the_best_of_each_side(sandbox: Sandbox, room: Room) -> None:
    rival = sandbox.tiktok.creator("rita", nickname="Rita")
    async with running(sandbox, room, "pk_mvp") as example:
        room.battle_start(rival)
        room.battle_score(own_fans=[(BOB, 10), (EVE, 25)])
        room.battle_score(rival=7, own_fans=[(EVE, 5)])
        room.battle_finish()
    told = example.printed.splitlines()
    assert told[0].startswith("PK ")
    assert any("alice: 40 (MVP Eve with 30)" in line for line in told)
    assert any("Rita: 7 (TikTok names no contributor)" in line for line in told)


async def test_captions_are_written_to_a_file(sandbox: Sandbox, room: Room, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    async with running(sandbox, room, "captions_to_file", str(words)):
        room.caption("Good evening everyone")
        room.caption("Bom dia", language="pt")
    lines = words.read_text(encoding="utf-8").splitlines()
    assert [line[9:] for line in lines] == ["[en] Good evening everyone", "[pt] Bom dia"]


async def test_the_webhook_relay_pings_nobody_and_waits_when_told_to(sandbox: Sandbox, room: Room) -> None:
    posts: list[dict[str, object]] = []
    refusals = ["0.05"]

    async def webhook(request: web.Request) -> web.Response:
        if refusals:
            return web.Response(status=429, headers={"Retry-After": refusals.pop()})
        posts.append(json.loads(await request.text()))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/hook", webhook)
    async with TestServer(app, host="127.0.0.1") as server:
        async with running(sandbox, room, "discord_webhook", WEBHOOK_URL=str(server.make_url("/hook"))):
            room.chat(BOB, "hi @everyone, see https://evil.example [here](https://evil.example)")
            room.chat(EVE, "only I see this", visible_to_sender=True)
            room.gift(EVE, "Rose", 5)
        said = "".join(str(post["content"]) for post in posts)
    assert all(post["allowed_mentions"] == {"parse": []} and post["flags"] == 4 for post in posts)
    assert "@everyone" not in said
    assert "https://evil" not in said
    assert "[here]" not in said
    assert "only I see this" not in said
    assert said.splitlines()[1].endswith("sent Rose ×5")
    assert not refusals
