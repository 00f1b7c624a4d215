"""The way out of one push socket: whole frames, frames whose bytes dribble, or nothing at all while TCP stays open."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sandbox.tiktok.faults import Fault, Faults

FINAL_BINARY = 0x82
"""First byte of a websocket frame: the last one of its message, binary."""

SHORT, TWO_BYTES, EIGHT_BYTES = 125, 126, 127
"""How a websocket frame tells its length."""


class Wire:
    """Sends one frame at a time. `how` may change while the socket is open."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request, faults: Faults, how: Fault) -> None:
        self.how = how
        self._ws = ws
        self._request = request
        self._faults = faults
        self._sending = asyncio.Lock()

    @property
    def is_dead(self) -> bool:
        """Whether nothing goes out any more."""
        return self.how == "half_open"

    def spoil(self, how: Fault) -> None:
        """From now on. A half-open connection reads nothing either (no ping, no close, no end of TCP), and has no way back."""
        if self.is_dead and how != "half_open":
            return
        self.how = how
        if self.is_dead and self._request.transport is not None:
            assert isinstance(self._request.transport, asyncio.ReadTransport)  # noqa: S101 - a socket's transport is both
            self._request.transport.pause_reading()

    async def send(self, message: bytes) -> None:
        """Send one message in the manner of the moment. Raises `ConnectionError` when the client is gone."""
        async with self._sending:
            match self.how:
                case "half_open":
                    return
                case "slow":
                    await self._dribble(frame(message))
                case "stalled":
                    whole = frame(message)
                    self._write(whole[: len(whole) // 2])
                    self.spoil("half_open")
                case _:
                    await self._ws.send_bytes(message)

    async def _dribble(self, data: bytes) -> None:
        size = self._faults.slow_bytes
        for start in range(0, len(data), size):
            self._write(data[start : start + size])
            await asyncio.sleep(self._faults.slow_pause_s)

    def _write(self, data: bytes) -> None:
        transport = self._request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client is gone")
        transport.write(data)


def frame(message: bytes) -> bytes:
    """A binary message as the websocket frame that a server sends."""
    size = len(message)
    if size <= SHORT:
        return bytes((FINAL_BINARY, size)) + message
    if size < 1 << 16:
        return bytes((FINAL_BINARY, TWO_BYTES)) + size.to_bytes(2) + message
    return bytes((FINAL_BINARY, EIGHT_BYTES)) + size.to_bytes(8) + message
