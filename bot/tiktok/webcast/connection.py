"""One push connection: what to answer, when to beat, when it is over. Pure: no socket, time is an argument.

Contract for whoever holds the socket (`now` is any clock in seconds that never jumps):

- Create the connection when the socket is open, then send everything that `data_to_send()` returns.
- Every message from the socket goes to `receive(data, now)`. It never raises: what cannot be read is counted in `faults`.
- After every `receive` and `handle_timer`, send what `data_to_send()` returns, *then* take `batches_received()`. A batch
  appears there only after its ack was taken, so that a slow or failing reader cannot delay an ack: TikTok slows down or closes
  a socket whose acks are late.
- At `next_timer()`, call `handle_timer(now)`. None means that there is nothing left to wait for.
- Stop when `is_open` turns False. `state` says why: the LIVE ended, or nothing came for too long.
"""

from __future__ import annotations

import math
from collections import Counter
from enum import Enum

from google.protobuf.message import DecodeError as ProtobufError

from bot.tiktok.webcast import frames
from bot.tiktok.webcast.frames import Batch, Fault, MalformedFrame
from bot.tiktok.webcast.pb import webcast_pb2 as pb

HEARTBEAT_EVERY_S = 10.0
"""When the handshake names no interval. The clients we know send one every 5 or 10 s."""

SILENCE_S = 60.0
"""A room says how many viewers it has every few seconds: a minute without any frame is a dead socket."""

CONTROL = "WebcastControlMessage"
ENDED_ACTIONS = frozenset({3, 4})
"""Ended by the creator, ended by TikTok."""


class State(Enum):
    """`OPEN` until the LIVE ends (`ENDED`) or the socket is given up (`LOST`)."""

    OPEN = "open"
    ENDED = "ended"
    LOST = "lost"


class Connection:
    """See the module's contract. `faults` may be shared by many connections."""

    def __init__(
        self,
        room_id: int,
        *,
        now: float,
        heartbeat_every_s: float = HEARTBEAT_EVERY_S,
        silence_s: float = SILENCE_S,
        most_batch_bytes: int = frames.MOST_BATCH_BYTES,
        faults: Counter[Fault] | None = None,
        beats_first: bool = False,
    ) -> None:
        self.state = State.OPEN
        self.faults: Counter[Fault] = Counter() if faults is None else faults
        self._room_id = room_id
        self._heartbeat_every_s = heartbeat_every_s
        self._silence_s = silence_s
        self._most_batch_bytes = most_batch_bytes
        self._heard_at = now
        self._next_heartbeat_at = now + heartbeat_every_s
        self._heartbeats = 0
        # Entering right after the open is always safe; waiting for the first batch is not, on every server.
        self._outgoing = [frames.enter_room(room_id)]
        if beats_first:
            # What clients without a signature do (webcast-protocol.md 4).
            self._heartbeats = 1
            self._outgoing.insert(0, frames.heartbeat(room_id, self._heartbeats))
        self._unacked: list[Batch] = []
        self._ready: list[Batch] = []

    @property
    def is_open(self) -> bool:
        return self.state is State.OPEN

    def receive(self, data: bytes | str, now: float) -> None:
        """Take one websocket message. Anything at all is a sign of life; only batches have consequences."""
        self._heard_at = now
        try:
            if isinstance(data, str):
                raise MalformedFrame(Fault.TEXT, "the protocol has no text messages")
            frame = frames.read_frame(data, most_bytes=self._most_batch_bytes)
            if frame.payload_type == frames.MESSAGES:
                self._receive_batch(frames.read_batch(frame.payload), frame.log_id)
        except MalformedFrame as error:
            self.faults[error.fault] += 1

    def _receive_batch(self, batch: Batch, log_id: int) -> None:
        if batch.need_ack:
            self._outgoing.append(frames.ack(log_id, batch.internal_ext))
        self._unacked.append(batch)
        for message in batch.messages:
            if message.method == CONTROL and ends_live(message, self._room_id):
                self.state = State.ENDED

    def data_to_send(self) -> list[bytes]:
        """Websocket messages to send now, each once. Taking them releases the batches that they acknowledge."""
        outgoing, self._outgoing = self._outgoing, []
        self._ready += self._unacked
        self._unacked = []
        return outgoing

    def batches_received(self) -> list[Batch]:
        """Batches in the order of arrival, each once."""
        ready, self._ready = self._ready, []
        return ready

    def next_timer(self) -> float | None:
        """When to call `handle_timer`, None when the connection is over."""
        if not self.is_open:
            return None
        return min(self._next_heartbeat_at, self._heard_at + self._silence_s)

    def handle_timer(self, now: float) -> None:
        """Do what is due. Late is fine: missed heartbeats are not made up for."""
        if not self.is_open:
            return
        if now >= self._heard_at + self._silence_s:
            self.state = State.LOST
            return
        if now >= self._next_heartbeat_at:
            self._heartbeats += 1
            self._outgoing.append(frames.heartbeat(self._room_id, self._heartbeats))
            self._next_heartbeat_at = now + self._heartbeat_every_s

    def not_reading(self, now: float) -> None:
        """We did not look at the socket until `now`, so its silence up to here says nothing."""
        self._heard_at = now


def ends_live(message: frames.Message, room_id: int) -> bool:
    """Whether this message says that *this* room's LIVE is over. Rooms that battle see each other's messages."""
    if message.method != CONTROL:
        return False
    try:
        control = pb.Control.FromString(message.payload)
    except ProtobufError:
        return False
    return control.action in ENDED_ACTIONS and control.base.room_id in (0, room_id)


def heartbeat_interval(handshake_options: str) -> float:
    """Seconds between heartbeats, from the handshake's `Handshake-Options` (`ping-interval=5; …`), or the default."""
    for option in handshake_options.split(";"):
        name, _, value = option.partition("=")
        if name.strip().lower() == "ping-interval":
            try:
                seconds = float(value)
            except ValueError:
                break
            # Zero would be a busy loop, and an interval beyond the silence limit would be our own doing.
            return seconds if math.isfinite(seconds) and 0.05 <= seconds <= SILENCE_S else HEARTBEAT_EVERY_S
    return HEARTBEAT_EVERY_S
