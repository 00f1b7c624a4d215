"""Comments as they were received, for look-ups and correlation, until retention takes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict

from sqlalchemy import ColumnElement, Connection, delete, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.events.ids import RoomId
from bot.model.comment import CommentRow
from bot.model.ids import CreatorId
from bot.storage.tables import comment


def add(connection: Connection, rows: Sequence[CommentRow]) -> None:
    """Keep comments. A position that is kept already stays as it is: a consumer that crashed reads some events twice."""
    if rows:
        connection.execute(insert(comment).on_conflict_do_nothing(), [asdict(row) for row in rows])


def mark_removed(
    connection: Connection,
    *,
    creator_id: CreatorId,
    room_id: RoomId,
    message_ids: Collection[str],
    viewer_ids: Collection[str],
    at_ms: int,
    through_seq: int,
) -> int:
    """Comments of this room that a deletion at `through_seq` names are gone from TikTok; return how many that is news of.

    What a viewer wrote after the deletion stands. Messages are named by TikTok's id or by the edge's uuid.
    """
    named: ColumnElement[bool] = or_(
        comment.c.viewer_id.in_([each for each in viewer_ids if each]) & (comment.c.creator_id == creator_id),
        comment.c.message_id.in_([each for each in message_ids if each]),
        comment.c.message_uuid.in_([each for each in message_ids if each]),
    )
    standing = (comment.c.room_id == room_id) & comment.c.removed_at_ms.is_(None) & (comment.c.seq <= through_seq)
    mine = comment.c.creator_id == creator_id
    return connection.execute(update(comment).where(mine, standing, named).values(removed_at_ms=at_ms)).rowcount


def prune(connection: Connection, *, before_ms: int, most: int = 5000) -> int:
    """Delete up to `most` comments that were received earlier, oldest positions first; return how many went.

    Call again while it returns something: each call is one short transaction. Seqs follow the time of receipt, so each
    creator's search ends at their first comment that is young enough.
    """
    deleted = 0
    for creator_id in connection.execute(select(comment.c.creator_id).distinct()).scalars().all():
        oldest = connection.execute(
            select(comment.c.seq, comment.c.received_at_ms)
            .where(comment.c.creator_id == creator_id)
            .order_by(comment.c.seq)
            .limit(most - deleted)
        )
        through = None
        for seq, received_at_ms in oldest:
            if received_at_ms >= before_ms:
                break
            through = seq
        if through is not None:
            doomed = (comment.c.creator_id == creator_id) & (comment.c.seq <= through)
            deleted += connection.execute(delete(comment).where(doomed)).rowcount
        if deleted >= most:
            break
    return deleted
