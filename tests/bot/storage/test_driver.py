from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from bot.storage.database import Database
from bot.storage.driver import control, execute_many


def three_rows(connection: Connection) -> int:
    return execute_many(connection, "INSERT INTO state VALUES (?, ?)", [("a", "1"), ("b", "2"), ("c", "3")])


def undone(connection: Connection) -> int:
    control(connection, "SAVEPOINT here")
    three_rows(connection)
    control(connection, "ROLLBACK TO SAVEPOINT here")
    control(connection, "RELEASE SAVEPOINT here")
    return int(connection.execute(text("SELECT count(*) FROM state")).scalar_one())


async def test_through_the_async_driver_rows_are_counted_and_savepoints_undo(db: Database) -> None:
    assert await db.write(undone) == 0
    assert await db.write(three_rows) == 3


def test_through_the_plain_driver_too(connection: Connection) -> None:
    assert undone(connection) == 0
    assert three_rows(connection) == 3


async def test_an_unknown_statement_is_an_error_to_its_caller(db: Database) -> None:
    with pytest.raises(Exception, match="syntax error"):
        await db.write(control, "FROBNICATE")
