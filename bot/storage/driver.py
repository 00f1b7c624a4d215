"""Statements that go straight to the driver.

SQLAlchemy's own way costs some 30 us a statement, and every commit needs a few that have neither parameters nor rows. Errors of
these come as the driver raises them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table

MOST_ROWS = 128
"""Rows of one statement: at a dozen columns well below the number of values that one takes."""


def control(connection: Connection, statement: str) -> None:
    """Run a statement without parameters or rows: BEGIN, SAVEPOINT and their like."""
    cursor = connection.connection.cursor()
    cursor.execute(statement)
    cursor.close()


def rollback(connection: Connection) -> None:
    """Undo whatever the driver has open, also what SQLAlchemy does not know of; nothing if there is nothing."""
    driver_connection = connection.connection.dbapi_connection
    if driver_connection is not None:
        driver_connection.rollback()


def insert_into(table: Table, names: Sequence[str]) -> str:
    """The beginning of an INSERT of these columns, up to the values."""
    unknown = set(names) - set(table.columns.keys())
    if unknown:
        msg = f"{table.name} has no {sorted(unknown)}"
        raise ValueError(msg)
    return f"INSERT INTO {table.name} ({', '.join(names)})"


def insert_many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Run an INSERT in whose text `{rows}` stands for the values of the rows, many rows a statement; how many went in.

    The driver gives the interpreter away at each statement and waits to have it back, which beside a busy loop takes longer than
    the statement (`executemany` does so at each row). Powers of two, so that the driver knows the few texts by heart.
    """
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    cursor = connection.connection.cursor()
    inserted = start = 0
    while left := len(rows) - start:
        count = min(MOST_ROWS, 1 << left.bit_length() - 1)
        some = rows[start : start + count]
        cursor.execute(_of_rows(statement, mark, len(rows[0]), count), list(chain.from_iterable(some)))
        inserted += int(cursor.rowcount)
        start += count
    cursor.close()
    return inserted


@lru_cache(maxsize=128)
def _of_rows(statement: str, mark: str, columns: int, count: int) -> str:
    one = f"({', '.join([mark] * columns)})"
    return statement.replace("{rows}", ", ".join([one] * count))
