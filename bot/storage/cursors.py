"""How far each consumer has come in each creator's log."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from bot.model.ids import CreatorId, WatchId
from bot.storage import driver
from bot.storage.tables import cursor

_MOVE = f"""{driver.insert_into(cursor, ("consumer", "creator_id", "seq"))} VALUES {{rows}}
ON CONFLICT (consumer, creator_id) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > {cursor.name}.seq"""


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
    move_all(connection, [(consumer, creator_id, seq)])


def move_all(connection: Connection, moves: Sequence[tuple[str, CreatorId, int]]) -> None:
    """The same for many consumers in their creators' logs, in one statement: thousands move every few seconds."""
    driver.insert_many(connection, _MOVE, moves)
