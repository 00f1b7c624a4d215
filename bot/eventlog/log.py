"""The event log's promises. It is the only bridge between the TikTok half and the Discord half.

- Partitioned by creator: a position is `(creator_id, seq)`, `seq` starts at 1, has no holes, and is never reused.
- One writer for a creator: opening a writer takes the next epoch; what a writer with an older epoch appends is refused.
- Duplicates are dropped before they get a seq: same room, tag and message id among the creator's last 4,096 events.
- What `append` returned is durable; readers see it only then. Reading is in order and at least once.
- Old events go (age, then size); `read` then simply starts later, and `seq` goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.errors import RelayError
from bot.events import Event
from bot.events.codec import Logged
from bot.model.ids import CreatorId

DEDUPE_WINDOW = 4096


class Fenced(RelayError):
    """Another writer holds a newer epoch for this creator: stop writing at once."""


class LogWriter(Protocol):
    """The right to append one creator's events, until a newer epoch takes it."""

    creator_id: CreatorId
    epoch: int

    async def append(self, events: Sequence[Event], *, source: str) -> Sequence[Logged]:
        """Store what is not a duplicate, durably, in one piece; return it with its seqs. Raises `Fenced`."""


class EventLog(Protocol):
    """The log of all creators."""

    async def writer(self, creator_id: CreatorId) -> LogWriter:
        """Take the next epoch of this creator."""

    async def last_seq(self, creator_id: CreatorId) -> int:
        """The newest durable seq, 0 for a creator without events."""

    async def read(self, creator_id: CreatorId, *, after: int, limit: int = 500) -> Sequence[Logged]:
        """Up to about `limit` events with `seq > after`, in order; empty when there are none (yet)."""

    async def wait(self, creator_id: CreatorId, *, after: int, timeout_s: float) -> bool:
        """Return True as soon as there is an event with `seq > after`, False after `timeout_s` or a `wake`."""

    def wake(self, creator_id: CreatorId) -> None:
        """Whoever waits for this creator's events in this process shall look again."""

    async def prune(self, *, received_before_ms: int, most_bytes: int) -> int:
        """Delete batches that are older, then the oldest until the rest fits; return how many events went."""
