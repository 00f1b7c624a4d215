from __future__ import annotations

import json

from sqlalchemy import Connection, select

from bot.model.ids import DiscordUserId, GuildId
from bot.storage import audit
from bot.storage.tables import config_audit, guild


def test_a_row_says_who_did_what_and_what_was_before_and_after(connection: Connection) -> None:
    connection.execute(guild.insert().values(id=1, known_at_ms=0))
    audit.record(
        connection,
        guild_id=GuildId(1),
        by=DiscordUserId(2**63 - 1),
        action="watch.tuned",
        before={"min_diamonds": 0},
        after={"min_diamonds": 100, "name": "äöü 🌹"},
        now_ms=123,
    )
    (row,) = connection.execute(select(config_audit)).all()
    assert (row.guild_id, row.at_ms, row.actor_id, row.action) == (1, 123, 2**63 - 1, "watch.tuned")
    assert json.loads(row.before) == {"min_diamonds": 0}
    assert json.loads(row.after) == {"min_diamonds": 100, "name": "äöü 🌹"}
