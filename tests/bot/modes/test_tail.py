"""`tail` in a sandbox: what it prints, and how it ends."""

from __future__ import annotations

import asyncio
import io
import json
import os
import pty
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.events import CommentEvent, Handle
from bot.modes import following, sources, tail, terminal
from bot.modes.terminal import Printer, Status
from sandbox.app import Sandbox
from sandbox.tiktok.viewer import Viewer
from tests.bot.modes.live import ROOT, SOON_S, bot, configured, ended, environment, line, listened_to

BOB = Viewer("bob", "Bob")
RIVAL = Viewer("rita", "Rita")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as here:
        yield here
        assert not here.tiktok.violations


async def test_everything_that_happens_in_a_room_is_a_line(sandbox: Sandbox) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    out, err = io.BytesIO(), io.BytesIO()
    async with asyncio.timeout(SOON_S), asyncio.TaskGroup() as tasks:
        tailing = tasks.create_task(tail.run(configured(sandbox), [Handle("alice")], printer=Printer(out, err), once=True))
        await listened_to(room)
        room.join(BOB)
        spoken = room.chat(BOB, "hi \x1b[2Jthere\nforged")
        room.gift(BOB, "Rose", 25)
        room.like(BOB, 7)
        room.follow(BOB)
        room.share(BOB)
        room.count_viewers(1234)
        room.caption("welcome everybody")
        room.delete([spoken], [BOB.id])
        room.raw("WebcastBrandNewMessage", b"\x08\x01")
        room.end()
    assert tailing.result() is Status.DONE
    lines = out.getvalue().decode().splitlines()
    assert lines[:9] == [
        "[events] connecting to @alice ...",
        f"[ready]   connected to @alice (room {room.id})",
        "[join]    bob",
        "[chat]    bob: hi [2Jthere forged",
        "[gift]    bob -> Rose x25",
        "[like]    bob (7)",
        "[follow]  bob",
        "[share]   bob",
        "[viewer]  1234",
    ]
    tags = {each.split("]")[0] for each in lines[9:-1]}
    assert tags == {"[caption", "[imDelete", "[unknown"}
    assert "welcome everybody" in lines[9]
    assert lines[-1] == "[end]     stream ended"
    assert err.getvalue() == b""


async def test_a_room_is_found_and_read_over_tiktools_while_tiktok_blocks_every_look_up(sandbox: Sandbox) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    faults = sandbox.tiktok.faults
    faults.page = faults.api = faults.room_info = faults.check_alive = 403
    out, err = io.BytesIO(), io.BytesIO()
    async with asyncio.timeout(SOON_S), asyncio.TaskGroup() as tasks:
        tailing = tasks.create_task(
            tail.run(configured(sandbox), [Handle("alice")], printer=Printer(out, err), once=True, source="tiktools")
        )
        while not sandbox.tiktools.sockets:
            await asyncio.sleep(0.01)
        room.chat(BOB, "hello")
        room.end()
    assert tailing.result() is Status.DONE
    lines = out.getvalue().decode().splitlines()
    assert lines[:3] == [
        "[events] connecting to @alice ...",
        "[events] @alice is live (TikTools says so, TikTok does not answer)",
        f"[ready]   connected to @alice (room {room.id})",
    ]
    assert "[chat]    bob: hello" in lines
    assert err.getvalue() == b""
    assert sandbox.tiktools.connects.total() == 1


async def test_what_a_filter_hides_is_not_even_decoded(sandbox: Sandbox) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    out = io.BytesIO()
    printer = Printer(out, io.BytesIO(), only={CommentEvent})
    async with asyncio.timeout(SOON_S), sources.session(tiktok := configured(sandbox)) as http, asyncio.TaskGroup() as tasks:
        shared = following.parts(tiktok, http, printer=printer, clock=SystemClock())
        alice = following.Following(Handle("alice"), shared, take=printer.show, once=True)
        tailing = tasks.create_task(following.follow_all([alice]))
        await listened_to(room)
        room.like(BOB, 7)
        room.raw("WebcastBrandNewMessage", b"\x08\x01")
        room.chat(BOB, "hi")
        room.end()
    assert tailing.result() is Status.DONE
    assert out.getvalue().decode().splitlines()[1:] == ["[chat]    bob: hi"]
    assert shared.named[0].skipped == {"WebcastLikeMessage": 1, "WebcastBrandNewMessage": 1}


async def test_battles_appear_and_a_filter_chooses(sandbox: Sandbox) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    rival = sandbox.tiktok.creator("rita")
    rival.go_live()
    out = io.BytesIO()
    printer = Printer(out, io.BytesIO(), only=terminal.classes("battle,battleArmies"))
    async with asyncio.timeout(SOON_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(tail.run(configured(sandbox), [Handle("alice")], printer=printer, once=True))
        await listened_to(room)
        room.chat(BOB, "not asked for")
        room.battle_start(rival, 60)
        room.battle_finish()
        room.end()
    lines = out.getvalue().decode().splitlines()[1:]
    assert {each.split()[0] for each in lines} <= {"[battle]", "[battleArmies]"}
    assert any('"phase": "starting"' in each or '"phase": "active"' in each for each in lines)


@pytest.mark.parametrize("source", sources.NAMES)
async def test_every_source_prints_the_same(sandbox: Sandbox, source: str) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    out, only = io.BytesIO(), terminal.classes("chat,gift,roomUserSeq,connected")
    printer = Printer(out, io.BytesIO(), only=only)
    async with asyncio.timeout(SOON_S), asyncio.TaskGroup() as tasks:
        work = tail.run(configured(sandbox), [Handle("alice")], printer=printer, once=True, source=source)
        tasks.create_task(work)
        while b"[viewer]" not in out.getvalue():
            # A stream that is open has not entered the room yet, and what happens before that is not told.
            room.count_viewers(1)
            await asyncio.sleep(0.02)
        room.chat(BOB, "hi")
        room.gift(BOB, "Rose", 5)
        room.count_viewers(7)
        room.end()
    lines = out.getvalue().decode().splitlines()[1:]
    assert [each for each in lines if each != "[viewer]  1"] == [
        f"[ready]   connected to @alice (room {room.id})",
        "[chat]    bob: hi",
        "[gift]    bob -> Rose x5",
        "[viewer]  7",
    ]


async def test_several_creators_at_once_each_line_says_whose(sandbox: Sandbox) -> None:
    rooms = {name: sandbox.tiktok.creator(name).go_live() for name in ("alice", "rita")}
    out = io.BytesIO()
    printer = Printer(out, io.BytesIO(), names_creators=True)
    async with asyncio.timeout(SOON_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(tail.run(configured(sandbox), [Handle(name) for name in rooms], printer=printer, once=True))
        for name, room in rooms.items():
            await listened_to(room)
            room.chat(BOB, f"hi {name}")
            room.end()
    lines = out.getvalue().decode().splitlines()
    assert "@alice [chat]    bob: hi alice" in lines
    assert "@rita [chat]    bob: hi rita" in lines


async def test_a_pipe_gets_plain_lines_and_ctrl_c_ends_in_130(sandbox: Sandbox, tmp_path: Path) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    async with bot(sandbox, "tail", "@alice", folder=tmp_path) as process:
        assert await line(process) == "[events] connecting to @alice ..."
        assert await line(process) == f"[ready]   connected to @alice (room {room.id})"
        room.chat(BOB, "hello")
        assert await line(process) == "[chat]    bob: hello"
        process.send_signal(signal.SIGINT)
        assert await ended(process) == (130, "")


async def test_json_lines_and_sigterm_ends_in_0(sandbox: Sandbox, tmp_path: Path) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    async with bot(sandbox, "tail", "alice", "--json", "--filter", "comment", folder=tmp_path) as process:
        await listened_to(room)
        room.join(BOB)
        room.chat(BOB, "héllo")
        found = json.loads(await line(process))
        assert (found["type"], found["data"]["text"], found["data"]["user"]["handle"]) == ("chat", "héllo", "bob")
        process.send_signal(signal.SIGTERM)
        status, said = await ended(process)
    assert (status, said) == (0, "[events] connecting to @alice ...\n")


async def test_a_connection_that_is_lost_and_regained_is_a_gap_as_line_and_as_json(sandbox: Sandbox, tmp_path: Path) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    async with (
        bot(sandbox, "tail", "alice", "--filter", "gap", folder=tmp_path) as as_line,
        bot(sandbox, "tail", "alice", "--filter", "gap", "--json", folder=tmp_path) as as_json,
    ):
        assert await line(as_line) == "[events] connecting to @alice ..."
        async with asyncio.timeout(SOON_S):
            while room.sockets < 2:
                await asyncio.sleep(0.01)
        room.cut()
        assert re.fullmatch(
            r"\[gap\]     [\d:]{8} to [\d:]{8} UTC may be missing \(the connection was lost\)", await line(as_line)
        )
        found = json.loads(await line(as_json))
    assert found["type"] == "gap"
    assert 0 < found["data"]["from_ms"] < found["data"]["to_ms"]


async def test_a_reader_who_goes_ends_it_in_0(sandbox: Sandbox, tmp_path: Path) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    reading, writing = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "tail", "alice"),
        env=environment(sandbox),
        cwd=tmp_path,
        stdout=writing,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writing)
    await listened_to(room)
    os.close(reading)
    room.chat(BOB, "anybody?")
    assert await ended(process) == (0, "")


async def test_who_does_not_exist_ends_it_in_3(sandbox: Sandbox, tmp_path: Path) -> None:
    async with bot(sandbox, "tail", "nobody", folder=tmp_path) as process:
        status, said = await ended(process)
    assert status == 3
    assert said.startswith("[error]   @nobody: ")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("tail",), 2, "CREATOR"),
        (("tail", "no spaces allowed"), 2, "no TikTok handle"),
        (("tail", "alice", "--filter", "chatt"), 2, "chat"),
        (("tail", "alice", "--source", "carrier-pigeon"), 2, "webcast"),
        (("tail", "alice", "--config", "missing.toml"), 1, "missing.toml"),
    ],
    ids=["nobody named", "no handle", "no such type", "no such source", "no such file"],
)
async def test_a_mistake_gets_a_sentence(
    sandbox: Sandbox, tmp_path: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    async with bot(sandbox, *words, folder=tmp_path) as process:
        found, errors = await ended(process)
    assert found == status
    assert said in errors


DOCUMENTED = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("command", "statuses"), [("tail", "0 1 2 3 130"), ("record", "0 1 2 3 130"), ("replay", "0 1 2 130")])
async def test_help_and_the_document_tell_every_option_and_status(
    sandbox: Sandbox, tmp_path: Path, command: str, statuses: str
) -> None:
    async with bot(sandbox, command, "--help", folder=tmp_path) as process:
        out, _ = await process.communicate()
    shown = out.decode()
    assert re.findall(r"^    (\d+) ", shown, re.MULTILINE) == statuses.split()
    assert [number for number in statuses.split() if f"\n| {number} |" not in DOCUMENTED] == []
    options = re.findall(r"^  (--[a-z]+)", shown, re.MULTILINE)
    assert options
    (synopsis,) = re.findall(rf"^python -m bot {command} .*$", DOCUMENTED, re.MULTILINE)
    assert [option for option in options if option not in synopsis] == []


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
async def test_a_terminal_gets_colours(sandbox: Sandbox, tmp_path: Path) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    room.chat(BOB, "hello")
    near, far = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "tail", "alice", "--once"),
        env=environment(sandbox),
        cwd=tmp_path,
        stdout=far,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(far)
    await listened_to(room)
    room.end()
    assert (await ended(process))[0] == 0
    shown = os.read(near, 10_000).decode()
    os.close(near)
    assert "\x1b[36m[chat]    \x1b[0mbob: hello" in shown
