"""From configuration to sources: which, in which order, with whose allowance, and through which proxy."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.clock import SystemClock
from bot.config import SourceName, TikTok
from bot.errors import BadInput, ConnectionRefused, Unclear
from bot.events import CommentEvent, ConnectedEvent, Event, Handle, LiveEndedEvent, RoomId, UnknownEvent
from bot.ingest.connects import NamedSource
from bot.ingest.normalize import SIDE_EVENTS
from bot.modes import sources
from bot.tiktok.allowance import ANONYMOUS_SIGNING, Limit
from bot.tiktok.source import Room
from bot.tiktok.webcast import browser_tls
from bot.tiktok.webcast.methods import EVENTS_OF, methods_of
from bot.tiktok.webcast.socket import WebcastSource
from sandbox.app import Sandbox
from sandbox.tiktok.viewer import Viewer
from tests.bot.modes.live import configured

BOB = Viewer("bob", "Bob")


async def built(**settings: Any) -> Sequence[NamedSource]:
    async with sources.session(tiktok := TikTok(**settings)) as http:
        return sources.named(tiktok, http, clock=SystemClock())


async def test_unless_told_otherwise_rooms_are_signed_for_within_the_anonymous_allowance() -> None:
    (only,) = await built()
    assert (str(only.way), only.way.limits) == ("webcast (no key)", ANONYMOUS_SIGNING)


async def test_a_key_has_the_allowance_that_the_operator_pays_for() -> None:
    (only,) = await built(sign_api_key="hush", sign_connects_per_day=10_000)
    assert (str(only.way), only.way.limits) == ("webcast (our key)", (Limit(10_000, 86_400.0),))


async def test_the_order_is_the_operators() -> None:
    found = await built(sources=("tiktools", "direct", "webcast"), tiktools_api_key="hush")
    assert [str(each.way) for each in found] == ["tiktools (our key)", "direct", "webcast (no key)"]
    assert [each.source.name for each in found] == ["tiktools", "direct", "webcast"]
    assert [each.way.most_open for each in found] == [None, 4, None]


async def test_one_may_be_asked_for_by_name_and_an_unknown_one_is_told_with_the_known() -> None:
    async with aiohttp.ClientSession() as http:
        (only,) = sources.named(TikTok(), http, clock=SystemClock(), only="direct")
        assert only.way.name == "direct"
        with pytest.raises(BadInput, match="Known: webcast, direct, tiktools"):
            sources.named(TikTok(), http, clock=SystemClock(), only="telepathy")


# --- many at once, and pages as a browser ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"sources": ("webcast", "tiktools"), "tiktools_api_key": "hush"}, True),
        ({"sources": ("webcast", "tiktools")}, False),
        ({"sources": ("webcast",), "tiktools_api_key": "hush"}, False),
        ({"sources": ("tiktools",), "tiktools_api_key": "hush", "tiktools_checks_per_day": 0}, False),
    ],
)
async def test_many_are_asked_about_at_once_only_where_the_operator_chose_tiktools_and_pays(
    settings: dict[str, Any], expected: bool
) -> None:
    async with sources.session(tiktok := TikTok(**settings)) as http:
        assert (sources.live_check(tiktok, http, clock=SystemClock()) is not None) is expected
    assert sources.settings(TikTok(tiktools_checks_per_day=99, poll_every_s=70)).bulk_checks_per_day == 99
    assert sources.settings(TikTok(poll_every_s=70)).poll_every_s == 70


async def test_pages_are_asked_as_a_browser_when_the_direct_way_is_configured() -> None:
    agents: list[str] = []

    async def page(request: web.Request) -> web.Response:
        agents.append(request.headers["User-Agent"])
        return web.Response(status=403)

    app = web.Application()
    app.router.add_get("/{tail:.*}", page)
    async with TestServer(app, host="127.0.0.1") as server:
        base = str(server.make_url("")).rstrip("/")
        for ways in (("webcast",), ("webcast", "direct")):
            tiktok = TikTok(web_base=base, webcast_base=f"{base}/webcast", sources=ways, user_agent="Mozilla/5.0 (ours)")
            async with sources.session(tiktok) as http:
                with pytest.raises(Unclear):
                    await sources.rooms(tiktok, http, clock=SystemClock(), rng=Random(1)).look_up(Handle("alice"))
    plain, as_browser = agents[:3], agents[3:]
    assert plain == ["Mozilla/5.0 (ours)"] * 3
    is_installed = browser_tls.installed() is not None
    assert all(("Chrome/" in agent) is is_installed for agent in as_browser), agents


# --- what is not decoded ---------------------------------------------------------------------------------------------------


def test_a_bot_decodes_what_it_logs_and_neither_side_messages_nor_what_we_do_not_model() -> None:
    assert {"WebcastChatMessage", "WebcastGiftMessage", "WebcastControlMessage"} <= sources.LOGGED
    assert EVENTS_OF.keys() - sources.LOGGED == methods_of(SIDE_EVENTS)


def test_a_filter_decodes_what_it_shows_and_the_end_of_the_live() -> None:
    wanted = sources.read_for({CommentEvent})
    assert wanted is not None
    assert [wanted(each) for each in ("WebcastChatMessage", "WebcastLikeMessage", "WebcastControlMessage")] == [True, False, True]


@pytest.mark.parametrize("only", [None, {UnknownEvent, CommentEvent}])
def test_without_a_filter_or_for_the_unknown_everything_is_decoded(only: set[type[Event]] | None) -> None:
    assert sources.read_for(only) is None


async def test_what_is_skipped_is_counted_where_the_supervisor_can_show_it() -> None:
    async with Sandbox() as sandbox:
        tiktok = configured(sandbox)
        room = sandbox.tiktok.creator("alice").go_live()
        async with sources.session(tiktok) as http:
            (only,) = sources.named(tiktok, http, clock=SystemClock(), wanted=sources.LOGGED.__contains__)
            assert isinstance(only.source, WebcastSource)
            heard: list[Event] = []
            async with contextlib.aclosing(only.source.events(Room(RoomId(room.id), Handle("alice")))) as batches:
                async for batch in batches:
                    if not heard:
                        room.raw("WebcastMsgDetectMessage", b"")
                        room.raw("WebcastOfTomorrowMessage", b"")
                        room.chat(BOB, "hello")
                        room.end()
                    heard += batch
    assert [type(event) for event in heard] == [ConnectedEvent, CommentEvent, LiveEndedEvent]
    assert only.skipped == {"WebcastMsgDetectMessage": 1, "WebcastOfTomorrowMessage": 1}


# --- through a proxy -------------------------------------------------------------------------------------------------------


@dataclass
class Proxy:
    """An HTTP proxy in a few lines: CONNECT for sockets, whole addresses for the rest. `asked` are its request lines."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    refuses: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            line = head.split(b"\r\n")[0].decode()
            self.asked.append(line)
            if self.refuses:
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            else:
                await self._pass_on(line, head, reader, writer)
        writer.close()

    async def _pass_on(self, line: str, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, address, _ = line.split(" ")
        place = address if method == "CONNECT" else address.split("/")[2]
        host, _, port = place.partition(":")
        there_reader, there_writer = await asyncio.open_connection(host, int(port))
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            # One request for each connection: the next one would come with a whole address again.
            alone = head.replace(f"http://{place}".encode(), b"", 1)[:-2] + b"Connection: close\r\n\r\n"
            there_writer.write(alone)
        await asyncio.gather(_pour(reader, there_writer), _pour(there_reader, writer))


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    made = Proxy()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        running.tiktok.limits.ttwid_every = 1
        yield running


def through(proxy: Proxy, sandbox: Sandbox, name: SourceName) -> TikTok:
    return TikTok(
        sources=(name,),
        web_base=sandbox.url,
        webcast_base=f"{sandbox.url}/webcast",
        sign_base=sandbox.url,
        push_base=sandbox.url,
        proxy_url=SecretStr(f"http://127.0.0.1:{proxy.port}"),
    )


async def read_through(tiktok: TikTok, sandbox: Sandbox) -> None:
    """Look alice up and read her room to its end."""
    room = sandbox.tiktok.creator("alice").go_live()
    async with sources.session(tiktok) as http:
        found: Room = await sources.rooms(tiktok, http, clock=SystemClock(), rng=Random(1)).look_up(Handle("alice"))
        (named,) = sources.named(tiktok, http, clock=SystemClock())
        seen: list[Event] = []
        async for batch in named.source.events(found):
            seen += batch
            if any(isinstance(event, ConnectedEvent) for event in batch):
                while not room.sockets:
                    await asyncio.sleep(0.005)
                room.end()
    assert isinstance(seen[-1], LiveEndedEvent)


@pytest.mark.parametrize(("name", "page"), [("webcast", "/webcast/fetch"), ("direct", "/@alice ")])
async def test_everything_goes_through_the_proxy(proxy: Proxy, sandbox: Sandbox, name: SourceName, page: str) -> None:
    await read_through(through(proxy, sandbox, name), sandbox)
    assert len(proxy.asked) == 3, "the page, what lets us in, the socket"
    assert f"GET {sandbox.url}/@alice/live" in proxy.asked[0]
    assert f"GET {sandbox.url}{page}" in proxy.asked[1]
    assert proxy.asked[2].startswith(f"CONNECT 127.0.0.1:{sandbox.port} ")


async def test_a_proxy_that_refuses_is_named_without_its_password(proxy: Proxy, sandbox: Sandbox) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    proxy.refuses = True
    async with aiohttp.ClientSession() as http:
        source = WebcastSource(http, sign_base=sandbox.url, proxy=f"http://user:hush@127.0.0.1:{proxy.port}")
        with pytest.raises(ConnectionRefused, match="the proxy does not lead to TikTok's push server") as caught:
            async for _ in source.events(Room(room.id, Handle("alice"))):  # type: ignore[arg-type]
                pass
    assert "hush" not in caught.value.reason
