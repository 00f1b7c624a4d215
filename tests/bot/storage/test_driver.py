from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from bot.storage import tables
from bot.storage.database import Database
from bot.storage.driver import MOST_ROWS, control, insert_into, insert_many


def three_rows(connection: Connection) -> int:
    return insert_many(connection, "INSERT INTO state VALUES {rows}", [("a", "1"), ("b", "2"), ("c", "3")])


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


@pytest.mark.parametrize("count", [0, 1, 2, 3, MOST_ROWS - 1, MOST_ROWS, 2 * MOST_ROWS + 7])
def test_any_number_of_rows_goes_in_whole_and_in_order(connection: Connection, count: int) -> None:
    rows = [(str(number), f"{number}?{{rows}}") for number in range(count)]
    statement = f"{insert_into(tables.state, ('key', 'value'))} VALUES {{rows}} ON CONFLICT DO NOTHING"
    assert insert_many(connection, statement, rows) == count
    assert [tuple(row) for row in connection.execute(text("SELECT * FROM state ORDER BY rowid"))] == rows
    assert insert_many(connection, statement, [*rows, ("more", "")]) == 1, "what is there already is not counted"


def test_a_column_that_the_table_does_not_have_is_an_error_before_anything_runs() -> None:
    with pytest.raises(ValueError, match="state has no"):
        insert_into(tables.state, ("key", "colour"))
