from __future__ import annotations

from sqlalchemy import Connection

from bot.storage import state


def test_the_last_value_counts_and_nothing_is_none(connection: Connection) -> None:
    assert state.get(connection, "commands") is None
    state.put(connection, "commands", "hash 1")
    state.put(connection, "commands", "hash 2")
    assert state.get(connection, "commands") == "hash 2"


def test_what_is_removed_was_never_there_for_whoever_asks(connection: Connection) -> None:
    state.remove(connection, "commands")
    state.put(connection, "commands", "hash 1")
    state.put(connection, "other", "x")
    state.remove(connection, "commands")
    assert (state.get(connection, "commands"), state.get(connection, "other")) == (None, "x")


def test_keys_are_found_by_how_they_begin(connection: Connection) -> None:
    for key in ("age_restricted:1", "age_restricted:12", "age", "show:1"):
        state.put(connection, key, "true")
    assert sorted(state.keys(connection, "age_restricted:")) == ["age_restricted:1", "age_restricted:12"]
