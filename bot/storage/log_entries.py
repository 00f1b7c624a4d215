"""The rows of the durable log; only `bot.eventlog.sql` calls these. One row is one flush of one creator.

Appending is the hot path: its SQL is compiled once and handed to the driver as it is, because building a statement costs
more than running it (scale.md, section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from bot.model.ids import CreatorId
from bot.storage import driver
from bot.storage.tables import log_batch, log_head


class StaleEpoch(Exception):
    """A newer writer has taken the creator: nothing was written."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One flush as it is stored. `received_*_at_ms` span its events' times of receipt."""

    creator_id: CreatorId
    first_seq: int
    last_seq: int
    epoch: int
    writer: str
    schema_version: int
    received_from_at_ms: int
    received_to_at_ms: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where a creator's log stands. `epoch` is the newest writer's."""

    epoch: int = 0
    last_seq: int = 0
    pruned_seq: int = 0


@dataclass(frozen=True, slots=True)
class Pruned:
    """What one step of retention deleted: events in all, and up to which seq of which creator."""

    events: int
    through: Mapping[CreatorId, int]


_FIELDS = tuple(field.name for field in fields(Batch))


_NAMES = (
    "creator_id",
    "epoch",
    "first_seq",
    "last_seq",
    "writer",
    "schema_version",
    "events",
    "bytes",
    "received_from_at_ms",
    "received_to_at_ms",
    "body",
)
"""In the order of `_values`; the fence below looks at the first two."""

_FENCED = (
    f"{driver.insert_into(log_batch, _NAMES)} SELECT * FROM (VALUES {{rows}}) AS new WHERE EXISTS"  # noqa: S608 - our own names
    f" (SELECT 1 FROM {log_head.name} AS head WHERE head.creator_id = new.column1 AND head.epoch = new.column2)"
)
"""Inserts nothing of a batch whose epoch is not the newest. One statement is check and write, and the writer's transaction began
as a writer: nobody can come between.
"""


def append(connection: Connection, batches: Sequence[Batch]) -> list[None]:
    """Store batches of several creators. Raises `StaleEpoch` if any of them is fenced off."""
    if driver.insert_many(connection, _FENCED, [_values(batch) for batch in batches]) != len(batches):
        raise StaleEpoch
    return [None] * len(batches)


def _values(batch: Batch) -> tuple[object, ...]:
    return (
        batch.creator_id,
        batch.epoch,
        batch.first_seq,
        batch.last_seq,
        batch.writer,
        batch.schema_version,
        batch.last_seq - batch.first_seq + 1,
        len(batch.body),
        batch.received_from_at_ms,
        batch.received_to_at_ms,
        batch.body,
    )


def take_epoch(connection: Connection, creator_id: CreatorId) -> Head:
    """Make a new epoch the newest; older writers are refused from now on."""
    mine = log_head.c.creator_id == creator_id
    if not connection.execute(update(log_head).where(mine).values(epoch=log_head.c.epoch + 1)).rowcount:
        connection.execute(insert(log_head).values(creator_id=creator_id, epoch=1, pruned_seq=0))
    return head(connection, creator_id)


def head(connection: Connection, creator_id: CreatorId) -> Head:
    """Where the log stands; right even after retention has deleted everything."""
    mine = log_batch.c.creator_id == creator_id
    newest = connection.execute(select(log_batch.c.last_seq).where(mine).order_by(log_batch.c.first_seq.desc()).limit(1)).scalar()
    row = connection.execute(select(log_head).where(log_head.c.creator_id == creator_id)).one_or_none()
    if row is None:
        return Head(last_seq=newest or 0)
    return Head(row.epoch, newest or row.pruned_seq, row.pruned_seq)


def read(connection: Connection, creator_id: CreatorId, *, after: int, limit: int) -> list[Batch]:
    """The batches that hold the next `limit` events behind `after`, in order; the first and last may hold more."""
    found = _between(connection, creator_id, after, limit)
    if not found:
        # Retention may have deleted that far: go on with the oldest that is left.
        oldest = select(func.min(log_batch.c.first_seq)).where(
            log_batch.c.creator_id == creator_id, log_batch.c.first_seq > after
        )
        first = connection.execute(oldest).scalar()
        if first is not None:
            found = _between(connection, creator_id, first - 1, limit)
    return found


def _between(connection: Connection, creator_id: CreatorId, after: int, limit: int) -> list[Batch]:
    mine = log_batch.c.creator_id == creator_id
    start = select(func.max(log_batch.c.first_seq)).where(mine, log_batch.c.first_seq <= after + 1).scalar_subquery()
    rows = connection.execute(
        select(*(log_batch.c[name] for name in _FIELDS))
        .where(
            mine,
            log_batch.c.first_seq >= func.coalesce(start, 0),
            # Seqs have no holes, so this bounds the number of events, not only of rows.
            log_batch.c.first_seq <= after + limit,
            log_batch.c.last_seq > after,
        )
        .order_by(log_batch.c.first_seq)
    )
    return [Batch(*row) for row in rows]


def prune(connection: Connection, *, received_before_ms: int, most_bytes: int, most_batches: int) -> Pruned:
    """Delete some of what is too old, else of what is too much, oldest first. Call again while it deletes something.

    Each creator loses a beginning of their log, never a part from its middle: seqs that are left have no holes.
    """
    age = log_batch.c.received_to_at_ms
    oldest = select(log_batch.c.creator_id, log_batch.c.first_seq, log_batch.c.bytes).order_by(age).limit(most_batches)
    victims: list[Row[Any, Any, Any]] = list(connection.execute(oldest.where(age < received_before_ms)))
    if not victims:
        excess = (connection.execute(select(func.sum(log_batch.c.bytes))).scalar() or 0) - most_bytes
        if excess > 0:
            victims = _covering(connection.execute(oldest), excess)
    doomed: dict[CreatorId, int] = {}
    for creator_id, first_seq, _ in victims:
        doomed[creator_id] = max(first_seq, doomed.get(creator_id, 0))
    events = 0
    through: dict[CreatorId, int] = {}
    for creator_id, first_seq in doomed.items():
        gone, through[creator_id] = _delete_through(connection, creator_id, first_seq)
        events += gone
    return Pruned(events, through)


def _covering(rows: Iterable[Row[Any, Any, Any]], excess: int) -> list[Row[Any, Any, Any]]:
    """As many of the rows as hold `excess` bytes."""
    chosen = []
    for row in rows:
        if excess <= 0:
            break
        chosen.append(row)
        excess -= row.bytes
    return chosen


def _delete_through(connection: Connection, creator_id: CreatorId, first_seq: int) -> tuple[int, int]:
    """Delete a creator's batches up to this one; how many events they held, and the last seq."""
    doomed = (log_batch.c.creator_id == creator_id) & (log_batch.c.first_seq <= first_seq)
    counted = select(func.sum(log_batch.c.events), func.max(log_batch.c.last_seq)).where(doomed)
    events, last = connection.execute(counted).one()
    connection.execute(delete(log_batch).where(doomed))
    connection.execute(update(log_head).where(log_head.c.creator_id == creator_id).values(pruned_seq=last))
    return int(events), int(last)


def give_back(connection: Connection, *, pages: int) -> int:
    """Return up to so many free pages of the file to the disk; how many went. Elsewhere the server does that by itself."""
    if connection.dialect.name != "sqlite":
        return 0
    free = connection.exec_driver_sql("PRAGMA freelist_count").scalar() or 0
    for _ in range(min(pages, free)):
        # The driver takes one step of this statement and stops, and one step is one page, whatever number stands here.
        driver.control(connection, "PRAGMA incremental_vacuum(1)")
    return min(pages, free)
