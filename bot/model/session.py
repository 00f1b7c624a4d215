"""One LIVE of a creator, as long as we know of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.events.ids import RoomId
from bot.model.ids import CreatorId


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A room from when we first saw it until its end.

    `started_at_ms` is TikTok's word for the start, 0 if it did not say. `last_frame_at_ms` (our clock) is stored every few
    seconds: after a crash, the time between it and now is the gap to admit. `ended_at_ms` is None while the LIVE goes on.
    """

    creator_id: CreatorId
    room_id: RoomId
    started_at_ms: int
    last_frame_at_ms: int
    ended_at_ms: int | None = None
    title: str = ""
