"""Comments as they were received, for look-ups and correlation, until retention takes them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from bot.events.ids import RoomId
from bot.model.comment import CommentRow
from bot.model.ids import CreatorId
from bot.model.viewer import Giving, Sighting
from bot.storage import cursors, driver, viewers
from bot.storage.portions import in_portions
from bot.storage.tables import comment

NOBODY: Mapping[CreatorId, int] = MappingProxyType({})

_NAMES = tuple(field.name for field in fields(CommentRow))
_ADD = f"{driver.insert_into(comment, _NAMES)} VALUES {{rows}} ON CONFLICT DO NOTHING"
_values_of = attrgetter(*_NAMES)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one creator's log up to `seq` says: comments to keep, and then what is to be done to those before (`mark_removed`)."""

    consumer: str
    creator_id: CreatorId
    seq: int
    rows: Sequence[CommentRow]
    removals: Sequence[Callable[[Connection], int]] = ()
    sightings: Sequence[Sighting] = ()
    gifts: Sequence[Giving] = ()


def keep(connection: Connection, stretches: Sequence[Stretch]) -> list[None]:
    """Several creators' stretches in as few statements as one's, cursors included: a thousand rooms have hundreds a second."""
    add(connection, [row for each in stretches for row in each.rows])
    for each in stretches:
        for remove in each.removals:
            remove(connection)
    viewers.see(connection, sightings=[sighting for each in stretches for sighting in each.sightings])
    viewers.count_gifts(connection, givings=[giving for each in stretches for giving in each.gifts])
    cursors.move_all(connection, [(each.consumer, each.creator_id, each.seq) for each in stretches])
    return [None] * len(stretches)


def add(connection: Connection, rows: Sequence[CommentRow]) -> None:
    """Keep comments. A position that is kept already stays as it is: a consumer that crashed reads some events twice."""
    driver.insert_many(connection, _ADD, [_values_of(row) for row in rows])


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
    # `seq + 0`: SQLite would otherwise walk all comments of the creator by their key instead of using the ids' indexes.
    standing = (comment.c.room_id == room_id) & comment.c.removed_at_ms.is_(None) & (comment.c.seq + 0 <= through_seq)
    mine = comment.c.creator_id == creator_id
    arms: tuple[tuple[ColumnElement[str], Collection[str]], ...] = (
        (comment.c.viewer_id, viewer_ids),
        (comment.c.message_id, message_ids),
        (comment.c.message_uuid, message_ids),
    )
    marked = 0
    for column, ids in arms:
        for some in in_portions(ids):
            named = update(comment).where(mine, standing, column.in_(some))
            marked += connection.execute(named.values(removed_at_ms=at_ms)).rowcount
    return marked


def prune(connection: Connection, *, before_ms: int, of_creators: Mapping[CreatorId, int] = NOBODY, most: int = 5000) -> int:
    """Delete up to `most` comments that were received earlier, oldest positions first; return how many went.

    `of_creators`: those whose comments stay longer, or shorter, each with the instant (ms) that counts for them.

    Call again while it returns something: each call is one short transaction. Seqs follow the time of receipt, so each
    creator's search ends at their first comment that is young enough.
    """
    deleted = 0
    for creator_id in _creators(connection):
        oldest = connection.execute(
            select(comment.c.seq, comment.c.received_at_ms)
            .where(comment.c.creator_id == creator_id)
            .order_by(comment.c.seq)
            .limit(most - deleted)
        )
        through = None
        for seq, received_at_ms in oldest:
            if received_at_ms >= of_creators.get(creator_id, before_ms):
                break
            through = seq
        if through is not None:
            doomed = (comment.c.creator_id == creator_id) & (comment.c.seq <= through)
            viewers.fold(connection, creator_id=creator_id, through_seq=through)
            deleted += connection.execute(delete(comment).where(doomed)).rowcount
        if deleted >= most:
            break
    return deleted


def _creators(connection: Connection) -> Iterator[CreatorId]:
    """Whoever has comments. One jump in the key for each, where DISTINCT would read every row."""
    last = -1
    while (
        found := connection.execute(select(func.min(comment.c.creator_id)).where(comment.c.creator_id > last)).scalar()
    ) is not None:
        last = found
        yield CreatorId(found)
