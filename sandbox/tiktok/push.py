"""One push socket: the room's messages out in batches; enter room, heartbeats and acks in, each checked.

TikTok never answers a websocket ping, so neither do we. It closes a socket whose client does not ack, does not beat or does
not read; before it closes one, the reason is written down as a violation.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace

from aiohttp import WSCloseCode, WSMsgType, web
from google.protobuf.message import DecodeError

from sandbox.tiktok import frames
from sandbox.tiktok.faults import Fault, Faults
from sandbox.tiktok.handshake import Ticket
from sandbox.tiktok.limits import Limits
from sandbox.tiktok.pb import webcast_pb2 as pb
from sandbox.tiktok.signing import internal_ext
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.wire import Wire
from sandbox.tiktok.world import Posted, Room, World

PROTOCOL = "echo-protocol"
EXPECTED_PING_S = 10.0
LIVE_ID = 12
FAREWELL_S = 1.0
"""How long a socket of an ended room waits for the last ack."""


class Push:
    """The server's end of one socket, from its upgrade to its close."""

    def __init__(
        self,
        request: web.Request,
        *,
        ticket: Ticket,
        world: World,
        limits: Limits,
        faults: Faults,
        violation: Callable[[str], None],
    ) -> None:
        self.room: Room | None = None
        self._request = request
        self._ticket = ticket
        self._world = world
        self._limits = limits
        self._violation = violation
        # autoping off: aiohttp would answer pings by itself.
        self._ws = web.WebSocketResponse(protocols=(PROTOCOL,), autoping=False, compress=False, max_msg_size=1 << 20)
        self._wire = Wire(self._ws, request, faults, faults.take("push"))
        self._compressed = request.query.get("compress") == "gzip"
        self._now = asyncio.get_running_loop().time
        self._opened_at = self._beat_at = self._now()
        self._beats = 0
        self._position = ticket.position
        self._frames = 0
        self._unacked: dict[int, tuple[bytes, float]] = {}
        self._woken = asyncio.Event()
        self._is_closing = False

    # ------------------------------------------------------------------------------------------ as the room sees it

    def wake(self) -> None:
        self._woken.set()

    def cut(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()

    def spoil(self, how: Fault) -> None:
        """Behave so from now on: a value of the fault `push`, None for well."""
        self._wire.spoil(how)
        self._woken.set()

    # ------------------------------------------------------------------------------------------ life

    async def run(self) -> web.WebSocketResponse:
        """Serve the socket until either side closes it."""
        if self._limits.ping_interval_s is not None:
            self._ws.headers["Handshake-Options"] = f"ping-interval={self._limits.ping_interval_s:g}; ping-timeout=10"
        await self._ws.prepare(self._request)
        self._wire.spoil(self._wire.how)
        if self._ws.ws_protocol != PROTOCOL:
            self._violation(f"the socket was opened without the sub-protocol {PROTOCOL}")
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(self._write())
            try:
                await self._read()
            finally:
                self._leave()
                if not self._is_closing:
                    writer.cancel()
        return self._ws

    async def close(self, code: int = WSCloseCode.OK, reason: bytes = b"") -> None:
        """Close with a close frame."""
        self._is_closing = True
        self._leave()
        self._woken.set()
        await self._ws.close(code=code, message=reason)

    def _leave(self) -> None:
        if self.room is not None:
            self.room.links.discard(self)

    # ------------------------------------------------------------------------------------------ out

    async def _write(self) -> None:
        # A client that is gone ends the reader as well, which ends the socket.
        with contextlib.suppress(ConnectionError):
            while not self._is_closing:
                await self._rest()
                if self._wire.is_dead:
                    return
                wrong = self._overdue()
                if wrong:
                    self._violation(wrong)
                    await self.close(reason=wrong.encode()[:120])
                    return
                if self.room is None or self._wire.how == "silent":
                    continue
                await self._send_new(self.room)
                if self.room.is_over:
                    await self._farewell()
                    return

    async def _rest(self) -> None:
        """Wait until there is something to send, or to complain about; then gather for as long as a batch takes."""
        try:
            async with asyncio.timeout(min(1.0, self._ping_s, self._limits.ack_within_s) / 2):
                await self._woken.wait()
        except TimeoutError:
            return
        if self._limits.batch_s:
            await asyncio.sleep(self._limits.batch_s)
        self._woken.clear()

    @property
    def _ping_s(self) -> float:
        return self._limits.ping_interval_s or EXPECTED_PING_S

    def _overdue(self) -> str:
        now = self._now()
        if self.room is None and now - self._opened_at > self._limits.enter_within_s:
            return f"no im_enter_room within {self._limits.enter_within_s:g} s"
        if now - self._beat_at > self._ping_s * self._limits.heartbeats_missed:
            return f"no heartbeat for {now - self._beat_at:.1f} s, one is due every {self._ping_s:g} s"
        if len(self._unacked) > self._limits.unacked_most:
            return f"{len(self._unacked)} frames wait for their ack"
        oldest = next(iter(self._unacked.values()), (b"", now))[1]
        if now - oldest > self._limits.ack_within_s:
            return f"a frame waited more than {self._limits.ack_within_s:g} s for its ack"
        return ""

    async def _send_new(self, room: Room) -> None:
        """Everything that the room posted since the last time, in order."""
        new = room.since(self._position)
        if new is None:
            self._violation(f"the client fell more than {room.position - self._position} messages behind")
            self.cut()
            return
        self._position = room.position
        gathered: list[Posted] = []
        for posted in new:
            if posted.method and len(gathered) < self._limits.batch_most:
                gathered.append(posted)
                continue
            await self._send_batch(gathered)
            gathered = [posted] if posted.method else []
            if not posted.method:
                await self._send(posted.payload)
        await self._send_batch(gathered)

    async def _send_batch(self, messages: list[Posted], *, is_first: bool = False) -> None:
        if not messages and not is_first:
            return
        self._frames += 1
        now_ms = self._world.now_ms()
        log_id = int(self._world.snowflake())
        ext = internal_ext(now_ms, self._position, serial=self._world.serial()).encode()
        result = frames.batch(
            messages,
            cursor=f"{now_ms}_{self._position}_1_1_0_0",
            internal_ext=ext,
            now_ms=now_ms,
            need_ack=self._limits.need_ack,
            is_first=is_first,
        )
        if self._limits.need_ack:
            self._unacked[log_id] = (ext, self._now())
        await self._send(frames.msg(result, seq_id=self._frames, log_id=log_id, compressed=self._compressed))

    async def _send(self, frame: bytes) -> None:
        try:
            async with asyncio.timeout(self._limits.send_within_s):
                await self._wire.send(frame)
        except TimeoutError:
            self._violation(f"the client did not read for {self._limits.send_within_s:g} s")
            self.cut()

    async def _farewell(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                while self._unacked and not self._ws.closed:
                    self._woken.clear()
                    await self._woken.wait()
        await self.close()

    # ------------------------------------------------------------------------------------------ in

    async def _read(self) -> None:
        while True:
            message = await self._ws.receive()
            if message.type is WSMsgType.BINARY:
                await self._take(message.data)
            elif message.type is WSMsgType.PING:
                self._violation("the client sent a websocket ping; TikTok answers none")
            elif message.type is WSMsgType.TEXT:
                self._violation(f"the client sent a text message: {message.data[:80]!r}")
            elif message.type is not WSMsgType.PONG:
                return

    async def _take(self, data: bytes) -> None:
        try:
            frame = pb.PushFrame.FromString(data)
        except DecodeError:
            self._violation(f"a message of {len(data)} bytes is no push frame")
            return
        if frame.payload_encoding != "pb":
            self._violation(f"payload_encoding of {frame.payload_type!r} is {frame.payload_encoding!r}, not 'pb'")
        try:
            match frame.payload_type:
                case "ack":
                    self._acked(frame)
                case "hb":
                    await self._beat(frame)
                case "im_enter_room":
                    await self._enter(frame)
                case other:
                    self._violation(f"no client sends the payload type {other!r}")
        except DecodeError:
            self._violation(f"the payload of {frame.payload_type!r} is not what it should be")
        except ConnectionError:
            pass  # the client left before its answer; receive() says so next

    def _acked(self, frame: pb.PushFrame) -> None:
        sent = self._unacked.pop(frame.log_id, None)
        if sent is None:
            self._violation(f"an ack for log_id {frame.log_id}, which waits for none")
        elif frame.payload != sent[0]:
            self._violation(f"an ack with internal_ext {frame.payload[:80]!r} instead of {sent[0]!r}")
        if not self._unacked:
            self._woken.set()

    async def _beat(self, frame: pb.PushFrame) -> None:
        beat = pb.Heartbeat.FromString(frame.payload)
        room_id = self.room.id if self.room else self._ticket.room_id
        if str(beat.room_id) != room_id:
            self._violation(f"a heartbeat for room {beat.room_id}, the socket is in {room_id}")
        if beat.send_seq != self._beats + 1:
            self._violation(f"heartbeat number {beat.send_seq} after number {self._beats}")
        self._beats = beat.send_seq
        self._beat_at = self._now()
        await self._wire.send(frames.plain("hb", frame.payload, log_id=frame.log_id))

    async def _enter(self, frame: pb.PushFrame) -> None:
        enter = pb.EnterRoom.FromString(frame.payload)
        if enter.identity != "audience" or enter.live_id != LIVE_ID:
            self._violation(f"im_enter_room with identity {enter.identity!r} and live_id {enter.live_id}")
        room = self._world.rooms.get(str(enter.room_id))
        if room is None:
            self._violation(f"im_enter_room for room {enter.room_id}, which does not exist")
            await self.close()
            return
        await self._wire.send(frames.plain("im_enter_room_resp", log_id=frame.log_id))
        if room is self.room:
            return
        is_switch = room.id != self._ticket.room_id or self.room is not None or not self._ticket.brings_backlog
        self._leave()
        self.room = room
        room.connects += 1
        room.links.add(self)
        if is_switch:
            # No signed fetch told of this room: its backlog comes over the socket instead.
            self._position = room.position
            await self._send_batch([replace(comment, is_history=True) for comment in room.comments], is_first=True)
        if self._wire.how == "replay":
            await self._send_batch(list(room.comments))
        elif self._wire.how == "foreign":
            await self._send_batch(self._of_another_room())
        self._woken.set()

    def _of_another_room(self) -> list[Posted]:
        """What a room says that ends: TikTok sends such messages over the sockets of rooms that battle or are linked with it."""
        other = self._world.creator("another.room").go_live()
        other.chat(Viewer("stranger", "Stranger"), "in another room")
        other.end()
        return list(other.since(0) or ())
