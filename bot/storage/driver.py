"""Statements that go straight to the driver.

Each step of an aiosqlite cursor (make, execute, fetch, close) is a trip to its thread and back, about 0.1 ms. For the few
statements that every commit needs, one trip is enough. Errors of these come as the driver raises them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import AdaptedConnection, Connection


def control(connection: Connection, statement: str) -> None:
    """Run a statement without parameters or rows: BEGIN, SAVEPOINT and their like."""
    adapted = connection.connection.dbapi_connection
    if isinstance(adapted, AdaptedConnection):
        adapted.run_async(lambda driver: driver.execute_fetchall(statement))
    else:
        connection.exec_driver_sql(statement)


def rollback(connection: Connection) -> None:
    """Undo whatever the driver has open, also what SQLAlchemy does not know of; nothing if there is nothing."""
    driver_connection = connection.connection.dbapi_connection
    if driver_connection is not None:
        driver_connection.rollback()


def execute_many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Run a statement for each row, with parameters in the driver's own style; how many rows changed in all."""
    adapted = connection.connection.dbapi_connection
    if not isinstance(adapted, AdaptedConnection):
        return connection.exec_driver_sql(statement, list(rows)).rowcount

    async def run(driver: Any) -> int:
        cursor = await driver.executemany(statement, rows)
        return int(cursor.rowcount)

    changed: int = adapted.run_async(run)
    return changed
