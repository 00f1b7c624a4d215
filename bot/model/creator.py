"""A creator as we keep them, and what we know of them being live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.events.ids import Handle, RoomId, ViewerId
from bot.model.ids import CreatorId


@dataclass(frozen=True, slots=True)
class Creator:
    """`handle` is current and lower-case; `tiktok_user_id` is None until TikTok told us."""

    id: CreatorId
    handle: Handle
    tiktok_user_id: ViewerId | None = None


class CreatorState(StrEnum):
    """What the last look at TikTok said."""

    UNCHECKED = "unchecked"
    LIVE = "live"
    OFFLINE = "offline"
    NOT_FOUND = "not_found"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class CreatorStatus:
    """The last answer, kept so that commands in another process can show it. `connected`: the room's stream is open.

    `is_age_restricted`: TikTok showed their last LIVE to adults only, by its own word; False as long as it never said so. It is
    apart from `state`: the stream of such a room can often be read all the same.
    """

    creator_id: CreatorId
    state: CreatorState = CreatorState.UNCHECKED
    room_id: RoomId | None = None
    title: str = ""
    reason: str = ""
    connected: bool = False
    checked_at: datetime | None = None
    next_try_at: datetime | None = None
    is_age_restricted: bool = False
