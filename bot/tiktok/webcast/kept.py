"""What is made of parts that come again and again with the same bytes: made once, then looked up. Pure.

What is kept is frozen, and shared by the events. It pays where more than a third are found: to keep a user makes reading one a
third dearer, to find one again costs a third of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

V = TypeVar("V")

BYTES_MADE = 400
"""About what is made of a part takes, with its place in the table."""


class Kept(dict[bytes, V]):
    """`kept[part]` is what `make` made of this part. Emptied when it would be more than `most_bytes`: with many rooms, who is
    oldest hardly matters.
    """

    __slots__ = ("_make", "_most_bytes", "bytes")

    def __init__(self, make: Callable[[bytes], V], most_bytes: int) -> None:
        super().__init__()
        self.bytes = 0
        self._make, self._most_bytes = make, most_bytes
        _all.append(self)

    def __missing__(self, part: bytes) -> V:
        made = self._make(part)
        size = len(part) + BYTES_MADE
        if self.bytes + size > self._most_bytes:
            self.clear()
        self.bytes += size
        self[part] = made
        return made

    def clear(self) -> None:
        """Forget all."""
        super().clear()
        self.bytes = 0


_all: list[Kept[Any]] = []


def forget() -> None:
    """Empty them all (a benchmark's cold start)."""
    for each in _all:
        each.clear()
