"""What keeps a watch from being posted, until a person puts it right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.ids import WatchId


class FaultKind(StrEnum):
    """Each has a remedy that an admin can follow (`bot.services.remedies`)."""

    CHANNEL_GONE = "channel_gone"
    NO_ACCESS = "no_access"
    NO_SEND = "no_send"
    NO_EMBEDS = "no_embeds"
    LOCKED = "locked"
    NOT_TEXT = "not_text"
    PING_REFUSED = "ping_refused"
    ADULTS = "adults"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Fault:
    """`is_final`: the watch was paused for it. `told_at`: when the guild was told, which happens once."""

    watch_id: WatchId
    kind: FaultKind
    detail: str
    since: datetime
    is_final: bool = False
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing can be posted in a channel for now: Discord's code, in words, since when (monotonic), how often it refused."""

    code: int
    reason: str
    since_s: float
    refusals: int = 1


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for a channel: lines, since when the first of them (seconds), and why nothing goes out.

    `left_out`: lines that were not posted since the bot's start, or since the channel has a queue again.
    """

    waiting: int = 0
    lag_s: float = 0.0
    left_out: int = 0
    trouble: Trouble | None = None
