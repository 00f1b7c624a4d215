"""What is made of parts that come again and again with the same bytes: made once, then looked up. Pure.

What is kept is frozen, and shared by the events. It pays where more than a third are found: to keep a user makes reading one a
third dearer, to find one again costs a third of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

V = TypeVar("V")

BYTES_MADE = 400
"""About what is made of a part takes, with its place in the table."""

MOST_IDS_KEPT = 10_000

START_BYTES = 40
"""As much as holds a user's id behind the tags and lengths of two messages around it."""


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


class KeptByStart(dict[bytes, tuple[bytes, V]]):
    """The same for long parts that begin with whose they are: the last of each beginning is kept, and compared whole. To hash
    1.5 KB takes ten times as long as to compare them.
    """

    __slots__ = ("_make", "_most_bytes", "bytes")

    def __init__(self, make: Callable[[bytes], V], most_bytes: int) -> None:
        super().__init__()
        self.bytes = 0
        self._make, self._most_bytes = make, most_bytes
        _all.append(self)

    def several(self, parts: Iterable[bytes]) -> list[V]:
        """What `make` made of each."""
        found: list[V] = []
        for part in parts:
            last = self.get(part[:START_BYTES])
            if last is None or last[0] != part:
                last = self._keep(part, last)
            found.append(last[1])
        return found

    def _keep(self, part: bytes, last: tuple[bytes, V] | None) -> tuple[bytes, V]:
        made = part, self._make(part)
        growth = len(part) - len(last[0]) if last is not None else len(part) + BYTES_MADE
        if self.bytes + growth > self._most_bytes:
            self.clear()
            growth = len(part) + BYTES_MADE
        self.bytes += growth
        self[part[:START_BYTES]] = made
        return made

    def clear(self) -> None:
        """Forget all."""
        super().clear()
        self.bytes = 0


class KeptIds(dict[int, str]):
    """Ids as text, for those that all messages of a room share: found in a third of the time, and one text for all of them."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__()
        _all.append(self)

    def __missing__(self, number: int) -> str:
        if len(self) >= MOST_IDS_KEPT:
            self.clear()
        text = self[number] = str(number)
        return text


_all: list[Kept[Any] | KeptByStart[Any] | KeptIds] = []


def forget() -> None:
    """Empty them all (a benchmark's cold start)."""
    for each in _all:
        each.clear()
