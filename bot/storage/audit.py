"""Who changed what, from which state to which: a row for every change to watches and settings. And who read removed comments."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, insert

from bot.events.ids import ViewerId
from bot.model.ids import DiscordUserId, GuildId
from bot.storage.tables import config_audit

THE_BOT = DiscordUserId(0)
"""Changes that nobody asked for by hand."""

READ = "removed.read"
"""Somebody was shown comments that TikTok had removed. It names a viewer: it goes as cases do, and when they are forgotten."""


def record(
    connection: Connection,
    *,
    guild_id: GuildId,
    by: DiscordUserId,
    action: str,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
    now_ms: int,
) -> None:
    """Write one row, in the transaction of the change itself."""
    connection.execute(
        insert(config_audit).values(
            guild_id=guild_id, at_ms=now_ms, actor_id=by, action=action, before=_json(before), after=_json(after)
        )
    )


def read(
    connection: Connection, *, guild_id: GuildId, by: DiscordUserId, where: str, removed: Mapping[ViewerId, int], now_ms: int
) -> None:
    """Write down who is about to read how many removed comments of whom, and by which command; never their text."""
    for viewer_id, count in removed.items():
        shown = {"viewer_id": viewer_id, "removed": count, "where": where}
        record(connection, guild_id=guild_id, by=by, action=READ, before=None, after=shown, now_ms=now_ms)


def _json(state: Mapping[str, object] | None) -> str | None:
    return None if state is None else json.dumps(state, sort_keys=True, ensure_ascii=False)
