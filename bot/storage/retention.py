"""What goes because it is old, beside comments, posts, cards and the log, each of which has its own `prune`.

Every unit deletes some rows and returns how many; call it again while it returns something.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, delete, exists, func, or_, select, update

from bot.model.guild import GuildSettings
from bot.model.ids import CreatorId
from bot.storage import audit as audits
from bot.storage import cursors
from bot.storage.tables import (
    card,
    case,
    comment,
    config_audit,
    creator,
    creator_handle,
    creator_status,
    cursor,
    guild,
    intent,
    live_session,
    log_batch,
    log_head,
    post,
    rule,
    state,
    viewer,
    viewer_gifts,
    viewer_note,
    watch,
)

MOST = 500

_OF_CREATOR = ("age_restricted:", "show:")
"""Beginnings of keys in `state` that end with a creator's id."""


def comment_days(connection: Connection, *, ended_after_ms: int) -> Mapping[CreatorId, int]:
    """For each creator the longest time for which a guild that watches them wants to look at comments.

    A watch that was ended since `ended_after_ms` still counts, and a creator who was merged is kept as whom they became.
    """
    stands = or_(watch.c.ended_at_ms.is_(None), watch.c.ended_at_ms >= ended_after_ms)
    rows = connection.execute(select(watch.c.creator_id, guild.c.settings).distinct().join(guild).where(stands))
    days: dict[CreatorId, int] = {}
    for creator_id, settings in rows:
        wanted = msgspec.convert(msgspec.json.decode(settings), GuildSettings).comment_days
        days[creator_id] = max(wanted, days.get(creator_id, 0))
    merged = connection.execute(select(creator.c.id, creator.c.merged_into_id).where(creator.c.merged_into_id.is_not(None)))
    into: dict[int, int] = {row.id: row.merged_into_id for row in merged}
    for source in into:
        target = source
        while target in into:
            target = into[target]
        days[CreatorId(source)] = max(days.get(CreatorId(source), 0), days.get(CreatorId(target), 0))
    return days


def audit(connection: Connection, *, before_ms: int) -> int:
    """Changes of settings that were made earlier."""
    return _some(connection, config_audit, config_audit.c.at_ms < before_ms)


def reads(connection: Connection, *, before_ms: int) -> int:
    """Who read removed comments earlier: it names viewers, so it goes sooner than the rest of the audit."""
    return _some(connection, config_audit, (config_audit.c.action == audits.READ) & (config_audit.c.at_ms < before_ms))


def cases(connection: Connection, *, before_ms: int) -> int:
    """Cases that were closed earlier, or that nobody closed and that are older; with their steps."""
    return _some(connection, case, func.coalesce(case.c.closed_at_ms, case.c.opened_at_ms) < before_ms)


def notes(connection: Connection, *, before_ms: int) -> int:
    """Moderators' notes about viewers that were written earlier."""
    return _some(connection, viewer_note, viewer_note.c.at_ms < before_ms)


def viewers(connection: Connection, *, before_ms: int) -> int:
    """Names under which nobody was seen since then, and gifts of nobody who gave since then."""
    gone = 0
    for table, seen in ((viewer, viewer.c.last_seen_at_ms), (viewer_gifts, viewer_gifts.c.last_at_ms)):
        keys = list(table.primary_key.columns)
        for row in list(connection.execute(select(*keys).where(seen < before_ms).limit(MOST))):
            one = [column == value for column, value in zip(keys, row, strict=True)]
            gone += connection.execute(delete(table).where(*one)).rowcount
    return gone


def watches(connection: Connection, *, before_ms: int) -> int:
    """Watches that were ended earlier and to which nothing refers any more but a case, which loses its watch."""
    is_free = [~exists().where(table.c.watch_id == watch.c.id) for table in (post, intent, card)]
    chosen = select(watch.c.id).where(watch.c.ended_at_ms < before_ms, *is_free).limit(MOST)
    doomed = list(connection.execute(chosen).scalars())
    connection.execute(update(case).where(case.c.watch_id.in_(doomed)).values(watch_id=None))
    connection.execute(delete(cursor).where(cursor.c.consumer.in_([cursors.of_watch(each) for each in doomed])))
    return connection.execute(delete(watch).where(watch.c.id.in_(doomed))).rowcount


def live_sessions(connection: Connection, *, before_ms: int) -> int:
    """LIVEs that ended earlier, or gave no sign of life since then."""
    is_old = func.coalesce(live_session.c.ended_at_ms, live_session.c.last_frame_at_ms) < before_ms
    rows = list(connection.execute(select(live_session.c.creator_id, live_session.c.room_id).where(is_old).limit(MOST)))
    for creator_id, room_id in rows:
        one = (live_session.c.creator_id == creator_id) & (live_session.c.room_id == room_id)
        connection.execute(delete(live_session).where(one))
    return len(rows)


def creators(connection: Connection, *, before_ms: int) -> int:
    """Creators known since earlier to whom nothing refers, with whatever is only about them: log's head and cursors, too.

    The newest row always stays: SQLite gives its successor the next id, so that an id, and its seqs, never come again.
    """
    other = creator.alias()
    referring = (
        (watch, watch.c.creator_id),
        (live_session, live_session.c.creator_id),
        (comment, comment.c.creator_id),
        (log_batch, log_batch.c.creator_id),
        (case, case.c.creator_id),
        (rule, rule.c.creator_id),
        (viewer_gifts, viewer_gifts.c.creator_id),
        (viewer, viewer.c.creator_id),
        (intent, intent.c.creator_id),
        (other, other.c.merged_into_id),
    )
    is_free = [~exists().select_from(table).where(column == creator.c.id) for table, column in referring]
    newest = select(func.max(other.c.id)).scalar_subquery()
    chosen = select(creator.c.id).where(creator.c.created_at_ms < before_ms, creator.c.id < newest, *is_free).limit(MOST)
    doomed = list(connection.execute(chosen).scalars())
    for table in (creator_handle, creator_status, log_head, cursor):
        connection.execute(delete(table).where(table.c.creator_id.in_(doomed)))
    connection.execute(delete(state).where(state.c.key.in_([f"{name}{each}" for name in _OF_CREATOR for each in doomed])))
    return connection.execute(delete(creator).where(creator.c.id.in_(doomed))).rowcount


def _some(connection: Connection, table: Table, which: ColumnElement[bool]) -> int:
    key = next(iter(table.primary_key.columns))
    chosen = list(connection.execute(select(key).where(which).limit(MOST)).scalars())
    return connection.execute(delete(table).where(key.in_(chosen))).rowcount
