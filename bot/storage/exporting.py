"""Everything that is kept for a guild, as values that JSON can hold. Discord's ids are text: 19 digits do not fit a double."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from bot.model.ids import GuildId
from bot.storage import guilds
from bot.storage.instants import from_ms
from bot.storage.tables import case, case_step, config_audit, creator, guild, rule, viewer_note, watch

Value = dict[str, object]

_DISCORDS = ("channel_id", "created_by", "ended_by", "actor_id", "by", "owner_id")
_JSON = ("settings", "before", "after", "facts")


def of_guild(connection: Connection, guild_id: GuildId) -> Value:
    """Settings, watches (ended ones, too), rules, cases with their steps, notes about viewers, and who changed what.

    Comments are not in it: they belong to nobody's server, and are shown to moderators one by one.
    """
    known = connection.execute(select(guild).where(guild.c.id == guild_id)).one_or_none()
    watched = select(watch, creator.c.handle).join(creator, creator.c.id == watch.c.creator_id)
    steps: dict[object, list[Value]] = {}
    of_cases = select(case_step).join(case, case.c.id == case_step.c.case_id).where(case.c.guild_id == guild_id)
    for row in connection.execute(of_cases.order_by(case_step.c.id)).mappings():
        steps.setdefault(row["case_id"], []).append(_value(row, without=("id", "case_id")))
    cases = connection.execute(select(case).where(case.c.guild_id == guild_id).order_by(case.c.number)).mappings()
    return {
        "guild_id": str(guild_id),
        "known_since": None if known is None else from_ms(known.known_at_ms).isoformat(),
        "settings": _texts(json.loads("{}" if known is None else known.settings)),
        "waits_for_erasure": guild_id in guilds.erasures(connection),
        "watches": _values(connection, watched.where(watch.c.guild_id == guild_id).order_by(watch.c.id)),
        "rules": _values(connection, select(rule).where(rule.c.guild_id == guild_id).order_by(rule.c.id)),
        "cases": [{**_value(row, without=("id", "key")), "steps": steps.get(row["id"], [])} for row in cases],
        "notes": _values(connection, select(viewer_note).where(viewer_note.c.guild_id == guild_id)),
        "audit": _values(connection, select(config_audit).where(config_audit.c.guild_id == guild_id)),
    }


def _values(connection: Connection, rows: Select[Any]) -> list[Value]:
    return [_value(row) for row in connection.execute(rows).mappings()]


def _value(row: RowMapping, without: Sequence[str] = ()) -> Value:
    """A row as words: instants readable, stored JSON unfolded, Discord's ids as text."""
    out: Value = {}
    for name, value in row.items():
        if name in without or name == "guild_id":
            continue
        if name.endswith("_at_ms"):
            out[name.removesuffix("_ms")] = None if value is None else from_ms(value).isoformat()
        elif name in _JSON:
            out[name] = _texts(json.loads(value)) if value else None
        else:
            out[name] = str(value) if name in _DISCORDS and value is not None else value
    return out


def _texts(value: object) -> object:
    """Stored JSON with its Discord ids as text."""
    if isinstance(value, dict):
        return {name: _texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    is_id = isinstance(value, int) and not isinstance(value, bool) and value > 1 << 53
    return str(value) if is_id else value
