"""What keeps watches from being posted, one row for each watch; kept so that a guild is told once, restarts or not."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from bot.model.fault import Fault, FaultKind
from bot.model.ids import GuildId, WatchId
from bot.storage.instants import from_ms, to_ms
from bot.storage.portions import in_portions
from bot.storage.tables import watch, watch_fault


def put(connection: Connection, fault: Fault) -> None:
    """This is what is wrong with the watch now, in place of what was known before."""
    values = {
        "kind": str(fault.kind),
        "detail": fault.detail,
        "since_at_ms": to_ms(fault.since),
        "is_final": fault.is_final,
        "told_at_ms": to_ms(fault.told_at),
    }
    mine = watch_fault.c.watch_id == fault.watch_id
    if not connection.execute(update(watch_fault).where(mine).values(values)).rowcount:
        connection.execute(insert(watch_fault).values(watch_id=fault.watch_id, **values))


def heal(connection: Connection, which: Collection[WatchId]) -> None:
    """Nothing is wrong with these any more."""
    for some in in_portions(which):
        connection.execute(delete(watch_fault).where(watch_fault.c.watch_id.in_(some)))


def told(connection: Connection, which: Collection[WatchId], *, at: datetime) -> None:
    """The guild was told of what is wrong with these."""
    for some in in_portions(which):
        connection.execute(update(watch_fault).where(watch_fault.c.watch_id.in_(some)).values(told_at_ms=to_ms(at)))


def known(connection: Connection) -> list[Fault]:
    """Everything that is wrong anywhere."""
    return _faults(connection, watch_fault.c.watch_id.is_not(None))


def of_guild(connection: Connection, guild_id: GuildId) -> list[Fault]:
    """Everything that is wrong in one guild."""
    return _faults(connection, watch_fault.c.watch_id.in_(select(watch.c.id).where(watch.c.guild_id == guild_id)))


def _faults(connection: Connection, which: ColumnElement[bool]) -> list[Fault]:
    return [
        Fault(
            watch_id=WatchId(row.watch_id),
            kind=FaultKind(row.kind),
            detail=row.detail,
            since=from_ms(row.since_at_ms),
            is_final=row.is_final,
            told_at=from_ms(row.told_at_ms),
        )
        for row in connection.execute(select(watch_fault).where(which).order_by(watch_fault.c.watch_id))
    ]
