"""What TikTok tells about a room beside its stream of events. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.errors import DownloadFailed
from bot.events import User
from bot.events.base import NO_ROOM
from bot.events.ids import RoomId

QUALITIES = ("origin", "uhd", "hd", "sd", "ld")
"""Best first, in TikTok's own names. `origin` is what the creator sends; not every room has every one."""


@dataclass(frozen=True, slots=True)
class RoomDetails:
    """A room's details (`/webcast/room/info/`), as they were when asked for.

    `status`: 2 live, 3 paused, 4 over. `streams`: addresses of the video by quality, FLV where there is one, else HLS.
    `raw` is TikTok's `data` whole, for what has no name here.
    """

    room_id: RoomId = NO_ROOM
    status: int = 0
    title: str = ""
    started_at_ms: int = 0
    creator: User = field(default_factory=User)
    followers: int = 0
    viewers: int = 0
    total_viewers: int = 0
    likes: int = 0
    shares: int = 0
    cover_url: str = ""
    share_url: str = ""
    hashtag: str = ""
    is_age_restricted: bool = False
    moderator_ids: tuple[str, ...] = ()
    streams: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def stream(self, quality: str) -> str:
        """The address of that quality, else of the nearest lower one, else of the lowest. Raises `DownloadFailed`."""
        if quality not in QUALITIES:
            raise DownloadFailed(f"there is no quality {quality!r}; choose one of {', '.join(QUALITIES)}")
        wanted = QUALITIES.index(quality)
        for name in (*QUALITIES[wanted:], *reversed(QUALITIES[:wanted])):
            if name in self.streams:
                return self.streams[name]
        raise DownloadFailed("TikTok names no video of this room: it is over, or hidden from visitors")
