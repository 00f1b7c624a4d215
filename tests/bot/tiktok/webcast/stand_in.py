"""A TikTok and a sign server in one small aiohttp app on 127.0.0.1, answering what a test lays out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.tiktok.webcast.pb import webcast_pb2 as pb

Reply = tuple[int, dict[str, str], bytes]
Script = Callable[["PushSide"], Awaitable[None]]


def reply(body: bytes | str = b"", status: int = 200, **headers: str) -> Reply:
    """An HTTP answer; header names with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, named, body.encode() if isinstance(body, str) else body


@dataclass
class PushSide:
    """The server's end of one push socket."""

    socket: web.WebSocketResponse
    received: list[pb.PushFrame] = field(default_factory=list)

    async def send(self, data: bytes) -> None:
        await self.socket.send_bytes(data)

    async def until(self, payload_type: str, *, count: int = 1) -> None:
        """Read until that many frames of this kind came."""
        while sum(each.payload_type == payload_type for each in self.received) < count:
            message = await self.socket.receive(timeout=5)
            if message.type is not aiohttp.WSMsgType.BINARY:
                raise AssertionError(f"expected {payload_type}, got {message.type}")
            self.received.append(pb.PushFrame.FromString(message.data))


@dataclass
class StandIn:
    """Set the replies; look at the requests."""

    url: str = ""
    page: Reply = (404, {}, b"")
    api: Reply = (404, {}, b"")
    alive: Reply = (404, {}, b"")
    sign: Reply = (404, {}, b"")
    handshake: Reply | None = None
    handshake_options: str = ""
    script: Script | None = None
    requests: list[web.Request] = field(default_factory=list)
    pushes: list[PushSide] = field(default_factory=list)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def signed(self, *messages: pb.BatchMessage, **headers: str) -> Reply:
        """What a sign server answers when all is well."""
        result = pb.FetchResult(
            messages=list(messages),
            cursor="c1",
            internal_ext=b"ie",
            push_server=self.url.replace("http", "ws", 1) + "/webcast/im/push/",
            route_params={"imprp": "a b&c", "empty": ""},
            is_first=True,
        )
        headers.setdefault("X_Set_TT_Cookie", "ttwid=tt1; Path=/; Max-Age=31536000")
        return reply(result.SerializeToString(), 200, **headers)

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]


def _answer(found: Reply) -> web.Response:
    status, headers, body = found
    return web.Response(status=status, headers=headers, body=body)


@contextlib.asynccontextmanager
async def standing_in() -> AsyncIterator[StandIn]:
    """The stand-in, served on a free port."""
    stand_in = StandIn()

    def replying(name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            stand_in.requests.append(request)
            return _answer(getattr(stand_in, name))

        return handle

    async def push(request: web.Request) -> web.StreamResponse:
        stand_in.requests.append(request)
        if stand_in.handshake is not None:
            return _answer(stand_in.handshake)
        socket = web.WebSocketResponse(protocols=["echo-protocol"], autoping=False)
        if stand_in.handshake_options:
            socket.headers["Handshake-Options"] = stand_in.handshake_options
        await socket.prepare(request)
        side = PushSide(socket)
        stand_in.pushes.append(side)
        if stand_in.script is not None:
            await stand_in.script(side)
        stand_in.finished.set()
        return socket

    app = web.Application()
    app.router.add_get("/@{handle}/live", replying("page"))
    app.router.add_get("/api-live/user/room/", replying("api"))
    app.router.add_get("/webcast/room/check_alive/", replying("alive"))
    app.router.add_get("/webcast/fetch", replying("sign"))
    app.router.add_get("/webcast/im/push/", push)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    stand_in.url = str(server.make_url("")).rstrip("/")
    try:
        yield stand_in
    finally:
        await server.close()
