"""One line of a capture <-> the message it holds. Pure.

A line is a JSON object: `{"n", "method", "received_at", "host", "room_id", "payload"}`. Only `method` and `payload` (base64) must
be there; `host` is the creator's handle, `received_at` an ISO 8601 instant with its zone. Of what came around a message, two
things are kept where they matter: `is_history`, true for one of the backlog that a new connection is told, and `message_id`, the
batch's id for a message that names none. Whatever else stands in a line is passed over.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

import msgspec

from bot.errors import RelayError
from bot.events import Event
from bot.events.ids import Handle, RoomId
from bot.tiktok.webcast.decode import Arrival, DecodeError, decode, unknown


class BadLine(RelayError):
    """The line holds no message; the message says what is wrong with it."""


class Captured(msgspec.Struct, frozen=True):
    """One captured message, still encoded. `received_at_ms` is 0 when the line did not tell."""

    method: str
    payload: bytes
    host: Handle = Handle("")
    room_id: RoomId = RoomId("")
    received_at_ms: int = 0
    is_history: bool = False
    envelope_id: int = 0


class _Line(msgspec.Struct, frozen=True):
    """A line as it stands: all but the first two may be of any type, for they are no part of the contract."""

    method: str
    payload: str
    host: Any = ""
    room_id: Any = ""
    received_at: Any = ""
    is_history: Any = False
    message_id: Any = 0


_encoder = msgspec.json.Encoder()


def read(line: bytes) -> Captured:
    """The message of a line. Raises `BadLine`."""
    try:
        found = msgspec.json.decode(line, type=_Line)
    except msgspec.ValidationError as error:
        raise BadLine(f"the line does not fit: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadLine(f"the line is not JSON: {error}") from None
    try:
        payload = base64.b64decode(found.payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadLine(f"the payload is not base64: {error}") from None
    return Captured(
        found.method,
        payload,
        Handle(_text(found.host)),
        RoomId(_text(found.room_id)),
        _milliseconds(found.received_at),
        found.is_history is True,
        found.message_id if isinstance(found.message_id, int) else 0,
    )


def written(n: int, captured: Captured) -> bytes:
    """The line with number `n` that holds this message, with its line end."""
    fields: dict[str, object] = {
        "n": n,
        "method": captured.method,
        "received_at": _instant(captured.received_at_ms),
        "host": captured.host,
        "room_id": captured.room_id,
        "payload": base64.b64encode(captured.payload).decode("ascii"),
    }
    if captured.is_history:
        fields["is_history"] = True
    if captured.envelope_id:
        fields["message_id"] = captured.envelope_id
    return _encoder.encode(fields) + b"\n"


def event_of(captured: Captured) -> Event:
    """The event of the message. Raises `DecodeError` when the payload is not what its method says."""
    return decode(
        captured.method,
        captured.payload,
        creator=captured.host,
        received_at_ms=captured.received_at_ms,
        room_id=captured.room_id,
        is_history=captured.is_history,
        envelope_id=captured.envelope_id,
    )


def any_event_of(captured: Captured) -> Event:
    """The event of the message; `UnknownEvent` also when the payload is not what its method says, as on a live socket."""
    try:
        return event_of(captured)
    except DecodeError:
        arrival = Arrival(captured.host, captured.received_at_ms, captured.room_id, captured.is_history, captured.envelope_id)
        return unknown(captured.method, captured.payload, arrival)


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) else ""


def _milliseconds(value: object) -> int:
    """Milliseconds of an ISO 8601 text with its zone, 0 for anything else."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return 0
    return round(at.timestamp() * 1000) if at is not None and at.tzinfo is not None else 0


def _instant(at_ms: int) -> str:
    """`2023-09-13T18:49:50.293Z`."""
    seconds, milliseconds = divmod(at_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z"
