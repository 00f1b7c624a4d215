"""A client of the sandbox's TikTok that shares no code with the bot: aiohttp for HTTP, the websockets library for the socket.

Well-behaved unless told otherwise; `frames` and `messages` are what it received.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import aiohttp
import websockets
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from sandbox.app import Sandbox
from sandbox.tiktok.pb import webcast_pb2 as pb
from sandbox.tiktok.server import Room
from sandbox.tiktok.viewer import Viewer

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) sandbox-test"
BOB = Viewer("bob", "Bob")
EVE = Viewer("eve", "Eve")
WITHIN_S = 5.0


async def get(sandbox: Sandbox, path: str, *, agent: str = BROWSER, **query: str) -> tuple[int, Mapping[str, str], bytes]:
    """One GET: status, headers, body."""
    async with (
        aiohttp.ClientSession(headers={"User-Agent": agent}) as http,
        http.get(sandbox.url + path, params=query) as answer,
    ):
        return answer.status, answer.headers, await answer.read()


async def sign(sandbox: Sandbox, room: Room, *, agent: str = BROWSER) -> tuple[pb.FetchResult, str]:
    """A signed fetch and the cookie that came with it."""
    status, headers, body = await get(sandbox, "/webcast/fetch", room_id=room.id, user_agent=agent, client="other")
    assert status == 200, body
    return pb.FetchResult.FromString(body), headers["X-Set-TT-Cookie"].split(";")[0]


def address(signed: pb.FetchResult, room: Room, **query: str) -> str:
    """Where the socket is, as a client puts it together."""
    params = {**signed.route_params, "aid": "1988", "room_id": room.id, "compress": "gzip", **query}
    return f"{signed.push_server}?{urlencode(params)}&version_code=270000"


class Watcher:
    """One open push socket."""

    def __init__(self, socket: ClientConnection, signed: pb.FetchResult, room: Room, *, acks: bool) -> None:
        self.socket = socket
        self.signed = signed
        self.room = room
        self.frames: list[tuple[pb.PushFrame, pb.FetchResult]] = []
        self.raw: list[bytes] = []
        self.others: list[pb.PushFrame] = []
        self.close_code: int | None = None
        self._acks = acks
        self._news = asyncio.Event()

    @property
    def messages(self) -> list[pb.BatchMessage]:
        """Everything received, in order."""
        return [message for _, result in self.frames for message in result.messages]

    @property
    def methods(self) -> list[str]:
        return [message.method.removeprefix("Webcast") for message in self.messages]

    @property
    def texts(self) -> list[str]:
        """The comments received."""
        found = [message for message in self.messages if message.method == "WebcastChatMessage"]
        return [pb.Chat.FromString(message.payload).content for message in found]

    async def send(self, payload_type: str, payload: bytes, *, log_id: int = 0, encoding: str = "pb") -> None:
        frame = pb.PushFrame(log_id=log_id, payload_encoding=encoding, payload_type=payload_type, payload=payload)
        await self.socket.send(frame.SerializeToString())

    async def enter(self, room: Room | None = None) -> None:
        room_id = int((room or self.room).id)
        enter = pb.EnterRoom(room_id=room_id, live_id=12, identity="audience", filter_welcome_msg="0")
        await self.send("im_enter_room", enter.SerializeToString())

    async def beat(self, number: int = 1) -> None:
        await self.send("hb", pb.Heartbeat(room_id=int(self.room.id), send_seq=number).SerializeToString())

    async def listen(self) -> None:
        """Read until the socket closes."""
        try:
            async for data in self.socket:
                assert isinstance(data, bytes)
                await self._take(data)
        except ConnectionClosed:
            pass
        self.close_code = self.socket.close_code
        self._news.set()

    async def _take(self, data: bytes) -> None:
        self.raw.append(data)
        if data.startswith(b"junk"):
            self._news.set()
            return
        frame = pb.PushFrame.FromString(data)
        if frame.payload_type != "msg":
            self.others.append(frame)
            self._news.set()
            return
        compressed = any(header.key == "compress_type" and header.value == "gzip" for header in frame.headers)
        result = pb.FetchResult.FromString(gzip.decompress(frame.payload) if compressed else frame.payload)
        self.frames.append((frame, result))
        if result.need_ack and self._acks:
            await self.send("ack", result.internal_ext, log_id=frame.log_id)
        self._news.set()

    async def received(self, count: int) -> None:
        """Wait for at least `count` messages."""
        await self.sees(lambda: len(self.messages) >= count)

    async def closed(self) -> None:
        await self.sees(lambda: self.close_code is not None)

    async def answered(self, payload_type: str) -> pb.PushFrame:
        """Wait for a frame that is no batch."""
        await self.sees(lambda: any(frame.payload_type == payload_type for frame in self.others))
        return next(frame for frame in self.others if frame.payload_type == payload_type)

    async def sees(self, what: object) -> None:
        assert callable(what)
        async with asyncio.timeout(WITHIN_S):
            while not what():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def watching(
    sandbox: Sandbox, room: Room, *, enter: bool = True, acks: bool = True, **query: str
) -> AsyncIterator[Watcher]:
    """A watcher of the room, inside it unless `enter` is False."""
    signed, cookie = await sign(sandbox, room)
    async with (
        websockets.connect(
            address(signed, room, **query),
            additional_headers={"Cookie": cookie},
            user_agent_header=BROWSER,
            subprotocols=[websockets.Subprotocol("echo-protocol")],
            ping_interval=None,
            compression=None,
        ) as socket,
        asyncio.TaskGroup() as tasks,
    ):
        watcher = Watcher(socket, signed, room, acks=acks)
        listening = tasks.create_task(watcher.listen())
        if enter:
            await watcher.enter()
            await watcher.answered("im_enter_room_resp")
        yield watcher
        listening.cancel()


async def violation(sandbox: Sandbox, part: str) -> str:
    """Wait until something was written down that contains `part`."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            found = [what for what in sandbox.tiktok.violations if part in what]
            if found:
                return found[0]
            await asyncio.sleep(0.005)
