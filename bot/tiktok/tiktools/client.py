"""The hosted JSON feed over its websocket: `source.Source` for whoever cannot, or need not, reach TikTok directly.

Nothing is ever sent to the edge but the address with the creator's handle and the key, and pings. The key is in that address
and nowhere else: not in a log line, not in an error.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Sequence
from typing import Literal
from urllib.parse import quote, urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI, WebSocketException

from bot.clock import Clock, SystemClock
from bot.errors import ConnectionLost, ConnectionRefused, RateLimited, SignRefused, SourceError, Unclear
from bot.events import Event
from bot.tiktok.source import Room
from bot.tiktok.tiktools.closes import Action, Consequence, after_close, after_refusal
from bot.tiktok.tiktools.frames import MOST_FRAME_BYTES, Faults
from bot.tiktok.tiktools.session import Session

log = logging.getLogger(__name__)

_library_log = logging.getLogger(f"{__name__}.library")
_library_log.setLevel(logging.INFO)
"""At DEBUG the library logs the address, our key in it."""

EDGE = "wss://api.tik.tools"
PING_EVERY_S, PONG_WITHIN_S = 20.0, 60.0
"""The edge answers pings. Its own clients allow 20 or 30 s for that, and lose quiet rooms by it."""
OPEN_TIMEOUT_S = 15.0
CLOSE_TIMEOUT_S = 2.0
ROOM_INFO_WITHIN_S = 60.0
"""After the open. Up to 45 s were measured."""
BUFFERED_FRAMES = 256
"""When so many wait for a slow reader the socket is not read, so TCP tells the edge to wait."""
ABNORMAL, NOT_LIVE_CODE = 1006, 4404


class TikToolsSource:
    """`source.Source` over the edge, for one account: `api_key`, or without one as an anonymous visitor.

    A limit or a refused key is about the account: until its wait is over, no further room is even tried. `faults` counts what
    could not be read, over all rooms.
    """

    name = "tiktools"

    def __init__(
        self,
        *,
        base: str = EDGE,
        api_key: str = "",
        clock: Clock | None = None,
        tls: ssl.SSLContext | None = None,
        proxy: str | Literal[True] | None = None,
        room_info_within_s: float = ROOM_INFO_WITHIN_S,
    ) -> None:
        """`base`: the edge's address, http(s) or ws(s). `proxy`: an address, or True for the environment's."""
        self.faults = Faults()
        self._base = _websocket_address(base)
        self._key = api_key
        self._clock = clock or SystemClock()
        self._tls = tls or ssl.create_default_context()
        self._proxy = proxy
        self._room_info_within_s = room_info_within_s
        self._held_until = 0.0
        self._held_by: Consequence | None = None

    async def events(self, room: Room) -> AsyncGenerator[Sequence[Event], None]:
        """Connect and yield one batch per frame until the LIVE ends. See `source.Source`.

        Leave it by `aclose` (`contextlib.aclosing`), or the socket stays open until the garbage collector comes.
        """
        self._respect_hold()
        socket = await self._open(room)
        session = Session(room, source=self.name, faults=self.faults)
        pump = _Pump(socket, self._clock, self._room_info_within_s)
        # Not a TaskGroup: one around a `yield` would wrap the GeneratorExit of `aclose` into a group. Both tasks live exactly
        # as long as this generator, and never raise.
        tasks = [asyncio.get_running_loop().create_task(each) for each in (pump.read(), pump.wait_for_room())]
        try:
            while not session.has_ended and (arrived := await pump.next()) is not None:
                if batch := _taken(session, *arrived):
                    yield batch
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await socket.close()
        if session.has_ended:
            return
        consequence = self._consequence(session, pump)
        if consequence.action is Action.ENDED and session.is_connected:
            yield session.end(self._clock.now_ms(), consequence.reason)
            return
        raise _error(consequence, was_open=session.is_connected)

    def _respect_hold(self) -> None:
        """Raises what the account was refused with, as long as that holds: each attempt would count."""
        left_s = self._held_until - self._clock.monotonic()
        if self._held_by is not None and left_s > 0:
            held = self._held_by
            raise _error(Consequence(held.action, f"{held.reason}; not tried again before that is over", left_s), was_open=False)

    def _hold(self, consequence: Consequence) -> Consequence:
        until = self._clock.monotonic() + (consequence.wait_s or 0.0)
        if consequence.is_about_account and until > self._held_until:
            self._held_until, self._held_by = until, consequence
        return consequence

    def _consequence(self, session: Session, pump: _Pump) -> Consequence:
        code = pump.code
        if session.not_live and code in (ABNORMAL, 1000):
            code = NOT_LIVE_CODE
        told = self._without_key(pump.told)
        nudge = session.nudge
        if nudge is not None:
            nudge = nudge._replace(message=self._without_key(nudge.message))
        return self._hold(after_close(code, told, nudge, has_key=bool(self._key)))

    def _without_key(self, said: str) -> str:
        """The edge's own words, should they quote the key."""
        return said.replace(self._key, "***") if self._key else said

    async def _open(self, room: Room) -> ClientConnection:
        """The open socket. Raises `ConnectionRefused`; without its cause, whose text can hold the address."""
        query = {"uniqueId": room.handle.removeprefix("@")}
        if self._key:
            query["apiKey"] = self._key
        address = f"{self._base}/?{urlencode(query, quote_via=quote)}"
        try:
            return await connect(
                address,
                max_size=MOST_FRAME_BYTES,
                ping_interval=PING_EVERY_S,
                ping_timeout=PONG_WITHIN_S,
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=CLOSE_TIMEOUT_S,
                proxy=self._proxy,
                logger=_library_log,
                ssl=self._tls if address.startswith("wss:") else None,
            )
        except InvalidStatus as error:
            answer = error.response
            headers = {name.lower(): value for name, value in answer.headers.raw_items()}
            consequence = after_refusal(answer.status_code, headers, now_ms=self._clock.now_ms())
            raise _error(self._hold(consequence), was_open=False) from None
        except TimeoutError:
            raise ConnectionRefused("TikTools did not answer in time") from None
        except InvalidURI:
            raise ConnectionRefused("tiktools_base is no address of a websocket") from None
        except (InvalidHandshake, OSError, WebSocketException) as error:
            raise ConnectionRefused(f"TikTools cannot be reached ({type(error).__name__})") from None


class _Pump:
    """Reads one socket into a bounded buffer, each message with its time. Never raises; `code` and `told` are the close."""

    def __init__(self, socket: ClientConnection, clock: Clock, room_info_within_s: float) -> None:
        self.code = ABNORMAL
        self.told = ""
        self._socket = socket
        self._clock = clock
        self._room_info_within_s = room_info_within_s
        self._arrived: asyncio.Queue[tuple[int, str | bytes | None] | None] = asyncio.Queue(BUFFERED_FRAMES)

    async def next(self) -> tuple[int, str | bytes | None] | None:
        """When it came and what, None instead of a message when the wait for the room is over; None after the last."""
        return await self._arrived.get()

    async def read(self) -> None:
        """Until the socket closes, or the task is cancelled."""
        try:
            while True:
                message = await self._socket.recv()
                await self._arrived.put((self._clock.now_ms(), message))
        except ConnectionClosed as closed:
            self._note(closed)
        except Exception:  # the task's edge: whoever iterates must hear that it is over
            log.exception("the reader of the TikTools stream failed")
            self.told = "our reader of the stream failed; the log says why"
        await self._arrived.put(None)

    def _note(self, closed: ConnectionClosed) -> None:
        # What the edge said comes first; else why we closed: no pong, a message too large.
        said = closed.rcvd or closed.sent
        if said is not None:
            self.code, self.told = said.code, said.reason

    async def wait_for_room(self) -> None:
        """Say once that the room has had its time to be told."""
        await self._clock.sleep(self._room_info_within_s)
        await self._arrived.put((self._clock.now_ms(), None))


def _taken(session: Session, received_at_ms: int, message: str | bytes | None) -> list[Event]:
    if message is not None:
        return session.receive(message, received_at_ms)
    is_waiting = not session.is_connected and session.nudge is None and not session.not_live
    return [session.connect(received_at_ms)] if is_waiting else []


def _error(consequence: Consequence, *, was_open: bool) -> SourceError:
    """A refused key is that, whenever it is told; else it depends on whether the stream had opened."""
    reason, wait_s = consequence.reason, consequence.wait_s
    match consequence.action:
        case Action.QUARANTINE:
            return SignRefused(reason, retry_after_s=wait_s)
        case Action.UNCLEAR:
            return Unclear(reason, retry_after_s=wait_s)
        case Action.ENDED:
            # Before anything of the room came: an older LIVE's end, or one that we just missed.
            return Unclear(reason)
        case _ if was_open:
            return ConnectionLost(reason, retry_after_s=wait_s)
        case Action.WAIT:
            return RateLimited(reason, retry_after_s=wait_s)
        case _:
            return ConnectionRefused(reason, retry_after_s=wait_s)


def _websocket_address(base: str) -> str:
    """`base` without its last slash, http and https as ws and wss."""
    scheme, separator, rest = base.rstrip("/").partition("://")
    return {"http": "ws", "https": "wss"}.get(scheme, scheme) + separator + rest
