"""The newest events of all creators, for readers who keep up: they need no database. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice

from bot.events.codec import Logged
from bot.model.ids import CreatorId

MOST_OF_ONE = 512
MOST_OF_ALL = 16_384
"""About 20 MB. When it is full the oldest events go, whosever they are: their readers find them in the table."""


class HotTail:
    """Each creator's last events, in order and without holes."""

    def __init__(self, *, most_of_one: int = MOST_OF_ONE, most_of_all: int = MOST_OF_ALL) -> None:
        self._most_of_one = most_of_one
        self._most_of_all = most_of_all
        self._tails: dict[CreatorId, deque[Logged]] = {}
        self._order: deque[tuple[CreatorId, int]] = deque()
        self._held = 0

    def __len__(self) -> int:
        return self._held

    def add(self, creator_id: CreatorId, logged: Sequence[Logged]) -> None:
        """These were logged. If they do not follow on what is held (some were missed), what is held goes."""
        tail = self._tails.setdefault(creator_id, deque(maxlen=self._most_of_one))
        if tail and tail[-1].seq + 1 != logged[0].seq:
            self._held -= len(tail)
            tail.clear()
        before = len(tail)
        tail.extend(logged)
        self._held += len(tail) - before
        self._order.append((creator_id, logged[-1].seq))
        # The order is bounded too: a single busy creator never fills the whole.
        while self._held > self._most_of_all or len(self._order) > self._most_of_all:
            self.drop(*self._order.popleft())

    def after(self, creator_id: CreatorId, seq: int, limit: int) -> list[Logged] | None:
        """Up to `limit` events behind `seq`; None when they are not all here."""
        tail = self._tails.get(creator_id)
        if not tail or tail[0].seq > seq + 1:
            return None
        start = seq + 1 - tail[0].seq
        return list(islice(tail, start, start + limit))

    def drop(self, creator_id: CreatorId, through_seq: int) -> None:
        """Let go of this creator's events up to `through_seq`."""
        tail = self._tails.get(creator_id)
        while tail and tail[0].seq <= through_seq:
            tail.popleft()
            self._held -= 1
        if not tail:
            self._tails.pop(creator_id, None)
