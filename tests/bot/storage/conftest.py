from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.storage.database import Database
from bot.storage.engines import file_of, migration_engine
from tests.doubles.database import opened, prepared


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of a prepared, empty database."""
    return prepared(tmp_path)


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(tmp_path) as db:
        yield db


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    """A connection in a transaction, for units on their own: no loop, no queue. Foreign keys hold, as in production."""
    engine = migration_engine(file_of(url))
    with engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        cursor = driver.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()
        yield connection
    engine.dispose()
