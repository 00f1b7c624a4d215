from __future__ import annotations

from sqlalchemy import Connection

from bot.storage import state


def test_the_last_value_counts_and_nothing_is_none(connection: Connection) -> None:
    assert state.get(connection, "commands") is None
    state.put(connection, "commands", "hash 1")
    state.put(connection, "commands", "hash 2")
    assert state.get(connection, "commands") == "hash 2"
