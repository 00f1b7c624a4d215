"""A case: something that moderators should look at, and who does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.events.ids import Handle, RoomId, ViewerId
from bot.model.ids import CaseId, CreatorId, DiscordUserId, GuildId, WatchId

FORGOTTEN = "forgotten:"
"""Begins the key of a case whose viewer has been forgotten: what it was before named them."""


class CaseKind(StrEnum):
    """What began it."""

    REMOVAL = "removal"
    WATCHLIST = "watchlist"
    MANUAL = "manual"


class CaseState(StrEnum):
    """Where it stands. Which move leads where is a table in `bot.moderation.cases`."""

    OPEN = "open"
    CLAIMED = "claimed"
    ESCALATED = "escalated"
    DONE = "done"
    FALSE_ALARM = "false_alarm"


@dataclass(frozen=True, slots=True)
class Case:
    """One case of one guild, with its number there. It never holds a viewer's text: that stays in the comment table.

    `key` makes it one however often its cause is heard of. `first_seq` to `last_seq` (of the creator's log) bound the comments
    that it is about; `comments` counts them, `unseen` those whose text was never received. `facts`: JSON for the card.
    """

    id: CaseId
    guild_id: GuildId
    number: int
    key: str
    kind: CaseKind
    creator_id: CreatorId
    room_id: RoomId
    viewer_id: ViewerId
    viewer_handle: Handle
    viewer_name: str
    opened_at: datetime
    state: CaseState = CaseState.OPEN
    owner_id: DiscordUserId | None = None
    watch_id: WatchId | None = None
    first_seq: int = 0
    last_seq: int = 0
    comments: int = 0
    unseen: int = 0
    reveals: int = 0
    claimed_at: datetime | None = None
    closed_at: datetime | None = None
    escalated_at: datetime | None = None
    facts: str = ""

    @property
    def is_forgotten(self) -> bool:
        """Whether the viewer asked to be forgotten: it is about nobody any more."""
        return self.key.startswith(FORGOTTEN)


@dataclass(frozen=True, slots=True)
class CaseStep:
    """What somebody did to a case: its audit log. `actor_id` 0 is the bot itself. `note` is a moderator's own text."""

    at: datetime
    actor_id: DiscordUserId
    action: str
    note: str = ""
