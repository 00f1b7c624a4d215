"""Push frames: bytes <-> values. Pure, without state or time.

Everything on the push socket is one `PushFrame` per binary websocket message. What comes as `msg` is a batch of messages,
mostly gzipped; what we send is entering a room, heartbeats and acks.
"""

from __future__ import annotations

import contextlib
import importlib
import zlib
from collections.abc import Mapping
from enum import StrEnum
from itertools import islice, starmap
from operator import attrgetter
from typing import Any, TypeVar

import msgspec
from google.protobuf.message import DecodeError as ProtobufError
from google.protobuf.message import Message as ProtobufMessage

from bot.errors import RelayError
from bot.tiktok.webcast import wire
from bot.tiktok.webcast.pb import webcast_pb2 as pb

M = TypeVar("M", bound=ProtobufMessage)

libdeflate: Any = None
"""Inflates into a buffer whose size it is told, in half of zlib's time or less. Without a wheel of it zlib does all."""

with contextlib.suppress(ImportError):
    libdeflate = importlib.import_module("deflate")

MOST_BATCH_BYTES = 4 * 1024 * 1024
"""An inflated batch may be this long. Captured ones stay below 1 MiB; a gzip bomb is stopped here."""

MOST_MESSAGES = 10_000
"""A batch may hold so many. An empty message has two bytes on the wire and 300 in memory: a frame of 29 KB took 5 GB."""

MOST_UNCOUNTED_BYTES = 256 * 1024
"""What is longer is counted before it is parsed."""

MOST_HEADERS_READ = 64

GZIP_MAGIC = b"\x1f\x8b"
"""No protobuf message begins like this (0x1f would be wire type 7), so sniffing is safe."""

MESSAGES = "msg"
ACK = "ack"
HEARTBEAT = "hb"
ENTER_ROOM = "im_enter_room"


class Fault(StrEnum):
    """What can be wrong with a frame, as it is counted."""

    TEXT = "text_message"
    NOT_A_FRAME = "not_a_frame"
    BAD_GZIP = "bad_gzip"
    TOO_LARGE = "too_large"
    NOT_A_BATCH = "not_a_batch"
    WRONG_WIRE_TYPE = "wrong_wire_type"
    UNDECODABLE_MESSAGE = "undecodable_message"


class MalformedFrame(RelayError):
    """A frame that cannot be used: counted by its `fault`, never fatal."""

    def __init__(self, fault: Fault, reason: str) -> None:
        super().__init__(reason)
        self.fault = fault


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message of a batch, still encoded. `method` names what `payload` is."""

    method: str
    payload: bytes
    message_id: int = 0
    is_history: bool = False


_of_message = attrgetter(*Message.__struct_fields__)


class Batch(msgspec.Struct, frozen=True, gc=False):
    """What one frame, or a signed fetch, carried. `route_params` and `push_server` are filled in a signed fetch only."""

    messages: tuple[Message, ...] = ()
    cursor: str = ""
    internal_ext: bytes = b""
    need_ack: bool = False
    push_server: str = ""
    route_params: Mapping[str, str] = {}


class Frame(msgspec.Struct, frozen=True, gc=False):
    """A push frame with its payload inflated."""

    payload_type: str
    payload: bytes
    log_id: int = 0


def read_frame(data: bytes, *, most_bytes: int = MOST_BATCH_BYTES) -> Frame:
    """Parse one binary websocket message. Raises `MalformedFrame`."""
    _refuse_crowded(data)
    frame = _parse(pb.PushFrame, data, Fault.NOT_A_FRAME)
    payload_type, payload = frame.payload_type, frame.payload
    if not payload_type or not payload:
        _refuse_mistyped(pb.PushFrame, data)
    if not payload_type:
        raise MalformedFrame(Fault.NOT_A_FRAME, "the frame names no payload type")
    if payload[:2] == GZIP_MAGIC:
        payload = _inflate(payload, most_bytes)
    elif payload and _says_gzip(frame):
        raise MalformedFrame(Fault.BAD_GZIP, "the frame says gzip, its payload is none")
    return Frame(payload_type, payload, frame.log_id)


def read_batch(payload: bytes) -> Batch:
    """Parse the payload of a `msg` frame or the body of a signed fetch. Raises `MalformedFrame`."""
    _refuse_crowded(payload)
    result = _parse(pb.FetchResult, payload, Fault.NOT_A_BATCH)
    listed, push_server = result.messages, result.push_server
    if len(listed) > MOST_MESSAGES:
        raise MalformedFrame(Fault.TOO_LARGE, f"the batch holds {len(listed)} messages")
    messages = tuple(starmap(Message, map(_of_message, listed[:])))
    if not messages:
        _refuse_mistyped(pb.FetchResult, payload)
    return Batch(
        messages,
        result.cursor,
        result.internal_ext,
        result.need_ack,
        push_server,
        # Parameters of an address that is not there are of no use, and to look for them costs as much as a message.
        dict(result.route_params) if push_server else {},
    )


def enter_room(room_id: int) -> bytes:
    """The frame that subscribes the socket to a room. Sent again with another room, it switches."""
    entry = pb.EnterRoom(room_id=room_id, live_id=12, identity="audience", filter_welcome_msg="0")
    return _frame(ENTER_ROOM, entry.SerializeToString())


def heartbeat(room_id: int, seq: int) -> bytes:
    """The frame that keeps the socket. `seq` counts from 1."""
    return _frame(HEARTBEAT, pb.Heartbeat(room_id=room_id, send_seq=seq).SerializeToString())


def ack(log_id: int, internal_ext: bytes) -> bytes:
    """The answer to a frame whose batch says `need_ack`: its `log_id`, and the batch's `internal_ext` as it came.

    "-" for an empty one is what the Python client sends that TikTok is known to accept.
    """
    return _frame(ACK, internal_ext or b"-", log_id=log_id)


def _frame(payload_type: str, payload: bytes, *, log_id: int = 0) -> bytes:
    frame = pb.PushFrame()  # by keyword it takes a third longer, and there is an ack for every frame
    frame.log_id, frame.payload_encoding, frame.payload_type, frame.payload = log_id, "pb", payload_type, payload
    return frame.SerializeToString()


def _parse(kind: type[M], data: bytes, fault: Fault) -> M:
    try:
        return kind.FromString(data)
    except ProtobufError as error:
        raise MalformedFrame(fault, f"{len(data)} bytes are no {kind.DESCRIPTOR.name}") from error


def _refuse_crowded(data: bytes) -> None:
    """Many tiny fields would cost seconds and gigabytes to parse; to count them up to the limit costs milliseconds."""
    if len(data) > MOST_UNCOUNTED_BYTES and wire.has_more_fields(data, MOST_MESSAGES):
        raise MalformedFrame(Fault.TOO_LARGE, f"{len(data)} bytes hold more than {MOST_MESSAGES} fields")


def _refuse_mistyped(kind: type[ProtobufMessage], data: bytes) -> None:
    if number := wire.mistyped(kind, data):
        raise MalformedFrame(Fault.WRONG_WIRE_TYPE, f"field {number} of {kind.DESCRIPTOR.name} has a wrong wire type")


def _says_gzip(frame: pb.PushFrame) -> bool:
    headers = islice(frame.headers, MOST_HEADERS_READ)
    return any(header.key == "compress_type" and header.value == "gzip" for header in headers)


def _inflate(data: bytes, most_bytes: int) -> bytes:
    """Gunzip, never holding more than `most_bytes` + 1."""
    # The end of a gzip stream says how long it was. Where that is a lie, or anything else is wrong, zlib says what.
    size = int.from_bytes(data[-4:], "little")
    if libdeflate is not None and 0 < size <= most_bytes:
        with contextlib.suppress(libdeflate.DeflateError):
            return bytes(libdeflate.gzip_decompress(data, size))
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(data, most_bytes + 1)
    except zlib.error as error:
        raise MalformedFrame(Fault.BAD_GZIP, "the gzip stream is damaged") from error
    if len(plain) > most_bytes:
        raise MalformedFrame(Fault.TOO_LARGE, f"the batch inflates to more than {most_bytes} bytes")
    if not inflater.eof:
        raise MalformedFrame(Fault.BAD_GZIP, "the gzip stream is cut short")
    return plain
