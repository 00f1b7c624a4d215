"""What one text message of the edge is. Pure; any input has an answer.

Nearly all are `{"event": name, "data": {…}}`. The others: `roomInfo` has no `data` but its fields beside `event`; a notice
before a limit closes the stream has only a `type`; some are the edge's own bookkeeping, which clients drop.
"""

from __future__ import annotations

import re
from collections import Counter
from enum import Enum
from typing import NamedTuple

import msgspec

from bot.tiktok.tiktools.fields import Json, items, record, text

MOST_FRAME_BYTES = 8 * 1024 * 1024
"""As the official client allows."""
KEPT_OF_UNREADABLE = 4_096
"""Bytes that are kept of a frame that cannot be read, so that somebody can see what it was."""

NUDGES = frozenset({"anon_limit", "demo_limit", "session_limit", "rate_limited"})
"""Notices of a limit. The last one is what the decoding service says, with its text as `error`."""
NOT_LIVE = "not_live"
ROOM_INFO = "roomInfo"
BOOKKEEPING = frozenset({"ping", "pong", "_journal"})
"""Clients neither show nor answer these."""

_LONE_HIGH = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])")
_LONE_LOW = re.compile(rb"(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}")

_decoder = msgspec.json.Decoder()


class Fault(Enum):
    """Why a frame could not be read, or not as what it says it is."""

    TOO_LARGE = "too large"
    NOT_JSON = "not JSON"
    TOO_DEEP = "nested too deeply"
    NO_OBJECT = "no JSON object"
    NAMELESS = "without a name"
    UNDECODABLE = "not what its name says"


Faults = Counter[Fault]


class Frame(NamedTuple):
    """One event as the edge sent it. `name` is "" where it has none, `raw` the frame's own bytes."""

    name: str
    data: Json
    raw: bytes


def read(message: str | bytes, faults: Faults | None = None) -> list[Frame]:
    """The events of a message: one, several for a batch, none for bookkeeping. What is unreadable is a nameless frame."""
    raw = message.encode("utf-8", "replace") if isinstance(message, str) else message
    faults = Counter() if faults is None else faults
    if len(raw) > MOST_FRAME_BYTES:
        return _unreadable(raw, Fault.TOO_LARGE, faults)
    try:
        whole = _parsed(raw)
    except RecursionError:
        return _unreadable(raw, Fault.TOO_DEEP, faults)
    except ValueError:
        return _unreadable(raw, Fault.NOT_JSON, faults)
    if not isinstance(whole, dict):
        return _unreadable(raw, Fault.NO_OBJECT, faults)
    if isinstance(whole.get("events"), list) and "event" not in whole:
        return [_bare(record(each), raw, faults) for each in items(whole["events"])]
    return _one(whole, raw, faults)


def _parsed(raw: bytes) -> object:
    try:
        return _decoder.decode(raw)
    except ValueError:
        # Half an emoji, as a JavaScript that cuts a text writes it: no text at all, but the rest of the frame is fine.
        mended = _LONE_LOW.sub(rb"\\ufffd", _LONE_HIGH.sub(rb"\\ufffd", raw))
        if mended == raw:
            raise
        return _decoder.decode(mended)


def _one(whole: Json, raw: bytes, faults: Faults) -> list[Frame]:
    data = whole.get("data")
    # Without a `data` object the whole frame is the payload: roomInfo, notices, and what we do not know yet.
    payload = data if isinstance(data, dict) else whole
    name = text(whole.get("event")) or text(payload.get("type"))
    if name in BOOKKEEPING:
        return []
    if not name:
        faults[Fault.NAMELESS] += 1
    return [Frame(name, payload, raw)]


def _bare(payload: Json, raw: bytes, faults: Faults) -> Frame:
    """An event of a batch has no envelope; its `type` is its name."""
    name = text(payload.get("type"))
    if not name:
        faults[Fault.NAMELESS] += 1
    try:
        own = msgspec.json.encode(payload)
    except RecursionError:  # nested to the very limit: it could be read, but not written
        own = raw[:KEPT_OF_UNREADABLE]
    return Frame(name, payload, own)


def _unreadable(raw: bytes, fault: Fault, faults: Faults) -> list[Frame]:
    faults[fault] += 1
    return [Frame("", {}, raw[:KEPT_OF_UNREADABLE])]
