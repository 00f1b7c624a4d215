"""One websocket of the edge: `roomInfo`, then the room's events as JSON text; notices and closes. Nothing comes in but pings."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.tiktok.world import Room
from sandbox.tiktools.closings import ENDED, MESSAGES, UPGRADE_URL, Closing
from sandbox.tiktools.dialect import Dialect, Speaker, room_info

BOOKKEEPING = ('{"event":"ping"}', '{"event":"_journal","data":{"cursor":"1"}}', '{"event":"pong"}')
"""Frames that clients drop."""


@dataclass(slots=True)
class Manner:
    """How the edge behaves, for all connections from then on."""

    dialect: Dialect = Dialect.CURRENT
    room_info_after_s: float = 0.0
    """Up to 45 s were measured on the real one."""
    tells_room: bool = True
    bookkeeping: bool = False
    """Whether frames are interspersed that clients have to drop."""
    ends_with: Closing = ENDED
    """The close after the end of a LIVE."""
    resolves_names: bool = True
    """Whether `check_alive` knows a creator by name; else it says `resolve_required`, as the real one now and then."""


class Edge:
    """The server's end of one connection, and a `Link` of its room."""

    def __init__(
        self,
        request: web.Request,
        *,
        room: Room | None,
        handle: str,
        account: str,
        manner: Manner,
        violation: Callable[[str], None],
    ) -> None:
        self.handle = handle
        self.account = account
        self.room = room
        self._request = request
        self._manner = manner
        self._violation = violation
        self._speaker = Speaker(manner.dialect)
        self._ws = web.WebSocketResponse()
        self._position = room.position if room is not None else 0
        self._texts: deque[str] = deque()
        self._closing: Closing | None = None
        self._session_ms = 0
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    def cut(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()

    def say(self, text: str) -> None:
        """Send this text as a frame of its own."""
        self._texts.append(text)
        self._woken.set()

    def close(self, closing: Closing, *, session_ms: int = 0) -> None:
        """Send what is due, the notice, and close."""
        if self._closing is None:
            self._closing, self._session_ms = closing, session_ms
            self._woken.set()

    async def run(self) -> web.WebSocketResponse:
        """Serve until either side closes."""
        await self._ws.prepare(self._request)
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(self._write())
            try:
                await self._read()
            finally:
                if self.room is not None:
                    self.room.links.discard(self)
                if self._closing is None:
                    writer.cancel()
        return self._ws

    async def _read(self) -> None:
        while True:
            message = await self._ws.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            self._violation(f"@{self.handle}: the client sent {message.data[:80]!r}; nothing is ever sent to the edge")

    async def _write(self) -> None:
        # A client that is gone ends the reader as well, which ends the connection.
        with contextlib.suppress(ConnectionError):
            if self._closing is None:
                await self._arrive()
            while True:
                await self._send_due()
                if self._closing is not None:
                    await self._farewell(self._closing)
                    return
                await self._woken.wait()
                self._woken.clear()

    async def _arrive(self) -> None:
        """Find the room, which takes its time, and tell it."""
        if self._manner.room_info_after_s:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._manner.room_info_after_s):
                    while self._closing is None:
                        await self._woken.wait()
                        self._woken.clear()
        if self.room is None or self._closing is not None:
            return
        self.room.connects += 1
        self.room.links.add(self)
        if self._manner.tells_room:
            await self._send(room_info(self.room))

    async def _send_due(self) -> None:
        if self.room is not None and self in self.room.links:
            new = self.room.since(self._position)
            if new is None:
                self._violation(f"@{self.handle}: the client fell too far behind")
                self.cut()
                return
            # Before the first await: what is posted meanwhile comes with the next turn.
            self._position = self.room.position
            for posted in new:
                for frame in self._speaker.frames(posted):
                    await self._send(frame)
            if self.room.is_over and self._position == self.room.position:
                self.close(self._manner.ends_with)
        while self._texts:
            await self._ws.send_str(self._texts.popleft())

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._ws.send_str(json.dumps(frame, ensure_ascii=False))
        if self._manner.bookkeeping:
            for text in BOOKKEEPING:
                await self._ws.send_str(text)

    async def _farewell(self, closing: Closing) -> None:
        if closing.notice == "not_live":
            await self._ws.send_str('{"event":"not_live"}')
        elif closing.notice:
            notice: dict[str, Any] = {"type": closing.notice, "message": MESSAGES[closing.notice], "upgrade_url": UPGRADE_URL}
            if self._session_ms:
                notice["sessionMaxMs"] = self._session_ms
            await self._ws.send_str(json.dumps(notice))
        await self._ws.close(code=closing.code, message=closing.text.encode())
