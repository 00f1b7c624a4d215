"""TikTokLive, the Node connector and the edge's own client in our sandbox, beside ours: everybody tells the same."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.events import Event
from bot.tiktok import LiveClient, Source
from bot.tiktok.tiktools.client import TikToolsSource
from sandbox.app import Sandbox
from sandbox.tiktok.limits import Limits
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.world import Room
from tests.doubles.tls import tls_in_front_of
from tests.interop import rows
from tests.interop.environments import CONNECTOR, EDGE_CLIENT, HERE, TIKTOKLIVE, node_with, python_with
from tests.interop.rows import Row

pytestmark = [pytest.mark.interop, pytest.mark.timeout(420)]

JOIN_S = 30.0
LEAVE_S = 20.0
BOB, EVE = Viewer("bob", "Bob"), Viewer("eve", "Ève 🎉")


class Listener:
    """Another client, in a process of its own, that prints what it hears."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def heard(self) -> list[dict[str, Any]]:
        """All that it has printed, when it is done: the LIVE has ended, so it leaves by itself."""
        try:
            out, err = await asyncio.wait_for(self._process.communicate(), LEAVE_S)
        except TimeoutError:
            pytest.fail("the other client did not end with the LIVE")
        lines = [json.loads(line) for line in out.decode().splitlines() if line.startswith("{")]
        assert lines, f"the other client printed nothing:\n{err.decode()[-3000:]}"
        return lines


@contextlib.asynccontextmanager
async def listening(*command: str | Path, **environment: str) -> AsyncIterator[Listener]:
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 24,
    )
    try:
        yield Listener(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until(is_so: Callable[[], bool], what: str) -> None:
    for _ in range(int(JOIN_S / 0.05)):
        if is_so():
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"after {JOIN_S:g} s still not so: {what}")


async def follow(sandbox: Sandbox, source: Source | str = "webcast") -> list[Event]:
    """Our own client in the same room, until the LIVE ends."""
    client = LiveClient(
        "alice", source=source, web_base=sandbox.url, webcast_base=f"{sandbox.url}/webcast", sign_base=sandbox.url
    )
    return [event async for event in client]


def happen(sandbox: Sandbox, room: Room) -> None:
    """Some of everything."""
    zoe = sandbox.tiktok.creator("zoe")
    room.chat(BOB, "hello @everyone **bold** 🎉")
    spoken = room.chat(EVE, "bad wörds\n\u202e")
    rose = room.combo(BOB, "Rose")
    rose.tap()
    rose.tap(6)
    rose.end()
    room.gift(EVE, "Rose", 3)
    room.like(EVE, 15)
    room.follow(BOB)
    room.share(BOB)
    room.share(EVE, joined=2)
    room.join(EVE)
    room.count_viewers(1234)
    room.delete([spoken])
    room.delete(user_ids=[EVE.id])
    room.question(BOB, "why?")
    room.caption("as spoken")
    room.emote(EVE)
    zoe.go_live("the rival")
    room.battle_start(zoe)
    room.battle_finish()
    room.battle_punish_finish()
    room.mute(EVE)
    room.pause()
    room.resume()


@contextlib.asynccontextmanager
async def a_live() -> AsyncIterator[tuple[Sandbox, Room]]:
    async with Sandbox(tiktok_limits=Limits(ping_interval_s=2.0)) as sandbox:
        yield sandbox, sandbox.tiktok.creator("alice").go_live("hello")


def told(records: list[dict[str, Any]]) -> list[Row]:
    return [row for each in records if (row := rows.theirs(each["event"], each.get("data") or {})) is not None]


async def side_by_side(
    sandbox: Sandbox, room: Room, listener: Listener, source: Source | str = "webcast"
) -> tuple[list[Row], list[dict[str, Any]]]:
    """(what we heard, what they did). Nothing happens before both are in the room."""
    following = asyncio.ensure_future(follow(sandbox, source))
    await until(lambda: room.sockets == 2 or following.done(), "both clients are in the room")
    happen(sandbox, room)
    await asyncio.sleep(0.3)  # their process prints behind ours: the end must not overtake it in their queue
    room.end()
    events = await following
    return [row for each in events if (row := rows.ours(each)) is not None], await listener.heard()


async def test_tiktoklive_hears_what_we_hear() -> None:
    python = python_with(TIKTOKLIVE)
    async with a_live() as (sandbox, room), listening(python, HERE / "listen_tiktoklive.py", sandbox.url, "alice") as listener:
        mine, records = await side_by_side(sandbox, room, listener)
        assert sandbox.tiktok.violations == []
    assert len(mine) > 20
    assert told(records) == mine
    names = [each["event"] for each in records]
    assert names[0] == "ConnectEvent"
    assert {"LiveEndEvent", "LivePauseEvent", "LiveUnpauseEvent", "DisconnectEvent"} <= set(names)


async def test_the_connector_hears_what_we_hear() -> None:
    installation = node_with(CONNECTOR)
    async with a_live() as (sandbox, room):
        script = HERE / "listen_connector.mjs"
        async with listening("node", script, installation, sandbox.url, room.id) as listener:
            mine, records = await side_by_side(sandbox, room, listener)
        # The one thing that the sandbox holds against it: it names no sub-protocol. TikTok lets it in all the same.
        assert [each for each in sandbox.tiktok.violations if "without the sub-protocol" not in each] == []
    assert len(mine) > 20
    assert told(records) == mine
    assert [each["event"] for each in records[-2:]] == ["streamEnd", "disconnected"]


async def test_the_connector_finds_the_room_by_itself_over_tls(tmp_path: Path) -> None:
    installation = node_with(CONNECTOR)
    async with a_live() as (sandbox, room), tls_in_front_of(urlsplit(sandbox.url).port or 0, tmp_path) as front:
        command = ("node", HERE / "listen_connector.mjs", installation, sandbox.url, front.address, "over-tls")
        async with listening(*command, NODE_EXTRA_CA_CERTS=str(front.certificate)) as listener:
            mine, records = await side_by_side(sandbox, room, listener)
        assert (sandbox.tiktok.asked["page"], sandbox.tiktok.asked["room_info"]) == (2, 1), "ours looks up the page alone"
    assert len(mine) > 20
    assert told(records) == mine


@pytest.mark.parametrize("over", ["webcast", "tiktools"])
async def test_the_edges_own_client_hears_there_what_we_hear_over_either_way(over: str) -> None:
    python = python_with(EDGE_CLIENT)
    async with a_live() as (sandbox, room):
        address = sandbox.url.replace("http", "ws") + sandbox.tiktools.base
        async with listening(python, HERE / "listen_edge.py", address, "alice") as listener:
            source = TikToolsSource(base=address) if over == "tiktools" else over
            mine, records = await side_by_side(sandbox, room, listener, source)
    heard = [(each["event"], each["data"]) for each in records]
    names = {name for name, _ in heard}
    assert {"connected", "chat", "gift", "like", "member", "roomUserSeq", "imDelete", "control"} <= names
    spoken: dict[str, Callable[[dict[str, Any]], tuple[object, ...]]] = {
        "chat": lambda data: (data["comment"],),
        "gift": lambda data: (str(data["giftId"]), data["giftName"], data["repeatCount"], data["repeatEnd"]),
        "like": lambda data: (data["likeCount"], data["totalLikes"]),
        "question": lambda data: (data["questionText"],),
    }
    for kind, what in spoken.items():
        ours = [(message_id, who, told) for of, message_id, who, told in mine if of == kind]
        assert ours
        assert [(data["msgId"], data["user"]["nickname"], what(data)) for name, data in heard if name == kind] == ours
