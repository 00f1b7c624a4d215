"""The body of `python -m bot decode`: captured payloads -> typed events, line for line.

A contract that other programs rely on: input lines `{"method": …, "payload": "<base64>"}` (further keys are welcome), output
`{"n": <0-based line>, "method": …, "event": {"type": …, …}}`, or `{"n": …, "error": …}` for a line that is not decodable.
Every input line has one output line, and nothing stops it early. An unmodelled method is no error: it is `unknown`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from bot.events.codec import to_json
from bot.events.ids import Handle
from bot.tiktok.capture.file import CaptureDamaged
from bot.tiktok.webcast.decode import DecodeError, decode


class CapturedLine(msgspec.Struct, frozen=True):
    """One captured message, and what the recorder knew beside it: of any type, since only the first two are the contract."""

    method: str
    payload: str
    host: Any = ""
    room_id: Any = ""
    received_at: Any = ""


def decode_lines(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """One answer for each line. A capture that breaks off ends in one answer that says so."""
    n = -1
    try:
        for n, line in enumerate(lines):
            yield decode_line(n, line)
    except CaptureDamaged as error:
        yield {"n": n + 1, "error": str(error)}


def decode_line(n: int, line: bytes) -> dict[str, Any]:
    """The answer for line `n`. Never raises."""
    try:
        captured = msgspec.json.decode(line, type=CapturedLine)
    except msgspec.ValidationError as error:
        return {"n": n, "error": f"the line does not fit: {error}"}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return {"n": n, "error": f"the line is not JSON: {error}"}
    try:
        payload = base64.b64decode(captured.payload, validate=True)
    except (binascii.Error, ValueError) as error:
        return {"n": n, "error": f"the payload is not base64: {error}"}
    try:
        event = decode(
            captured.method,
            payload,
            creator=Handle(_text(captured.host)),
            received_at_ms=_instant(captured.received_at),
            room_id=_text(captured.room_id),
        )
    except DecodeError as error:
        return {"n": n, "error": str(error)}
    return {"n": n, "method": captured.method, "event": to_json(event)}


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) else ""


def _instant(value: object) -> int:
    """Milliseconds of an ISO 8601 text with its zone, 0 for anything else."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return 0
    return int(at.timestamp() * 1000) if at is not None and at.tzinfo is not None else 0
