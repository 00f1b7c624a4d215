"""Statements that go straight to the driver.

SQLAlchemy's own way costs some 30 us a statement, and every commit needs a few that have neither parameters nor rows. Errors of
these come as the driver raises them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection


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


def execute_many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Run a statement for each row, with parameters in the driver's own style; how many rows changed in all."""
    cursor = connection.connection.cursor()
    cursor.executemany(statement, rows)
    changed = int(cursor.rowcount)
    cursor.close()
    return changed
