"""A captured room, played back through the sandbox at its own pace, byte for byte. Pure but for `read`.

A capture is a file of lines `{"n", "method", "received_at", "host", "room_id", "payload"}` (`.gz` is read as gzip); the bytes of
`payload` are sent as they are. `host` is the creator's handle.

Which LIVEs a host had: each room id is one LIVE, from its first to its last line. A room id whose lines all lie within
another's is no LIVE of this host: TikTok sends such foreign messages (gift broadcasts, PK links) over a room's socket, so they
stay in it. Lines without a room id belong to the LIVE they fall into. LIVEs follow one another, each with its own room id.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from google.protobuf.message import DecodeError

from sandbox.tiktok.messages import ENDED, SUSPENDED
from sandbox.tiktok.pb import webcast_pb2 as pb
from sandbox.tiktok.world import Creator

IDLE_MOST_S = 3.0
"""Longer silences are cut to this."""


class CaptureError(Exception):
    """The capture cannot be played; the message says why, and what could be played instead."""


@dataclass(frozen=True, slots=True)
class Line:
    """One captured message."""

    method: str
    payload: bytes
    room_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Live:
    """One LIVE of the captured host: its room and everything that came over its socket."""

    room_id: str
    lines: tuple[Line, ...]


def read(path: Path, host: str) -> list[Live]:
    """The LIVEs of `host` in this capture. Raises CaptureError when there are none."""
    opener = gzip.open if path.suffix == ".gz" else open
    found: list[Line] = []
    hosts: dict[str, int] = {}
    number = 0
    try:
        with opener(path, "rb") as file:
            for text in file:
                row = json.loads(text)
                hosts[row["host"]] = hosts.get(row["host"], 0) + 1
                if row["host"].lower() == host.lower():
                    found.append(parse(row))
                number += 1
    except (OSError, EOFError) as wrong:
        raise CaptureError(f"{path} cannot be read: {wrong}") from None
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as wrong:
        raise CaptureError(f"line {number} of {path} is no captured message: {wrong!r}") from None
    if not found:
        most = ", ".join(sorted(hosts, key=lambda name: -hosts[name])[:5]) or "nobody"
        raise CaptureError(f"{path} holds no message of {host!r}; most are of: {most}")
    return lives(found)


def parse(row: dict[str, str]) -> Line:
    """One line's JSON. Times are UTC, with or without their Z, in up to nanoseconds."""
    at = datetime.fromisoformat(row["received_at"])
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    payload = base64.b64decode(row["payload"], validate=True)
    return Line(row["method"], payload, row.get("room_id", ""), int(at.timestamp() * 1000))


def lives(lines: Iterable[Line]) -> list[Live]:
    """Cut one host's lines into its LIVEs, in the order of time."""
    ordered = sorted(lines, key=lambda line: line.at_ms)
    spans: dict[str, tuple[int, int]] = {}
    for place, line in enumerate(ordered):
        if line.room_id:
            spans[line.room_id] = (spans.get(line.room_id, (place, place))[0], place)
    own = {room_id: span for room_id, span in spans.items() if not _is_foreign(span, spans.values())}
    if not own:
        raise CaptureError("no message of this host names its room")
    gathered: dict[str, list[Line]] = {room_id: [] for room_id in own}
    now_in = next(iter(own))
    for line in ordered:
        now_in = line.room_id if line.room_id in own else now_in
        gathered[now_in].append(line)
    return [Live(room_id, tuple(gathered[room_id])) for room_id in own]


def _is_foreign(span: tuple[int, int], spans: Iterable[tuple[int, int]]) -> bool:
    return any(other[0] < span[0] and span[1] < other[1] for other in spans)


def pauses(lines: Sequence[Line], *, most_s: float = IDLE_MOST_S) -> Iterator[float]:
    """The seconds before each line; the first has none."""
    before = lines[0].at_ms
    for line in lines:
        yield min((line.at_ms - before) / 1000, most_s)
        before = line.at_ms


def scene(creator: Creator, played: Sequence[Live], *, wait_for_listener: bool = True) -> Iterator[float]:
    """Play the LIVEs one after the other; each pause is yielded in seconds.

    A LIVE waits for its first listener, so that nothing of it is missed. After its last line it ends as by its host (control 3),
    unless the capture holds its end; the creator is offline then.
    """
    for live in played:
        room = creator.go_live(room_id=live.room_id)
        while wait_for_listener and not room.sockets:
            yield 0.1
        for pause_s, line in zip(pauses(live.lines), live.lines, strict=True):
            if pause_s:
                yield pause_s
            room.raw(line.method, line.payload, message_id=_message_id(line))
            if _ends(line):
                room.end(announced=False)
        yield IDLE_MOST_S
        room.end()


def _message_id(line: Line) -> str:
    """The id inside the payload, for the envelope; 0 where it has none."""
    try:
        return str(pb.AnyMessage.FromString(line.payload).base.message_id)
    except DecodeError:
        return "0"


def _ends(line: Line) -> bool:
    if line.method != "WebcastControlMessage":
        return False
    try:
        return pb.Control.FromString(line.payload).action in (ENDED, SUSPENDED)
    except DecodeError:
        return False
