"""The stand-in edge over real sockets: the order of frames, both dialects, caps, notices and closes."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web
from websockets.exceptions import InvalidStatus

from sandbox.app import Sandbox
from sandbox.tiktok.server import TikTok
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktools import closings, limits
from sandbox.tiktools.dialect import Dialect
from sandbox.tiktools.limits import Limits
from sandbox.tiktools.server import TikTools
from tests.sandbox.tiktools.conftest import Connecting

BOB = Viewer("bob", "Bob")


async def test_room_info_comes_first_and_flat(sandbox: Sandbox, connecting: Connecting) -> None:
    live = sandbox.tiktok.creator("alice", nickname="Alice").go_live("the sea")
    live.viewers = 12
    async with connecting("@Alice") as client:
        live.chat(BOB, "hi")
        info, chat = await client.frame(), await client.frame()
    owner = {"nickname": "Alice", "uniqueId": "alice"}
    told = {"title": "the sea", "user_count": 12, "like_count": 0, "owner": owner}
    assert info == {"event": "roomInfo", "roomId": live.id, "uniqueId": "alice", "roomInfo": told}
    assert (chat["event"], chat["data"]["type"], chat["data"]["comment"]) == ("chat", "chat", "hi")
    assert isinstance(chat["data"]["msgId"], str)
    assert chat["data"]["timestamp"] > 1_600_000_000_000


async def test_a_scenario_shows_on_tiktoks_socket_and_on_the_edge(sandbox: Sandbox, connecting: Connecting) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    async with connecting() as client:
        await client.frame()
        assert live.sockets == 1  # what scenarios wait for
        live.gift(BOB, "Rose", 2)
        live.end()
        frames = await client.rest()
    assert [frame["event"] for frame in frames] == ["gift", "gift", "gift", "control"]
    assert client.closed == (4005, "")
    assert live.sockets == 0


async def test_a_later_dialect_is_for_later_connections(sandbox: Sandbox, edge: TikTools, connecting: Connecting) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    async with connecting() as current:
        edge.manner.dialect = Dialect.DOCUMENTED
        async with connecting() as documented:
            await asyncio.gather(current.frame(), documented.frame())
            live.follow(BOB)
            assert ((await current.frame())["event"], (await documented.frame())["event"]) == ("social", "follow")


async def test_who_is_not_live_is_told_so_and_closed(connecting: Connecting) -> None:
    async with connecting("nobody") as client:
        assert await client.rest() == [{"event": "not_live"}]
    assert client.closed == (4404, "Creator is not currently live")


async def test_a_key_that_is_not_known_is_refused(sandbox: Sandbox, edge: TikTools, connecting: Connecting) -> None:
    sandbox.tiktok.creator("alice").go_live()
    edge.keys = {"tk_1"}
    async with connecting(apiKey="tk_2") as client:
        assert await client.rest() == []
    assert client.closed == (4401, "Invalid or expired JWT")
    async with connecting(apiKey="tk_1") as client:
        assert (await client.frame())["event"] == "roomInfo"
    async with connecting() as client:
        assert (await client.frame())["event"] == "roomInfo"


async def test_each_account_has_its_connects_and_refused_ones_count(
    sandbox: Sandbox, edge: TikTools, connecting: Connecting
) -> None:
    sandbox.tiktok.creator("alice").go_live()
    edge.limits["tk_1"] = Limits(connects_per_hour=2)
    edge.limits[""] = Limits(connects_per_day=1)
    for _ in range(2):
        async with connecting(apiKey="tk_1") as client:
            assert (await client.frame())["event"] == "roomInfo"
    async with connecting(apiKey="tk_1") as client:
        await client.rest()
    assert client.closed == (4429, "sandbox allows 60 connects per hour")
    async with connecting() as client:
        assert (await client.frame())["event"] == "roomInfo"
    async with connecting() as client:
        (notice,) = await client.rest()
    assert notice == {"type": "anon_limit", "message": "Anonymous limit reached.", "upgrade_url": closings.UPGRADE_URL}
    assert client.closed == (4429, "")
    assert edge.connects == {"tk_1": 3, "": 2}


async def test_one_connection_too_many_evicts_the_oldest(sandbox: Sandbox, edge: TikTools, connecting: Connecting) -> None:
    for name in ("alice", "bo"):
        sandbox.tiktok.creator(name).go_live()
    edge.limits[""] = limits.ANONYMOUS
    async with connecting("alice") as first:
        await first.frame()
        async with connecting("bo") as second:
            assert await first.rest() == []
            assert first.closed == (4429, "Evicted - newer connection arrived (FIFO)")
            assert (await second.frame())["event"] == "roomInfo"


async def test_a_session_that_lasts_too_long_is_announced_and_closed(
    sandbox: Sandbox, edge: TikTools, connecting: Connecting
) -> None:
    sandbox.tiktok.creator("alice").go_live()
    edge.limits[""] = Limits(session_s=0.05)
    async with connecting() as client:
        _, notice = await client.rest()
    assert (notice["type"], notice["sessionMaxMs"]) == ("session_limit", 50)
    assert client.closed == (4555, "")


@pytest.mark.parametrize("closing", [closings.RESTART, closings.RELAY_ERROR, closings.DEMO, closings.DEMO_ENDED])
async def test_a_scripted_close_has_its_code_its_text_and_its_notice(
    sandbox: Sandbox, edge: TikTools, connecting: Connecting, closing: closings.Closing
) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    async with connecting() as client:
        await client.frame()
        live.chat(BOB, "last words")
        edge.close("alice", closing)
        frames = await client.rest()
    assert frames[0]["data"]["comment"] == "last words"
    assert [frame["type"] for frame in frames[1:]] == ([closing.notice] if closing.notice else [])
    assert client.closed == (closing.code, closing.text)
    assert edge.sockets == 0


async def test_a_refusal_can_be_a_close_or_an_http_answer_and_is_used_once(
    sandbox: Sandbox, edge: TikTools, connecting: Connecting
) -> None:
    sandbox.tiktok.creator("alice").go_live()
    edge.refuse(closings.EXPIRED_KEY, 429)
    async with connecting() as client:
        assert await client.rest() == []
    assert client.closed[0] == 4401
    with pytest.raises(InvalidStatus) as refused:
        async with connecting():
            pass
    assert refused.value.response.status_code == 429
    async with connecting() as client:
        assert (await client.frame())["event"] == "roomInfo"


async def test_a_slow_room_info_holds_back_what_happens_meanwhile(
    sandbox: Sandbox, edge: TikTools, connecting: Connecting
) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    edge.manner.room_info_after_s = 0.1
    async with connecting() as client:
        live.chat(BOB, "meanwhile")
        assert (await client.frame())["event"] == "roomInfo"
        assert (await client.frame())["data"]["comment"] == "meanwhile"


async def test_bookkeeping_and_scripted_frames_are_sent_as_they_are(
    sandbox: Sandbox, edge: TikTools, connecting: Connecting
) -> None:
    sandbox.tiktok.creator("alice").go_live()
    edge.manner.bookkeeping = True
    async with connecting() as client:
        assert [(await client.frame())["event"] for _ in range(4)] == ["roomInfo", "ping", "_journal", "pong"]
        edge.say("alice", '{"event":"brandNew"}')
        assert await client.frame() == {"event": "brandNew"}


async def test_pings_are_answered_and_anything_else_is_a_violation(
    sandbox: Sandbox, edge: TikTools, connecting: Connecting
) -> None:
    sandbox.tiktok.creator("alice").go_live()
    async with connecting() as client:
        await client.frame()
        async with asyncio.timeout(5):
            await (await client.socket.ping())
        assert edge.violations == []
        await client.socket.send("hello")
        async with asyncio.timeout(5):
            while not edge.violations:
                await asyncio.sleep(0.005)
    assert edge.violations == ["@alice: the client sent 'hello'; nothing is ever sent to the edge"]


async def test_the_edge_can_be_at_the_root_of_a_server_of_its_own() -> None:
    tiktok = TikTok()
    tiktok.creator("alice").go_live()
    app = web.Application()
    TikTools(tiktok.world, base="/").add_routes(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        async with aiohttp.ClientSession() as http, http.ws_connect(address, params={"uniqueId": "alice"}) as socket:
            assert (await socket.receive_json())["event"] == "roomInfo"
        async with aiohttp.ClientSession() as http, http.get(address) as answer:
            assert answer.status == 400
    finally:
        await runner.cleanup()
