"""The lines that wait in a watch's part of a lane, in the order of the log. Pure.

A full lane asks at every line which chat line is the oldest, and a combo at every gift which line is its own: neither may cost a
look through all that waits, so chat stands in a queue of its own, and lines that grow are known by what they are about.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import merge

from bot.model.draft import Line, Urgency


@dataclass(slots=True)
class Queued:
    """A waiting line and since when (monotonic)."""

    line: Line
    at: float

    @property
    def seq(self) -> int:
        """The line's place in the log."""
        return self.line.seq


def _seq(queued: Queued) -> int:
    return queued.line.seq


class Waiting:
    """Lines by seq, none of them twice."""

    def __init__(self) -> None:
        self._chat: deque[Queued] = deque()
        self._rest: deque[Queued] = deque()
        self._growing: dict[str, Queued] = {}

    def __len__(self) -> int:
        return len(self._chat) + len(self._rest)

    def __iter__(self) -> Iterator[Queued]:
        return merge(self._chat, self._rest, key=_seq)

    @property
    def first(self) -> Queued:
        """The oldest by seq. Only while something waits."""
        return min((queue[0] for queue in (self._chat, self._rest) if queue), key=_seq)

    @property
    def last(self) -> Queued:
        """The newest by seq. Only while something waits."""
        return max((queue[-1] for queue in (self._chat, self._rest) if queue), key=_seq)

    @property
    def oldest_chat(self) -> Queued | None:
        """The line that is the first to give way."""
        return self._chat[0] if self._chat else None

    def growing(self, key: str) -> Queued | None:
        """The line that is about this, while it waits: the caller may put a newer text into it."""
        return self._growing.get(key)

    def add(self, queued: Queued) -> None:
        """At its place by seq, which nearly always is the end."""
        queue = self._chat if queued.line.urgency >= Urgency.CHAT else self._rest
        behind: list[Queued] = []
        while queue and queue[-1].line.seq > queued.line.seq:
            behind.append(queue.pop())
        queue.append(queued)
        queue.extend(reversed(behind))
        if queued.line.grows:
            self._growing[queued.line.grows] = queued

    def take(self) -> Queued:
        """Remove the first and return it."""
        queue = self._chat if self.first is self.oldest_chat else self._rest
        return self._gone(queue.popleft())

    def take_oldest_chat(self) -> Queued:
        """Remove the oldest chat line and return it. Only while there is one."""
        return self._gone(self._chat.popleft())

    def drop(self, is_unwanted: Callable[[Line], bool]) -> int:
        """Remove lines; return how many went."""
        doomed = [queued for queued in self if is_unwanted(queued.line)]
        for queued in doomed:
            self._gone(queued)
        gone = {id(queued) for queued in doomed}
        self._chat = deque(queued for queued in self._chat if id(queued) not in gone)
        self._rest = deque(queued for queued in self._rest if id(queued) not in gone)
        return len(doomed)

    def _gone(self, queued: Queued) -> Queued:
        if queued.line.grows:
            self._growing.pop(queued.line.grows, None)
        return queued
