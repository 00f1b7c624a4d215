"""What a source of events promises, whichever way it takes. Pure.

A source yields batches (one for each frame) until the LIVE ends, then stops by itself. It fails with a `SourceError`:
`ConnectionRefused` before the stream opened, `ConnectionLost` after. An edge that cannot say whether there is
a LIVE raises `Unclear`. It opens a new connection at every call of `events`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.events import Event
from bot.events.ids import Handle, RoomId, ViewerId

MOST_CHECKED = 50
"""Rooms, or creators, that one live check may name."""


@dataclass(frozen=True, slots=True)
class Room:
    """A live room, as the look-up found it. `started_at_ms` is 0 when nobody said.

    `told_by`: whose word it is, "" for TikTok's.
    """

    room_id: RoomId
    handle: Handle
    creator_user_id: ViewerId = ViewerId("")
    title: str = ""
    started_at_ms: int = 0
    viewers: int = 0
    cover_url: str = ""
    told_by: str = ""


def is_later(one: RoomId, other: RoomId) -> bool:
    """Whether `one` is the newer of two LIVEs of one host. Ids are numbers that grow."""
    return one.isdecimal() and other.isdecimal() and int(one) > int(other)


class Rooms(Protocol):
    """Finds a creator's live room."""

    async def look_up(self, handle: Handle) -> Room:
        """The room that is live now. Raises `CreatorNotFound`, `CreatorOffline` or `Unclear`."""

    async def is_alive(self, room_id: RoomId) -> bool:
        """Whether a known room is still live. Raises `Unclear`."""

    async def is_age_restricted(self, room_id: RoomId) -> bool:
        """Whether TikTok shows a room to adults only; its stream can often be read all the same. Raises `Unclear`."""

    async def are_alive(self, room_ids: Collection[RoomId]) -> dict[RoomId, bool]:
        """The same of up to `MOST_CHECKED` rooms by one request; rooms that TikTok leaves out are missing. Raises `Unclear`."""


class LiveCheck(Protocol):
    """Says of many creators at once who is live. A hint: it may be late or wrong, TikTok's page decides."""

    async def live_among(self, handles: Collection[Handle]) -> Collection[Handle]:
        """Those of up to `MOST_CHECKED` creators who are said to be live. Raises `SourceError`."""


class Source(Protocol):
    """One way to a room's events."""

    name: str

    def events(self, room: Room) -> AsyncIterator[Sequence[Event]]:
        """Connect and yield each frame's events, in order; the first batch opens with a `ConnectedEvent`."""
