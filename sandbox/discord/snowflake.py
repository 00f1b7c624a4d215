"""Discord's ids: 64-bit integers that carry their time. Pure: time is an argument."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime

EPOCH_MS = 1_420_070_400_000
"""The first second of 2015, from which snowflakes count milliseconds."""


def snowflake(at_ms: int, increment: int) -> int:
    """The id of something made at `at_ms`; `increment` tells apart what was made in the same millisecond."""
    return ((at_ms - EPOCH_MS) << 22) | (increment & 0x3FFFFF)


def time_ms(identifier: int) -> int:
    """When the thing with this id was made, UTC milliseconds."""
    return (identifier >> 22) + EPOCH_MS


def iso(at_ms: int) -> str:
    """An instant as Discord writes it: ISO 8601 with microseconds and zone."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="microseconds")


class Snowflakes:
    """Gives out ids that rise strictly and carry the time of `now` (seconds since 1970)."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._increment = itertools.count()
        self._last_ms = 0

    def next(self) -> int:
        # A clock that is set back must not hand out an id that sorts before an older message.
        self._last_ms = max(self._last_ms, int(self._now() * 1000))
        return snowflake(self._last_ms, next(self._increment))
