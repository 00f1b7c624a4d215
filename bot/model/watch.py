"""A guild's wish to hear of a creator in a channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.events.ids import Handle
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId


class EventKind(StrEnum):
    """What a watch can be asked to relay, in the words of `/watch events:`."""

    CHAT = "chat"
    GIFT = "gift"
    FOLLOW = "follow"
    SHARE = "share"
    BATTLE = "battle"
    DELETION = "deletion"
    LIVE = "live"
    JOIN = "join"
    LIKE = "like"


DEFAULT_KINDS = frozenset(EventKind) - {EventKind.JOIN, EventKind.LIKE}


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """What is relayed. Every change raises `Watch.revision`."""

    kinds: frozenset[EventKind] = DEFAULT_KINDS
    min_diamonds: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """Active while `ended_at` is None; never hard-deleted while its guild is known. `handle` is the creator's current one."""

    id: WatchId
    guild_id: GuildId
    channel_id: ChannelId
    creator_id: CreatorId
    handle: Handle
    created_at: datetime
    created_by: DiscordUserId
    settings: WatchSettings = field(default_factory=WatchSettings)
    revision: int = 1
    ended_at: datetime | None = None
