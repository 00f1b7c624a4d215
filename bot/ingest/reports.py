"""What people are told of one creator: kept here for whoever asks this process, stored for commands in another one."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime

from bot.clock import Clock
from bot.errors import DatabaseError
from bot.events import Handle, RoomId
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.ids import CreatorId
from bot.storage import creators
from bot.storage.database import Database

_log = logging.getLogger(__name__)


class Reports:
    """One creator's. `status` is the last report."""

    def __init__(self, creator_id: CreatorId, db: Database, clock: Clock) -> None:
        self.status = CreatorStatus(creator_id)
        self._db = db
        self._clock = clock

    async def resume(self) -> CreatorStatus:
        """What an earlier process reported last; no stream is open any more. Raises `DatabaseError`."""
        status = await self._db.read(creators.status, self.status.creator_id)
        if status.connected:
            await self._db.write(creators.set_status, replace(status, connected=False))
        self.status = status
        return status

    async def say(
        self,
        handle: Handle,
        state: CreatorState,
        *,
        reason: str = "",
        room_id: RoomId | None = None,
        title: str = "",
        is_connected: bool = False,
        next_try_s: float | None = None,
    ) -> None:
        """TikTok was just asked. A storage that fails does not cost us the room: the next report says it."""
        if state is not self.status.state:
            _log.info("creator %d (@%s): %s %s", self.status.creator_id, handle, state.value, reason)
        now_ms = self._clock.now_ms()
        self.status = replace(
            self.status,
            state=state,
            room_id=room_id,
            title=title,
            reason=reason,
            connected=is_connected,
            checked_at=_instant(now_ms),
            next_try_at=None if next_try_s is None else _instant(now_ms + round(next_try_s * 1000)),
        )
        try:
            await self._db.write(creators.set_status, self.status)
        except DatabaseError as error:
            _log.warning("creator %d: the status could not be stored: %s", self.status.creator_id, error)

    def learn_age_restriction(self, *, is_restricted: bool) -> None:
        """TikTok's word on their newest room; it goes into the next report."""
        self.status = replace(self.status, is_age_restricted=is_restricted)

    async def leave(self, *, is_dismissed: bool) -> None:
        """What was known stays known, but no stream is open, and of whom nobody watches no next look is planned."""
        status = await self._db.read(creators.status, self.status.creator_id)
        next_try_at = None if is_dismissed else status.next_try_at
        await self._db.write(creators.set_status, replace(status, connected=False, next_try_at=next_try_at))


def _instant(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
