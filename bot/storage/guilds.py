"""Guilds: what each chose for all its watches, whether the bot is still there, and how everything of it goes in the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Table, delete, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore

from bot.model.card import CardKind
from bot.model.guild import Guild, GuildSettings
from bot.model.ids import DiscordUserId, GuildId, PostId, WatchId
from bot.model.watch import PauseReason, Watch
from bot.storage import audit, cursors, watches
from bot.storage.instants import from_ms
from bot.storage.portions import in_portions
from bot.storage.tables import (
    card,
    case,
    config_audit,
    cursor,
    guild,
    intent,
    post,
    rule,
    state,
    viewer_note,
    watch,
    watch_fault,
)

_RETURNED = "returned:"
_ERASE = "erase:"


def known(connection: Connection) -> list[Guild]:
    """Every guild of which we keep anything."""
    return [
        Guild(GuildId(row.id), from_ms(row.known_at_ms), _load(row.settings), from_ms(row.left_at_ms))
        for row in connection.execute(select(guild).order_by(guild.c.id))
    ]


def settings(connection: Connection, guild_id: GuildId) -> GuildSettings:
    """What the guild chose; the defaults for one that never did."""
    stored = connection.execute(select(guild.c.settings).where(guild.c.id == guild_id)).scalar()
    return GuildSettings() if stored is None else _load(stored)


def change(
    connection: Connection, guild_id: GuildId, *, settings: GuildSettings, by: DiscordUserId, now_ms: int
) -> GuildSettings:
    """Give the guild these settings. Equal settings change nothing."""
    connection.execute(insert_or_ignore(guild).values(id=guild_id, known_at_ms=now_ms).on_conflict_do_nothing())
    before = _load(connection.execute(select(guild.c.settings).where(guild.c.id == guild_id)).scalar_one())
    if before == settings:
        return before
    connection.execute(update(guild).where(guild.c.id == guild_id).values(settings=_dump(settings)))
    audit.record(
        connection,
        guild_id=guild_id,
        by=by,
        action="guild.changed",
        before=_as_audited(before),
        after=_as_audited(settings),
        now_ms=now_ms,
    )
    return settings


def revise(
    connection: Connection, guild_id: GuildId, *, edit: Callable[[GuildSettings], GuildSettings], by: DiscordUserId, now_ms: int
) -> GuildSettings:
    """`change`, of the settings as they stand now."""
    return change(connection, guild_id, settings=edit(settings(connection, guild_id)), by=by, now_ms=now_ms)


def left(connection: Connection, guild_id: GuildId, *, now_ms: int) -> list[Watch]:
    """The bot is not in this guild any more: its watches stand still. Returns those that stood until now."""
    connection.execute(update(guild).where(guild.c.id == guild_id, guild.c.left_at_ms.is_(None)).values(left_at_ms=now_ms))
    forget_return(connection, guild_id)
    standing = [each.id for each in watches.of_guild(connection, guild_id)]
    return watches.pause(connection, standing, why=PauseReason.LEFT, by=audit.THE_BOT, now_ms=now_ms)


def returned(connection: Connection, guild_id: GuildId) -> None:
    """The bot is in the guild again. Its watches stand still on; if any does for this reason, the guild is to be told."""
    left_at_ms = connection.execute(select(guild.c.left_at_ms).where(guild.c.id == guild_id)).scalar()
    if left_at_ms is None:
        return
    connection.execute(update(guild).where(guild.c.id == guild_id).values(left_at_ms=None))
    if any(each.paused_why is PauseReason.LEFT for each in watches.of_guild(connection, guild_id)):
        connection.execute(insert(state).values(key=f"{_RETURNED}{guild_id}", value=str(left_at_ms)))


def returns(connection: Connection) -> dict[GuildId, int]:
    """Guilds that are to be told of our return, each with the instant (ms) at which we left."""
    rows = connection.execute(select(state).where(_begins(state.c.key, _RETURNED)))
    return {GuildId(int(row.key.removeprefix(_RETURNED))): int(row.value) for row in rows}


def forget_return(connection: Connection, guild_id: GuildId) -> None:
    """The guild was told of our return, or does not need to be."""
    connection.execute(delete(state).where(state.c.key == f"{_RETURNED}{guild_id}"))


def due(connection: Connection, *, before_ms: int) -> list[GuildId]:
    """Guilds that the bot left before that instant."""
    return [GuildId(row.id) for row in connection.execute(select(guild.c.id).where(guild.c.left_at_ms < before_ms))]


def posts_of(connection: Connection, guild_id: GuildId) -> list[PostId]:
    """The guild's rows of the ledger: there may be many, so a reader looks for them and not the writer."""
    return [PostId(each) for each in connection.execute(select(post.c.id).where(post.c.watch_id.in_(_of(guild_id)))).scalars()]


def erase_posts(connection: Connection, which: Collection[PostId]) -> None:
    """These rows of the ledger and their lines."""
    for some in in_portions(which):
        connection.execute(delete(post).where(post.c.id.in_(some)))


def ask_erasure(connection: Connection, guild_id: GuildId, *, now_ms: int) -> None:
    """An admin wants everything of the guild erased now: it is done even if the process ends half-way."""
    connection.execute(insert_or_ignore(state).values(key=f"{_ERASE}{guild_id}", value=str(now_ms)).on_conflict_do_nothing())


def erasures(connection: Connection) -> list[GuildId]:
    """Guilds whose admin wants everything erased now."""
    keys = connection.execute(select(state.c.key).where(_begins(state.c.key, _ERASE))).scalars()
    return [GuildId(int(key.removeprefix(_ERASE))) for key in keys]


def erased(connection: Connection, guild_id: GuildId) -> None:
    """Nothing of the guild is left."""
    forget_return(connection, guild_id)
    connection.execute(delete(state).where(state.c.key == f"{_ERASE}{guild_id}"))


def on_their_way(connection: Connection, guild_id: GuildId) -> int:
    """Posts of the guild that were begun and are not over yet."""
    return connection.execute(select(func.count()).select_from(intent).where(intent.c.watch_id.in_(_of(guild_id)))).scalar_one()


def erase(connection: Connection, guild_id: GuildId, *, before_ms: int | None, most: int = 500) -> int:
    """Delete up to `most` rows of a guild that the bot left before that instant, the guild itself last; return how many.

    `before_ms` None: whenever it was, or not at all; its watches must have ended.

    Call again while it returns something: each call is one short transaction. The ledger's rows must be gone already.
    Creators and their comments are not the guild's: retention has them.
    """
    if before_ms is not None and guild_id not in due(connection, before_ms=before_ms):
        return 0
    mine = [WatchId(row.id) for row in connection.execute(_of(guild_id))]
    names = [cursors.of_watch(each) for each in mine]
    channels = select(watch.c.channel_id).where(watch.c.guild_id == guild_id)
    by_key = (_begins(card.c.key, f"{kind}:{guild_id}:") for kind in (CardKind.NOTICE, CardKind.ALERT))
    steps: tuple[tuple[Table, ColumnElement[bool]], ...] = (
        (intent, intent.c.watch_id.in_(_of(guild_id))),
        (card, card.c.watch_id.in_(_of(guild_id)) | card.c.channel_id.in_(channels) | or_(*by_key)),
        (case, case.c.guild_id == guild_id),
        (rule, rule.c.guild_id == guild_id),
        (viewer_note, viewer_note.c.guild_id == guild_id),
        (watch_fault, watch_fault.c.watch_id.in_(_of(guild_id))),
        (cursor, cursor.c.consumer.in_(names)),
        (config_audit, config_audit.c.guild_id == guild_id),
        (watch, watch.c.guild_id == guild_id),
        (guild, guild.c.id == guild_id),
    )
    for table, which in steps:
        if gone := _some(connection, table, which, most):
            return gone
    return 0


def _some(connection: Connection, table: Table, which: ColumnElement[bool], most: int) -> int:
    key = next(iter(table.primary_key.columns))
    chosen = list(connection.execute(select(key).where(which).limit(most)).scalars())
    return connection.execute(delete(table).where(which, key.in_(chosen))).rowcount


def _of(guild_id: GuildId) -> Select[tuple[int]]:
    return select(watch.c.id).where(watch.c.guild_id == guild_id)


def _begins(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """LIKE would not use the index: it does not tell upper case from lower case."""
    return (column >= prefix) & (column < prefix + "\U0010ffff")


def _as_audited(settings: GuildSettings) -> Mapping[str, object]:
    """Discord's ids are text there: 19 digits do not fit a JSON double."""
    values: dict[str, object] = json.loads(_dump(settings))
    return {name: str(value) if isinstance(value, int) else value for name, value in values.items()}


def _dump(settings: GuildSettings) -> str:
    return msgspec.json.encode(settings, order="sorted").decode()


def _load(stored: str) -> GuildSettings:
    """What is missing has its default; what a newer version wrote is left alone."""
    return msgspec.convert(msgspec.json.decode(stored), GuildSettings)


# msgspec learns a type at its first use, and crashes the process where two readers' threads teach it at the same moment.
msgspec.convert({}, GuildSettings)
