"""Watches: a guild's wish to hear of a creator in a channel. They end, they are not deleted; every change is audited."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore

from bot.events.ids import Handle
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.watch import EventKind, PauseReason, Watch, WatchSettings
from bot.storage import audit, cursors
from bot.storage.instants import from_ms
from bot.storage.portions import in_portions
from bot.storage.tables import creator, guild, watch, watch_fault

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
    standing = _watches(connection, same & _STANDING)
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
    return _end(connection, _watches(connection, doomed & _STANDING), by=by, now_ms=now_ms)


def end_each(
    connection: Connection, which: Collection[WatchId], *, guild_id: GuildId, by: DiscordUserId, now_ms: int
) -> list[Watch]:
    """End these watches of this guild; return those that stood until now."""
    standing = [each for each in of_ids(connection, which) if each.guild_id == guild_id and each.ended_at is None]
    return _end(connection, standing, by=by, now_ms=now_ms)


def _end(connection: Connection, ending: Sequence[Watch], *, by: DiscordUserId, now_ms: int) -> list[Watch]:
    for each in ending:
        connection.execute(update(watch).where(watch.c.id == each.id).values(ended_at_ms=now_ms, ended_by=by))
        connection.execute(delete(watch_fault).where(watch_fault.c.watch_id == each.id))
        audit.record(
            connection,
            guild_id=each.guild_id,
            by=by,
            action="watch.ended",
            before=as_audited(each),
            after=None,
            now_ms=now_ms,
        )
    return of_ids(connection, [each.id for each in ending])


def change(
    connection: Connection, *, guild_id: GuildId, watch_id: WatchId, settings: WatchSettings, by: DiscordUserId, now_ms: int
) -> Watch | None:
    """Give a standing watch of this guild new settings; None when there is none such. Equal settings change nothing."""
    before = of_id(connection, guild_id=guild_id, watch_id=watch_id)
    if before is None or before.settings == settings:
        return before
    connection.execute(update(watch).where(watch.c.id == watch_id).values(settings=_dump(settings), revision=before.revision + 1))
    after = _watches(connection, watch.c.id == watch_id)[0]
    audit.record(
        connection,
        guild_id=guild_id,
        by=by,
        action="watch.changed",
        before=as_audited(before),
        after=as_audited(after),
        now_ms=now_ms,
    )
    return after


def revise(
    connection: Connection,
    *,
    guild_id: GuildId,
    watch_id: WatchId,
    edit: Callable[[WatchSettings], WatchSettings],
    by: DiscordUserId,
    now_ms: int,
) -> Watch | None:
    """`change`, of the settings as they stand now."""
    before = of_id(connection, guild_id=guild_id, watch_id=watch_id)
    if before is None:
        return None
    return change(connection, guild_id=guild_id, watch_id=watch_id, settings=edit(before.settings), by=by, now_ms=now_ms)


def pause(connection: Connection, which: Collection[WatchId], *, why: PauseReason, by: DiscordUserId, now_ms: int) -> list[Watch]:
    """Let these watches stand still, those that do not already; return the ones that were paused now.

    Whatever a watch stood still for: once its creator is for adults and its channel is not, that is why.
    """
    pausing = [
        each
        for each in of_ids(connection, which)
        if each.ended_at is None and (each.paused_at is None or (why is PauseReason.ADULTS and each.paused_why is not why))
    ]
    for each in pausing:
        connection.execute(update(watch).where(watch.c.id == each.id).values(paused_at_ms=now_ms, paused_why=str(why)))
        _audit_pause(connection, each, f"watch.paused.{why}", by=by, now_ms=now_ms)
    return of_ids(connection, [each.id for each in pausing])


def resume(
    connection: Connection, which: Mapping[WatchId, int], *, by: DiscordUserId, now_ms: int, anyway: bool = False
) -> list[Watch]:
    """Let paused watches go on, each behind the seq given (its log's tail); return those that were paused.

    `anyway`: from now on they relay LIVEs for adults whatever their channel is.
    """
    resuming = [each for each in of_ids(connection, which) if each.paused_at is not None and each.ended_at is None]
    for each in resuming:
        going_on = update(watch).where(watch.c.id == each.id)
        connection.execute(going_on.values(paused_at_ms=None, paused_why=None, resumed_at_ms=now_ms))
        connection.execute(delete(watch_fault).where(watch_fault.c.watch_id == each.id))
        cursors.move(connection, cursors.of_watch(each.id), each.creator_id, which[each.id])
        _audit_pause(connection, each, "watch.resumed", by=by, now_ms=now_ms)
        if anyway:
            confirmed = replace(each.settings, adults_anyway=True)
            change(connection, guild_id=each.guild_id, watch_id=each.id, settings=confirmed, by=by, now_ms=now_ms)
    return of_ids(connection, [each.id for each in resuming])


def _audit_pause(connection: Connection, each: Watch, action: str, *, by: DiscordUserId, now_ms: int) -> None:
    seen = as_audited(each)
    audit.record(connection, guild_id=each.guild_id, by=by, action=action, before=seen, after=seen, now_ms=now_ms)


def of_guild(connection: Connection, guild_id: GuildId) -> list[Watch]:
    """The guild's watches that have not ended, paused ones too, by handle, then channel."""
    standing = _watches(connection, (watch.c.guild_id == guild_id) & _STANDING)
    return sorted(standing, key=lambda each: (each.handle, each.channel_id))


def of_id(connection: Connection, *, guild_id: GuildId, watch_id: WatchId) -> Watch | None:
    """One standing watch, if it is this guild's."""
    return next(iter(_watches(connection, (watch.c.id == watch_id) & (watch.c.guild_id == guild_id) & _STANDING)), None)


def of_creator(connection: Connection, creator_id: CreatorId) -> list[Watch]:
    """Everybody's active watches of this creator, oldest first."""
    return _watches(connection, (watch.c.creator_id == creator_id) & _ACTIVE)


def of_creators(connection: Connection, which: Collection[CreatorId]) -> list[Watch]:
    """Everybody's active watches of these creators."""
    return [each for some in in_portions(which) for each in _watches(connection, watch.c.creator_id.in_(some) & _ACTIVE)]


def of_channel(connection: Connection, channel_id: ChannelId) -> list[Watch]:
    """The standing watches of one channel, oldest first."""
    return _watches(connection, (watch.c.channel_id == channel_id) & _STANDING)


def active(connection: Connection) -> list[Watch]:
    """All active watches, oldest first."""
    return _watches(connection, _ACTIVE)


def of_ids(connection: Connection, which: Collection[WatchId]) -> list[Watch]:
    """These watches, standing or not, as far as there are any."""
    return [each for some in in_portions(which) for each in _watches(connection, watch.c.id.in_(some))]


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


_STANDING: ColumnElement[bool] = watch.c.ended_at_ms.is_(None)
_ACTIVE: ColumnElement[bool] = _STANDING & watch.c.paused_at_ms.is_(None)


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
        settings=load_settings(row.settings),
        revision=row.revision,
        ended_at=from_ms(row.ended_at_ms),
        paused_at=from_ms(row.paused_at_ms),
        paused_why=PauseReason(row.paused_why) if row.paused_why else None,
        resumed_at=from_ms(row.resumed_at_ms),
    )


def _dump(settings: WatchSettings) -> str:
    return msgspec.json.encode(settings, order="sorted").decode()


@lru_cache(maxsize=4096)
def load_settings(stored: str) -> WatchSettings:
    """What is missing has its default. Kinds that this version does not know are left alone: a newer version wrote them.

    All watches are read every few seconds, and most of them are set alike.
    """
    values = msgspec.json.decode(stored)
    known = {kind.value for kind in EventKind}
    values["kinds"] = [kind for kind in values["kinds"] if kind in known]
    return msgspec.convert(values, WatchSettings)


# msgspec learns a type at its first use, and crashes the process where two readers' threads teach it at the same moment.
msgspec.convert({}, WatchSettings)
