"""What an earlier process left of a creator's room: the open session in storage, the newest events in the log."""

from __future__ import annotations

from bot.eventlog.log import DEDUPE_WINDOW, EventLog
from bot.events import Event, Handle
from bot.ingest.counters import Counters
from bot.ingest.presence import Presence
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.ids import CreatorId
from bot.storage import sessions
from bot.storage.database import Database


def wait_left_s(status: CreatorStatus, *, now_ms: int) -> float:
    """What is left of the wait that was noted when TikTok was asked last, 0 if none: who was offline is looked up at once.

    It is never longer than it was meant to be, wherever the machine's clock was set meanwhile.
    """
    if status.next_try_at is None or status.state not in (CreatorState.NOT_FOUND, CreatorState.UNCLEAR):
        return 0.0
    next_try_s = status.next_try_at.timestamp()
    left_s = next_try_s - now_ms / 1000
    return left_s if status.checked_at is None else min(left_s, next_try_s - status.checked_at.timestamp())


async def resumed(
    db: Database, log: EventLog, creator_id: CreatorId, *, creator: Handle, counters: Counters, gap_from_ms: int
) -> Presence | None:
    """The room that they were in when we last looked, None if in none. See `Presence.resumed`."""
    session = await db.read(sessions.open_of, creator_id)
    if session is None:
        return None
    tail = [event for event in await _tail(log, creator_id) if event.room_id == session.room_id]
    return Presence.resumed(session, tail, creator=creator, counters=counters, gap_from_ms=gap_from_ms)


async def _tail(log: EventLog, creator_id: CreatorId) -> list[Event]:
    """The newest events of the log, as far back as it recognises duplicates."""
    last = await log.last_seq(creator_id)
    after = max(0, last - DEDUPE_WINDOW)
    tail: list[Event] = []
    while after < last:
        logged = await log.read(creator_id, after=after)
        if not logged:
            break
        tail.extend(each.event for each in logged)
        after = logged[-1].seq
    return tail
