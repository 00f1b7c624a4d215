"""Watches: a guild's wish to hear of a creator in a channel. They end, they are not deleted; every change is audited."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Row, Select, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore

from bot.events.ids import Handle
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.watch import EventKind, Watch, WatchSettings
from bot.storage import audit, cursors
from bot.storage.instants import from_ms
from bot.storage.tables import creator, guild, watch

DEFAULT_SETTINGS = WatchSettings()


def place(
    connection: Connection,
    *,
    guild_id: GuildId,
    channel_id: ChannelId,
    creator_id: CreatorId,
    by: DiscordUserId,
    now_ms: int,
    cursor_seq: int,
    settings: WatchSettings = DEFAULT_SETTINGS,
) -> tuple[Watch, bool]:
    """The active watch of this guild, creator and channel, and whether it is new. A new one reads on behind `cursor_seq`."""
    same = (watch.c.guild_id == guild_id) & (watch.c.creator_id == creator_id) & (watch.c.channel_id == channel_id)
    standing = _watches(connection, same & _ACTIVE)
    if standing:
        return standing[0], False
    connection.execute(insert_or_ignore(guild).values(id=guild_id, known_at_ms=now_ms).on_conflict_do_nothing())
    made = connection.execute(
        insert(watch)
        .values(
            guild_id=guild_id,
            channel_id=channel_id,
            creator_id=creator_id,
            settings=_dump(settings),
            revision=1,
            created_at_ms=now_ms,
            created_by=by,
        )
        .returning(watch.c.id)
    ).scalar_one()
    placed = _watches(connection, watch.c.id == made)[0]
    cursors.move(connection, cursors.of_watch(placed.id), creator_id, cursor_seq)
    audit.record(
        connection, guild_id=guild_id, by=by, action="watch.placed", before=None, after=as_audited(placed), now_ms=now_ms
    )
    return placed, True


def end(
    connection: Connection,
    *,
    guild_id: GuildId,
    creator_id: CreatorId,
    channel_id: ChannelId | None = None,
    by: DiscordUserId,
    now_ms: int,
) -> list[Watch]:
    """End the guild's watches of this creator, in one channel or in all; return those that ended."""
    doomed = (watch.c.guild_id == guild_id) & (watch.c.creator_id == creator_id)
    if channel_id is not None:
        doomed &= watch.c.channel_id == channel_id
    ending = _watches(connection, doomed & _ACTIVE)
    for each in ending:
        connection.execute(update(watch).where(watch.c.id == each.id).values(ended_at_ms=now_ms, ended_by=by))
        audit.record(
            connection, guild_id=guild_id, by=by, action="watch.ended", before=as_audited(each), after=None, now_ms=now_ms
        )
    return [_watches(connection, watch.c.id == each.id)[0] for each in ending]


def of_guild(connection: Connection, guild_id: GuildId) -> list[Watch]:
    """The guild's active watches, by handle, then channel."""
    return sorted(_watches(connection, (watch.c.guild_id == guild_id) & _ACTIVE), key=lambda each: (each.handle, each.channel_id))


def of_creator(connection: Connection, creator_id: CreatorId) -> list[Watch]:
    """Everybody's active watches of this creator, oldest first."""
    return _watches(connection, (watch.c.creator_id == creator_id) & _ACTIVE)


def active(connection: Connection) -> list[Watch]:
    """All active watches, oldest first."""
    return _watches(connection, _ACTIVE)


def as_audited(each: Watch) -> Mapping[str, object]:
    """A watch as the audit shows it. Discord's ids are text there: 19 digits do not fit a JSON double."""
    return {
        "watch_id": each.id,
        "creator_id": each.creator_id,
        "handle": each.handle,
        "channel_id": str(each.channel_id),
        "settings": json.loads(_dump(each.settings)),
        "revision": each.revision,
    }


_ACTIVE: ColumnElement[bool] = watch.c.ended_at_ms.is_(None)


def _watches(connection: Connection, which: ColumnElement[bool]) -> list[Watch]:
    query: Select[tuple[object, ...]] = (
        select(*watch.columns, creator.c.handle)
        .join(creator, creator.c.id == watch.c.creator_id)
        .where(which)
        .order_by(watch.c.id)
    )
    return [_watch(row) for row in connection.execute(query)]


def _watch(row: Row[tuple[object, ...]]) -> Watch:
    return Watch(
        id=WatchId(row.id),
        guild_id=GuildId(row.guild_id),
        channel_id=ChannelId(row.channel_id),
        creator_id=CreatorId(row.creator_id),
        handle=Handle(row.handle),
        created_at=from_ms(row.created_at_ms),
        created_by=DiscordUserId(row.created_by),
        settings=_load(row.settings),
        revision=row.revision,
        ended_at=from_ms(row.ended_at_ms),
    )


def _dump(settings: WatchSettings) -> str:
    return json.dumps({"kinds": sorted(settings.kinds), "min_diamonds": settings.min_diamonds})


def _load(stored: str) -> WatchSettings:
    """Kinds that this version does not know are left alone: a newer version wrote them."""
    values = json.loads(stored)
    known = {kind.value for kind in EventKind}
    return WatchSettings(
        kinds=frozenset(EventKind(kind) for kind in values["kinds"] if kind in known), min_diamonds=values["min_diamonds"]
    )
