"""Instants in rows are integer milliseconds, in values of `bot.model` they are UTC datetimes. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import overload

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@overload
def from_ms(at_ms: int) -> datetime: ...
@overload
def from_ms(at_ms: None) -> None: ...
def from_ms(at_ms: int | None) -> datetime | None:
    """The instant, exact to the millisecond."""
    return None if at_ms is None else _EPOCH + timedelta(milliseconds=at_ms)


@overload
def to_ms(at: datetime) -> int: ...
@overload
def to_ms(at: None) -> None: ...
def to_ms(at: datetime | None) -> int | None:
    """Milliseconds; what is finer is cut off, without a detour through floats."""
    return None if at is None else (at - _EPOCH) // timedelta(milliseconds=1)
