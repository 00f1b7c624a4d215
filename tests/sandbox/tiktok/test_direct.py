"""The way in without a signature, seen by a client that shares no code with the bot."""

from __future__ import annotations

import pytest
import websockets
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from sandbox.app import Sandbox
from sandbox.tiktok.direct import PATH
from sandbox.tiktok.pb import webcast_pb2 as pb
from sandbox.tiktok.server import Room, TikTok
from tests.sandbox.tiktok.watcher import BOB, BROWSER, Watcher, get


async def cookies_of(sandbox: Sandbox, visits: int) -> list[str]:
    """What each of so many visits of a profile page brought."""
    answers = [await get(sandbox, "/@alice") for _ in range(visits)]
    assert {status for status, _, _ in answers} == {200}
    return [headers.get("Set-Cookie", "").split(";")[0] for _, headers, _ in answers]


def opening(sandbox: Sandbox, room_id: str, cookie: str, agent: str = BROWSER) -> connect:
    address = f"{sandbox.url.replace('http', 'ws', 1)}{PATH}?aid=1988&room_id={room_id}&compress=gzip"
    return websockets.connect(
        address,
        additional_headers={"Cookie": cookie},
        user_agent_header=agent,
        subprotocols=[websockets.Subprotocol("echo-protocol")],
        ping_interval=None,
        compression=None,
    )


async def refusal(sandbox: Sandbox, room_id: str, cookie: str, agent: str = BROWSER) -> str:
    with pytest.raises(InvalidStatus) as caught:
        await opening(sandbox, room_id, cookie, agent)
    return caught.value.response.headers["Handshake-Msg"]


async def minted(sandbox: Sandbox) -> str:
    return (await cookies_of(sandbox, sandbox.tiktok.limits.ttwid_every))[-1]


def live(tiktok: TikTok) -> Room:
    return tiktok.creator("alice").go_live()


async def test_a_profile_page_brings_a_cookie_now_and_then(sandbox: Sandbox) -> None:
    found = await cookies_of(sandbox, 6)
    assert [cookie.startswith("ttwid=1%7C") for cookie in found] == [False, False, True] * 2
    assert found[2] != found[5]


async def test_pages_can_keep_the_cookie_to_themselves_or_want_a_browsers_tls(sandbox: Sandbox, tiktok: TikTok) -> None:
    tiktok.faults.ttwid = "never"
    assert set(await cookies_of(sandbox, 6)) == {""}
    tiktok.faults.ttwid = "system_error"
    status, headers, _ = await get(sandbox, "/@alice")
    assert (status, headers["X-TT-System-Error"], "Set-Cookie" in headers) == (200, "3", False)
    tiktok.faults.ttwid = 403
    assert (await get(sandbox, "/@alice"))[0] == 403


async def test_with_a_cookie_the_room_is_read_backlog_first(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = live(tiktok)
    room.chat(BOB, "before")
    async with opening(sandbox, room.id, await minted(sandbox)) as socket:
        watcher = Watcher(socket, pb.FetchResult(), room, acks=True)
        await watcher.beat()
        await watcher.enter()
        while len(watcher.texts) < 2:
            data = await socket.recv()
            assert isinstance(data, bytes)
            await watcher._take(data)
            if watcher.texts == ["before"]:
                room.chat(BOB, "after")
    assert watcher.texts == ["before", "after"]
    assert [message.is_history for message in watcher.messages] == [True, False]
    assert tiktok.violations == []


async def test_without_a_cookie_of_ours_nobody_comes_in(sandbox: Sandbox, tiktok: TikTok) -> None:
    room, cookie = live(tiktok), await minted(sandbox)
    assert await refusal(sandbox, room.id, "") == "DEVICE_BLOCKED"
    assert await refusal(sandbox, room.id, "ttwid=invented") == "DEVICE_BLOCKED"
    assert await refusal(sandbox, room.id, cookie, agent="Python") == "DEVICE_BLOCKED"
    assert await refusal(sandbox, "5", cookie) == "illegal secret key"
    tiktok.visitors.block_all()
    assert await refusal(sandbox, room.id, cookie) == "DEVICE_BLOCKED"
    assert len(tiktok.violations) == 5


async def test_the_old_sign_route_can_be_taken_away(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = live(tiktok)
    tiktok.faults.sign = "removed"
    status, _, body = await get(sandbox, "/webcast/fetch", room_id=room.id)
    assert (status, b"removed" in body) == (404, True)
    assert (await get(sandbox, f"/webcast/rooms/{room.id}/connect"))[0] == 200
