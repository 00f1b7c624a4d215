"""SOURCES: bytes or JSON -> events. Knows events, a clock and errors, nothing else of ours: it could be published alone.

For programmers, everything is here: `from bot.tiktok import CommentEvent, LiveClient`.
"""

from __future__ import annotations

from bot import errors, events
from bot.errors import (
    AgeRestricted,
    AlreadyConnected,
    BadInput,
    BlockedHandshake,
    ConnectionLost,
    ConnectionRefused,
    CreatorNotFound,
    CreatorOffline,
    DownloadFailed,
    RateLimited,
    RelayError,
    SignRefused,
    SourceError,
    Unclear,
)
from bot.events import *  # noqa: F403  # every event class, under the one name that people import from
from bot.tiktok.client import LiveClient
from bot.tiktok.download import Download, Progress
from bot.tiktok.reconnect import Reconnect
from bot.tiktok.room_info import RoomDetails
from bot.tiktok.source import Room, Source

__all__ = [
    "AgeRestricted",
    "AlreadyConnected",
    "BadInput",
    "BlockedHandshake",
    "ConnectionLost",
    "ConnectionRefused",
    "CreatorNotFound",
    "CreatorOffline",
    "Download",
    "DownloadFailed",
    "LiveClient",
    "Progress",
    "RateLimited",
    "Reconnect",
    "RelayError",
    "Room",
    "RoomDetails",
    "SignRefused",
    "Source",
    "SourceError",
    "Unclear",
    "errors",
    "events",
]
__all__ += events.__all__
