"""The newest events of all creators, for readers who keep up: they need no database. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from bot.events.codec import Logged
from bot.model.ids import CreatorId

MOST_OF_ONE = 512
MOST_OF_ALL = 32_768
"""About 40 MB, or three seconds of ten thousand events. When it is full the oldest batches go, whosever they are: their readers
find them in the table.
"""


class HotTail:
    """Each creator's last batches, in order and without holes; of one as few as hold `most_of_one` events."""

    def __init__(self, *, most_of_one: int = MOST_OF_ONE, most_of_all: int = MOST_OF_ALL) -> None:
        self._most_of_one = most_of_one
        self._most_of_all = most_of_all
        self._tails: dict[CreatorId, deque[Sequence[Logged]]] = {}
        self._order: deque[tuple[CreatorId, int]] = deque()
        self._held = 0

    def __len__(self) -> int:
        return self._held

    def add(self, creator_id: CreatorId, logged: Sequence[Logged]) -> None:
        """These were logged. If they do not follow on what is held (some were missed), what is held goes."""
        tail = self._tails.get(creator_id)
        if tail and tail[-1][-1].seq + 1 != logged[0].seq:
            self.drop(creator_id, tail[-1][-1].seq)
        tail = self._tails.setdefault(creator_id, deque())
        while tail and logged[-1].seq - tail[0][-1].seq >= self._most_of_one:
            self._held -= len(tail.popleft())
        tail.append(logged)
        self._held += len(logged)
        self._order.append((creator_id, logged[-1].seq))
        # The order is bounded too: a single busy creator never fills the whole.
        while self._held > self._most_of_all or len(self._order) > self._most_of_all:
            self.drop(*self._order.popleft())

    def after(self, creator_id: CreatorId, seq: int, limit: int) -> list[Logged] | None:
        """Up to `limit` events behind `seq`; None when they are not all here."""
        tail = self._tails.get(creator_id)
        if not tail or tail[0][0].seq > seq + 1:
            return None
        found: list[Logged] = []
        for batch in tail:
            if batch[-1].seq > seq and len(found) < limit:
                start = max(0, seq + 1 - batch[0].seq)
                found += batch[start : start + limit - len(found)]
        return found

    def drop(self, creator_id: CreatorId, through_seq: int) -> None:
        """Let go of this creator's batches that end at `through_seq` or before."""
        tail = self._tails.get(creator_id)
        while tail and tail[0][-1].seq <= through_seq:
            self._held -= len(tail.popleft())
        if not tail:
            self._tails.pop(creator_id, None)
