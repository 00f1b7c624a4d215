"""The body of `python -m bot decode`: captured payloads -> typed events, line for line.

A contract that other programs rely on: input lines `{"method": …, "payload": "<base64>"}` (further keys are welcome), output
`{"n": <0-based line>, "method": …, "event": {"type": …, …}}`, or `{"n": …, "error": …}` for a line that is not decodable.
Every input line has one output line, and nothing stops it early. An unmodelled method is no error: it is `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot.events.codec import to_json
from bot.tiktok.capture import line as capture_line
from bot.tiktok.capture.file import CaptureDamaged
from bot.tiktok.webcast.decode import DecodeError


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
        captured = capture_line.read(line)
        event = capture_line.event_of(captured)
    except (capture_line.BadLine, DecodeError) as error:
        return {"n": n, "error": str(error)}
    return {"n": n, "method": captured.method, "event": to_json(event)}
