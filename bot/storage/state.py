"""Odds that must survive a restart, by name: the hash of the commands that Discord knows, for one."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from bot.storage.tables import state


def get(connection: Connection, key: str) -> str | None:
    """What was last put there, None if nothing ever was."""
    return connection.execute(select(state.c.value).where(state.c.key == key)).scalar()


def put(connection: Connection, key: str, value: str) -> None:
    """Keep `value`, in place of what was there."""
    if not connection.execute(update(state).where(state.c.key == key).values(value=value)).rowcount:
        connection.execute(insert(state).values(key=key, value=value))


def keys(connection: Connection, prefix: str) -> list[str]:
    """Everything that is kept under a name that begins so."""
    # LIKE would not use the index: it does not tell upper case from lower case.
    begins = (state.c.key >= prefix) & (state.c.key < prefix + "\U0010ffff")
    return list(connection.execute(select(state.c.key).where(begins)).scalars())


def remove(connection: Connection, key: str) -> None:
    """Forget it, if it was there."""
    connection.execute(delete(state).where(state.c.key == key))
