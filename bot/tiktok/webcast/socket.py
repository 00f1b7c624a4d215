"""TikTok's push socket: the native source of events.

One task reads and acks, one beats, and whoever iterates decodes: a slow reader neither delays an ack nor a heartbeat. Between
them stands a buffer of `BUFFERED_FRAMES`; when it is full the socket is not read, so TCP tells TikTok to wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Literal, Protocol

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
    ProxyError,
    WebSocketException,
)
from websockets.typing import Subprotocol

from bot.clock import Clock, SystemClock
from bot.errors import BlockedHandshake, ConnectionLost, ConnectionRefused
from bot.events import ConnectedEvent, Event
from bot.events.base import Common
from bot.events.ids import MessageId, RoomId
from bot.tiktok.source import Room
from bot.tiktok.webcast import browser
from bot.tiktok.webcast.connection import SILENCE_S, Connection, State, heartbeat_interval
from bot.tiktok.webcast.decode import Arrival, DecodeError, decode, unknown
from bot.tiktok.webcast.frames import Batch, Fault, Message
from bot.tiktok.webcast.session import Session
from bot.tiktok.webcast.signing import Route, Signed, Signer

log = logging.getLogger(__name__)

_library_log = logging.getLogger(f"{__name__}.library")
_library_log.setLevel(logging.INFO)
"""At DEBUG the library logs the handshake's headers, our cookie among them."""

BUFFERED_FRAMES = 256
"""Some minutes of a quiet room, ten seconds of a very loud one."""

MOST_FRAME_BYTES = 16 * 1024 * 1024
MOST_METHODS = 512
"""Different skipped methods that are counted by name; 238 are known to exist (webcast-protocol.md 9)."""

OPEN_TIMEOUT_S = 15.0
CLOSE_TIMEOUT_S = 2.0
"""TikTok seldom answers a close; we do not wait for it."""

HANDSHAKE_MEANINGS = {
    "DEVICE_BLOCKED": "it blocks this device, address or User-Agent",
    "illegal secret key": "the signature is stale or belongs to a logged-in session",
    "illegal app_id": "it did not understand the address",
}


Tap = Callable[[Message, RoomId, int], None]
"""Is shown each message before it is decoded, with the connection's room and when it came (ms, our clock)."""


RENEWED_AFTER_S = 2.0
"""Between a blocked device and the next one (webcast-protocol.md 4)."""


class Opener(Protocol):
    """One way to be let in: with a signature (`signing.Signer`), or as an anonymous browser (`direct.Visitor`)."""

    name: str
    beats_first: bool
    """Whether a heartbeat goes out before the room is entered."""

    async def permit(self, room: Room) -> Signed:
        """What one connect to `room` needs. Raises `ConnectionRefused`."""

    def renew(self) -> bool:
        """TikTok blocked the device that we said we are: forget it. Returns whether another `permit` may help at once."""


class WebcastSource:
    """`source.Source` over the native protocol. `faults` counts what could not be read, over all rooms."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        clock: Clock | None = None,
        sign_base: str = "https://api.eulerstream.com",
        sign_api_key: str = "",
        user_agent: str = browser.USER_AGENT,
        tls: ssl.SSLContext | None = None,
        silence_s: float = SILENCE_S,
        language: str = browser.LANGUAGE,
        proxy: str | Literal[True] | None = None,
        open_timeout_s: float = OPEN_TIMEOUT_S,
        close_timeout_s: float = CLOSE_TIMEOUT_S,
        tap: Tap | None = None,
        wanted: Callable[[str], bool] | None = None,
        opener: Opener | None = None,
        sign_route: Route = "auto",
        session: Session | None = None,
    ) -> None:
        """`opener`: how to be let in, a sign server unless given.

        `proxy`: an address for the push socket, True for the environment's. `tap`: for a recording.

        `wanted` says of a method (`WebcastLikeMessage` …) whether its messages are decoded at all (None: all are); `skipped`
        counts the others. The end of the LIVE is seen all the same.
        """
        self.faults: Counter[Fault] = Counter()
        self.skipped: Counter[str] = Counter()
        self._clock = clock or SystemClock()
        self._opener: Opener = opener or Signer(
            http,
            clock=self._clock,
            sign_base=sign_base,
            api_key=sign_api_key,
            user_agent=user_agent,
            language=language,
            route=sign_route,
            session=session,
        )
        self.name = self._opener.name
        self._user_agent = user_agent
        # One context for all rooms: each of its own would cost a MiB (reference: 56 KiB per room against 1,004).
        self._tls = tls or ssl.create_default_context()
        self._silence_s = silence_s
        self._tap = tap
        self._wanted = wanted
        self._proxy = proxy
        self._open_timeout_s = open_timeout_s
        self._close_timeout_s = close_timeout_s

    async def events(self, room: Room) -> AsyncGenerator[Sequence[Event], None]:
        """Connect and yield one batch per frame until the LIVE ends. See `source.Source`.

        Leave it by `aclose` (`contextlib.aclosing`), or the socket stays open until the garbage collector comes.
        """
        signed, room_number, socket = await self._let_in(room)
        connection = Connection(
            room_number,
            now=self._clock.monotonic(),
            heartbeat_every_s=heartbeat_interval(_handshake_header(socket, "Handshake-Options")),
            silence_s=self._silence_s,
            faults=self.faults,
            beats_first=self._opener.beats_first,
        )
        pump = _Pump(socket, connection, self._clock)
        # Not a TaskGroup: one around a `yield` would wrap the GeneratorExit of `aclose` into a group. The task is held here,
        # lives exactly as long as this generator, and never raises.
        pumping = asyncio.get_running_loop().create_task(pump.run())
        try:
            yield [self._connected(room, signed), *self._backlog(room, signed)]
            while (arrived := await pump.next()) is not None:
                received_at_ms, batch = arrived
                yield self._decoded(batch.messages, room, signed.room_id, received_at_ms)
        finally:
            pumping.cancel()
            await asyncio.wait([pumping])
            await socket.close()
        if connection.state is not State.ENDED:
            raise ConnectionLost(pump.why)

    async def _let_in(self, room: Room) -> tuple[Signed, int, ClientConnection]:
        """Permission, room number and open socket; as another device, once, when TikTok blocks the one that we say we are."""
        signed = await self._opener.permit(room)
        try:
            return signed, _room_number(signed.room_id), await self._open(signed)
        except BlockedHandshake as refusal:
            if not (_is_about_the_device(refusal) and self._opener.renew()):
                raise
        await self._clock.sleep(RENEWED_AFTER_S)
        signed = await self._opener.permit(room)
        return signed, _room_number(signed.room_id), await self._open(signed)

    async def _open(self, signed: Signed) -> ClientConnection:
        """The open socket. Raises `ConnectionRefused`."""
        try:
            return await connect(
                signed.address,
                subprotocols=[Subprotocol("echo-protocol")],
                additional_headers={"Cookie": signed.cookie, "Origin": browser.SITE, **signed.headers},
                user_agent_header=signed.user_agent or self._user_agent,
                # TikTok does not answer pings: the library would close the socket with 1011.
                ping_interval=None,
                compression=None,
                max_size=MOST_FRAME_BYTES,
                open_timeout=self._open_timeout_s,
                close_timeout=self._close_timeout_s,
                proxy=self._proxy,
                logger=_library_log,
                ssl=self._tls if signed.address.startswith("wss:") else None,
            )
        except InvalidStatus as error:
            raise BlockedHandshake(_handshake_reason(error)) from error
        except TimeoutError as error:
            raise ConnectionRefused("TikTok's push server did not answer in time") from error
        except (ProxyError, InvalidProxy) as error:  # its text may hold the proxy's password
            raise ConnectionRefused(f"the proxy does not lead to TikTok's push server ({type(error).__name__})") from error
        except (InvalidHandshake, InvalidURI, OSError, WebSocketException) as error:
            raise ConnectionRefused(f"TikTok's push server cannot be used ({type(error).__name__}: {_short(error)})") from error

    def _connected(self, room: Room, signed: Signed) -> ConnectedEvent:
        now_ms = self._clock.now_ms()
        common = Common(MessageId(f"connected:{signed.room_id}:{now_ms}"), signed.room_id, room.handle, 0, now_ms)
        return ConnectedEvent(common, source=self.name)

    def _backlog(self, room: Room, signed: Signed) -> list[Event]:
        """What the signer read from the room before us: the last comments, which each reconnect brings again."""
        old = [Message(each.method, each.payload, each.message_id, is_history=True) for each in signed.backlog.messages]
        return self._decoded(old, room, signed.room_id, self._clock.now_ms())

    def _decoded(self, messages: Sequence[Message], room: Room, room_id: RoomId, received_at_ms: int) -> list[Event]:
        if self._tap is not None:
            for message in messages:
                self._tap(message, room_id, received_at_ms)
        creator = room.handle
        decoded: list[Event] = []
        for message in self._chosen(messages):
            try:
                event = decode(
                    message.method,
                    message.payload,
                    creator=creator,
                    received_at_ms=received_at_ms,
                    room_id=room_id,
                    is_history=message.is_history,
                    envelope_id=message.message_id,
                )
            except DecodeError as error:
                self.faults[Fault.UNDECODABLE_MESSAGE] += 1
                log.debug("%s in room %s: kept as unknown", error, room_id)
                arrival = Arrival(creator, received_at_ms, room_id, message.is_history, message.message_id)
                event = unknown(message.method, message.payload, arrival)
            decoded.append(event)
        return decoded

    def _chosen(self, messages: Sequence[Message]) -> Sequence[Message]:
        if self._wanted is None:
            return messages
        chosen = []
        for each in messages:
            if self._wanted(each.method):
                chosen.append(each)
            else:
                known = each.method in self.skipped or len(self.skipped) < MOST_METHODS
                self.skipped[each.method if known else "other"] += 1
        return chosen


BROKEN = "the connection to TikTok's push server broke off"
UNTOLD = "the signature expired, the LIVE is private, or TikTok blocks this address; a proxy or another source may help"


class _Pump:
    """Keeps one socket fed and read. Never raises: why it stopped is in the connection's state, or in `why`."""

    def __init__(self, socket: ClientConnection, connection: Connection, clock: Clock) -> None:
        self.why = "the push socket closed"
        self._socket = socket
        self._connection = connection
        self._clock = clock
        self._arrived: asyncio.Queue[tuple[int, Batch] | None] = asyncio.Queue(BUFFERED_FRAMES)

    async def next(self) -> tuple[int, Batch] | None:
        """The next batch and when it came (ms, our clock); None after the last."""
        return await self._arrived.get()

    async def run(self) -> None:
        """Until the socket closes, the LIVE ends, or the task is cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                beating = tasks.create_task(self._beat())
                await self._read()
                beating.cancel()
        except Exception:  # the task's edge: whoever iterates must hear that it is over
            log.exception("the push socket's reader failed")
            self.why = "our reader of the push socket failed; the log says why"
        await self._arrived.put(None)

    async def _read(self) -> None:
        await self._send()
        try:
            while self._connection.is_open:
                data = await self._socket.recv()
                self._connection.receive(data, self._clock.monotonic())
                received_at_ms = self._clock.now_ms()
                await self._send()
                for batch in self._connection.batches_received():
                    await self._arrived.put((received_at_ms, batch))
        except ConnectionClosed as error:
            if self._connection.state is not State.LOST:
                self.why = f"TikTok closed the push socket ({_short(error)})" if error.rcvd else BROKEN

    async def _beat(self) -> None:
        while (due := self._connection.next_timer()) is not None:
            await self._clock.sleep(due - self._clock.monotonic())
            now = self._clock.monotonic()
            if self._arrived.full():
                self._connection.not_reading(now)
            self._connection.handle_timer(now)
            await self._send()
        if self._connection.state is State.LOST:
            self.why = "TikTok's push socket fell silent"
            await self._socket.close()

    async def _send(self) -> None:
        """Send what is due. On a closed socket that fails, and what it still holds must be read all the same."""
        for data in self._connection.data_to_send():
            with contextlib.suppress(ConnectionClosed):
                await self._socket.send(data)


def _room_number(room_id: RoomId) -> int:
    if not (room_id.isascii() and room_id.isdecimal() and 0 < int(room_id) < 2**63):
        raise ConnectionRefused(f"{room_id[:40]!r} is not a room id")
    return int(room_id)


def _handshake_header(socket: ClientConnection, name: str) -> str:
    return socket.response.headers.get(name, "") if socket.response else ""


def _handshake_reason(error: InvalidStatus) -> str:
    """TikTok refuses a handshake with a plain HTTP answer (200, 400, 415) and says why in a header."""
    response = error.response
    message = _short(response.headers.get("Handshake-Msg", ""))
    status = response.headers.get("Handshake-Status", "") or response.status_code
    if not message:
        return f"TikTok's push server refused the connection (HTTP {response.status_code}): {UNTOLD}"
    meaning = HANDSHAKE_MEANINGS.get(message)
    return f"TikTok's push server refused the connection: {message} ({meaning or 'no meaning known'}; status {_short(status)})"


def _is_about_the_device(refusal: BlockedHandshake) -> bool:
    status = refusal.__cause__
    if not isinstance(status, InvalidStatus):
        return False
    return status.response.status_code == 415 or status.response.headers.get("Handshake-Msg", "") == "DEVICE_BLOCKED"


def _short(what: object) -> str:
    return " ".join(str(what).split())[:120]
