"""Options that only a real connection shows: TLS, and how long to wait for whom."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.errors import ConnectionRefused, Unclear
from bot.events import CommentEvent
from bot.tiktok.client import LiveClient
from bot.tiktok.webcast.socket import CLOSE_TIMEOUT_S
from sandbox.app import Sandbox
from tests.bot.tiktok.alone import BOB, Ear, client_of
from tests.bot.tiktok.webcast.stand_in import StandIn, standing_in
from tests.doubles.tls import Front, tls_in_front_of

ROOM = "7286185141754546949"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as here:
        yield here


@pytest.fixture
async def front(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Front]:
    async with tls_in_front_of(urlsplit(sandbox.url).port or 0, tmp_path) as front:
        yield front


async def test_a_certificate_is_trusted_by_the_context_that_is_given_and_by_no_other(sandbox: Sandbox, front: Front) -> None:
    sandbox.tiktok.creator("alice").go_live()
    pages = f"https://{front.address}"
    assert await LiveClient("alice", web_base=pages, ssl_context=front.trusting()).is_live()
    with pytest.raises(Unclear):
        await LiveClient("alice", web_base=pages).is_live()


async def test_sockets_use_the_same_context(sandbox: Sandbox, front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    monkeypatch.setenv("RELAY_TIKTOK__TIKTOOLS_BASE", f"https://{front.address}{sandbox.tiktools.base}")
    client = client_of(sandbox, source="tiktools", ssl_context=front.trusting())
    ear = Ear(client)
    async with client:
        room.chat(BOB, "hello")
        await ear.until(lambda: ear.of(CommentEvent))
    with pytest.raises(ConnectionRefused):
        await client_of(sandbox, source="tiktools").start()


Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def push_server(answer: Answer) -> AsyncIterator[LiveClient]:
    """A client whose sign server names a push server that does this; both its time-outs are a tenth of a second."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    try:
        async with standing_in() as tiktok, asyncio.timeout(5):
            tiktok.sign = StandIn(url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}").signed()
            yield LiveClient(
                "alice", room_id=ROOM, sign_base=tiktok.url, webcast_base=tiktok.url, open_timeout_s=0.1, close_timeout_s=0.1
            )
    finally:
        server.close()
        await server.wait_closed()


WEBSOCKET = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
OPENING = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Protocol: echo-protocol\r\nSec-WebSocket-Accept: %s\r\n\r\n"
)


async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Opens the socket and answers nothing any more, not even its close."""
    writer.write(OPENING % accept_of(await reader.readuntil(b"\r\n\r\n")))
    await reader.read()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the connection and says nothing."""
    await reader.read()


def accept_of(head: bytes) -> bytes:
    key = re.search(rb"(?i)Sec-WebSocket-Key: *(\S+)", head)
    assert key
    return base64.b64encode(hashlib.sha1(key[1] + WEBSOCKET, usedforsecurity=False).digest())


async def test_a_socket_that_does_not_open_is_given_up_in_time() -> None:
    async with push_server(silent) as client:
        with pytest.raises(ConnectionRefused):
            await client.start()


async def test_a_socket_that_does_not_close_is_left_in_time() -> None:
    async with push_server(deaf) as client:
        await client.start()
        async with asyncio.timeout(CLOSE_TIMEOUT_S / 2):
            await client.stop()
    assert not client.running
