"""The live check, shared: rooms that are asked about within a moment of each other go into one request."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection

from bot.clock import Clock
from bot.errors import SourceError, Unclear
from bot.events import Handle, RoomId
from bot.ingest.gathering import Gathering
from bot.ingest.settings import IngestSettings
from bot.ingest.together import side_by_side
from bot.tiktok.source import MOST_CHECKED, Room, Rooms

_log = logging.getLogger(__name__)


class SharedRooms:
    """`source.Rooms` whose `is_alive` is asked for many at once. `run` must be running, or nobody gets an answer."""

    def __init__(self, rooms: Rooms, clock: Clock, settings: IngestSettings) -> None:
        self._rooms = rooms
        self._clock = clock
        self._gathering = Gathering(window_s=settings.gather_checks_s, most=MOST_CHECKED)
        self._waiting: defaultdict[RoomId, set[asyncio.Future[bool]]] = defaultdict(set)
        self._changed = asyncio.Event()

    async def look_up(self, handle: Handle) -> Room:
        return await self._rooms.look_up(handle)

    async def is_age_restricted(self, room_id: RoomId) -> bool:
        return await self._rooms.is_age_restricted(room_id)

    async def are_alive(self, room_ids: Collection[RoomId]) -> dict[RoomId, bool]:
        return await self._rooms.are_alive(room_ids)

    async def is_alive(self, room_id: RoomId) -> bool:
        """Whether a known room is still live. Raises `SourceError`."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[room_id].add(answer)
        self._gathering.join(room_id, self._clock.monotonic())
        self._changed.set()
        try:
            return await answer
        finally:
            asking = self._waiting[room_id]
            asking.discard(answer)
            if not asking:
                del self._waiting[room_id]
                self._gathering.leave(room_id)

    async def run(self) -> None:
        """Ask, one request after the other, until cancelled."""
        while True:
            self._changed.clear()
            wait_s = self._gathering.wait_s(self._clock.monotonic())
            if wait_s is None:
                await self._changed.wait()
            elif wait_s > 0:
                await side_by_side(self._clock.sleep(wait_s), self._changed.wait())
            else:
                await self._ask(self._gathering.take())

    async def _ask(self, room_ids: Collection[RoomId]) -> None:
        error: Exception | None = None
        alive: dict[RoomId, bool] = {}
        try:
            alive = await self._rooms.are_alive(room_ids)
        except SourceError as failed:
            error = failed
        except Exception as failed:  # noqa: BLE001  # those who asked must hear of it, and the others go on asking
            _log.exception("the live check failed")
            error = failed
        for room_id in room_ids:
            for answer in self._waiting.get(room_id, ()):
                if answer.done():
                    continue
                if room_id in alive:
                    answer.set_result(alive[room_id])
                else:
                    answer.set_exception(error or Unclear(f"TikTok's live check says nothing about room {room_id}"))
