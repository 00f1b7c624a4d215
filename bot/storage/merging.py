"""Two creator rows that prove to be one user, or one handle that changed hands: what goes where."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from bot.model.ids import CreatorId
from bot.model.watch import Watch
from bot.storage import audit, cursors, log_entries, watches
from bot.storage.tables import creator, creator_handle, creator_status, live_session, rule, watch


def move_watches(connection: Connection, source: CreatorId, target: CreatorId, *, now_ms: int) -> None:
    """All active watches of `source` become watches of `target`; where a channel would then have two, `target`'s own stays."""
    standing = {(each.guild_id, each.channel_id) for each in watches.of_creator(connection, target)}
    tail = log_entries.head(connection, target).last_seq
    for each in watches.of_creator(connection, source):
        if (each.guild_id, each.channel_id) in standing:
            _collapse(connection, each, now_ms=now_ms)
        else:
            _move(connection, each, target, tail=tail, now_ms=now_ms)
    # What a guild wants to hear of in this creator's LIVEs goes with its watch.
    connection.execute(update(rule).where(rule.c.creator_id == source).values(creator_id=target, changed_at_ms=now_ms))


def absorb(connection: Connection, source: CreatorId, target: CreatorId) -> None:
    """`source` turned out to be `target`: its names are theirs, and its row only points there.

    Its log, comments and rooms stay where they are, under their own positions, until retention takes them.
    """
    connection.execute(update(creator).where(creator.c.id == source).values(handle="", merged_into_id=target))
    connection.execute(delete(creator_status).where(creator_status.c.creator_id == source))
    theirs = select(creator_handle.c.handle).where(creator_handle.c.creator_id == target)
    mine = creator_handle.c.creator_id == source
    connection.execute(update(creator_handle).where(mine, creator_handle.c.handle.not_in(theirs)).values(creator_id=target))
    connection.execute(delete(creator_handle).where(mine))
    rooms = select(live_session.c.room_id).where(live_session.c.creator_id == target)
    session = live_session.c.creator_id == source
    connection.execute(update(live_session).where(session, live_session.c.room_id.not_in(rooms)).values(creator_id=target))
    connection.execute(delete(live_session).where(session))


def _collapse(connection: Connection, each: Watch, *, now_ms: int) -> None:
    connection.execute(update(watch).where(watch.c.id == each.id).values(ended_at_ms=now_ms, ended_by=audit.THE_BOT))
    audit.record(
        connection,
        guild_id=each.guild_id,
        by=audit.THE_BOT,
        action="watch.ended",
        before=watches.as_audited(each),
        after=None,
        now_ms=now_ms,
    )


def _move(connection: Connection, each: Watch, target: CreatorId, *, tail: int, now_ms: int) -> None:
    connection.execute(update(watch).where(watch.c.id == each.id).values(creator_id=target))
    # The other log has seqs of its own: the watch reads on at its tail, as a new one would.
    cursors.move(connection, cursors.of_watch(each.id), target, tail)
    audit.record(
        connection,
        guild_id=each.guild_id,
        by=audit.THE_BOT,
        action="watch.moved",
        before=watches.as_audited(each),
        after={**watches.as_audited(each), "creator_id": target},
        now_ms=now_ms,
    )
