"""Long lists in portions: a statement takes a limited number of values (SQLite's own builds: 32,766). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TypeVar

T = TypeVar("T", int, str)

MOST_VALUES = 5_000


def in_portions(ids: Collection[T], *, most: int = MOST_VALUES) -> Iterator[list[T]]:
    """The ids that name something, each once, at most `most` at a time: lines that nobody wrote have empty ids."""
    named = sorted({each for each in ids if each})
    for start in range(0, len(named), most):
        yield named[start : start + most]
