"""Live sessions: which rooms a creator had, and when each last gave a sign of life."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from bot.events.ids import RoomId
from bot.model.ids import CreatorId
from bot.model.session import LiveSession
from bot.storage.tables import live_session


def begin(connection: Connection, creator_id: CreatorId, room_id: RoomId, *, now_ms: int, started_at_ms: int, title: str) -> bool:
    """The room is live; True if we had never seen it. A known room, also one thought ended, goes on as the same session."""
    same = (live_session.c.creator_id == creator_id) & (live_session.c.room_id == room_id)
    if connection.execute(update(live_session).where(same).values(ended_at_ms=None, title=title)).rowcount:
        return False
    connection.execute(
        insert(live_session).values(
            creator_id=creator_id,
            room_id=room_id,
            title=title,
            started_at_ms=started_at_ms,
            first_seen_at_ms=now_ms,
            last_frame_at_ms=now_ms,
        )
    )
    return True


def touch(connection: Connection, rows: Sequence[tuple[CreatorId, RoomId, int]]) -> None:
    """Note each room's last sign of life (our clock, ms); never backwards."""
    if not rows:
        return
    statement = (
        update(live_session)
        .where(live_session.c.creator_id == bindparam("creator"), live_session.c.room_id == bindparam("room"))
        .where(live_session.c.last_frame_at_ms < bindparam("frame"))
        .values(last_frame_at_ms=bindparam("frame"))
    )
    connection.execute(statement, [{"creator": creator, "room": room, "frame": at_ms} for creator, room, at_ms in rows])


def end(connection: Connection, creator_id: CreatorId, room_id: RoomId, *, now_ms: int) -> None:
    """The LIVE is over; the first word of it counts."""
    same = (live_session.c.creator_id == creator_id) & (live_session.c.room_id == room_id)
    connection.execute(update(live_session).where(same, live_session.c.ended_at_ms.is_(None)).values(ended_at_ms=now_ms))


def starts(connection: Connection, creator_id: CreatorId, *, since_ms: int) -> list[int]:
    """When the creator's LIVEs began that we saw since then: by TikTok's clock, or when we first saw the room (UTC ms)."""
    began = select(live_session.c.started_at_ms, live_session.c.first_seen_at_ms).where(
        live_session.c.creator_id == creator_id, live_session.c.first_seen_at_ms >= since_ms
    )
    return [row.started_at_ms or row.first_seen_at_ms for row in connection.execute(began)]


def open_of(connection: Connection, creator_id: CreatorId) -> LiveSession | None:
    """The creator's room that has not ended as far as we know; the newest if there are several."""
    return _newest(connection, (live_session.c.creator_id == creator_id) & live_session.c.ended_at_ms.is_(None))


def latest(connection: Connection, creator_id: CreatorId) -> LiveSession | None:
    """The creator's newest room, ended or not."""
    return _newest(connection, live_session.c.creator_id == creator_id)


def _newest(connection: Connection, which: ColumnElement[bool]) -> LiveSession | None:
    row = connection.execute(
        select(live_session).where(which).order_by(live_session.c.first_seen_at_ms.desc()).limit(1)
    ).one_or_none()
    if row is None:
        return None
    return LiveSession(
        creator_id=CreatorId(row.creator_id),
        room_id=RoomId(row.room_id),
        started_at_ms=row.started_at_ms,
        last_frame_at_ms=row.last_frame_at_ms,
        ended_at_ms=row.ended_at_ms,
        title=row.title,
    )
