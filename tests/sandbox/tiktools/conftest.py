"""A whole sandbox on a free port for each test, and clients of its edge that share no code with the bot."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from sandbox.app import Sandbox
from sandbox.tiktools.server import TikTools

WITHIN_S = 5.0


class Client:
    """One connection to the edge."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def frame(self) -> dict[str, Any]:
        """The next one."""
        async with asyncio.timeout(WITHIN_S):
            frame = json.loads(await self.socket.recv())
        assert isinstance(frame, dict)
        return frame

    async def rest(self) -> list[dict[str, Any]]:
        """All that come before the close."""
        frames = []
        async with asyncio.timeout(WITHIN_S):
            try:
                while True:
                    frames.append(json.loads(await self.socket.recv()))
            except ConnectionClosed:
                return frames

    @property
    def closed(self) -> tuple[int | None, str | None]:
        """Code and text, once it is."""
        return self.socket.close_code, self.socket.close_reason


Connecting = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@pytest.fixture
def edge(sandbox: Sandbox) -> TikTools:
    return sandbox.tiktools


@pytest.fixture
def connecting(sandbox: Sandbox) -> Connecting:
    @asynccontextmanager
    async def opened(handle: str = "alice", **query: str) -> AsyncIterator[Client]:
        address = f"ws://127.0.0.1:{sandbox.port}/tiktools/?{urlencode({'uniqueId': handle, **query})}"
        async with connect(address, close_timeout=1) as socket:
            yield Client(socket)

    return opened
