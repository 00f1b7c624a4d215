"""How far each consumer has come in each creator's log."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from bot.model.ids import CreatorId, WatchId
from bot.storage.tables import cursor


def of_watch(watch_id: WatchId) -> str:
    """The consumer name of a watch."""
    return f"watch:{watch_id}"


def get(connection: Connection, consumer: str, creator_id: CreatorId) -> int | None:
    """The seq up to which everything has had its effect; None for a consumer that never began."""
    return connection.execute(
        select(cursor.c.seq).where(cursor.c.consumer == consumer, cursor.c.creator_id == creator_id)
    ).scalar()


def move(connection: Connection, consumer: str, creator_id: CreatorId, seq: int) -> None:
    """Move on to `seq`; never backwards, whatever order the calls come in."""
    if get(connection, consumer, creator_id) is None:
        connection.execute(insert(cursor).values(consumer=consumer, creator_id=creator_id, seq=seq))
    else:
        mine = (cursor.c.consumer == consumer) & (cursor.c.creator_id == creator_id)
        connection.execute(update(cursor).where(mine, cursor.c.seq < seq).values(seq=seq))
