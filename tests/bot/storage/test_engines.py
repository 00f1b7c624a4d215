from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.errors import DatabaseError
from bot.storage import engines
from bot.storage.database import Database


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("var/relay.db", "not an address"),
        ("postgresql+asyncpg://somebody@/relay", "only SQLite"),
        ("sqlite://", "plain SQLite file"),
        ("sqlite:///:memory:", "plain SQLite file"),
        ("sqlite:///relay.db?mode=ro", "plain SQLite file"),
    ],
)
def test_an_address_that_we_cannot_serve_is_refused_with_an_example(url: str, word: str) -> None:
    with pytest.raises(DatabaseError, match=word) as refusal:
        engines.file_of(url)
    assert "sqlite:///var/relay.db" in str(refusal.value)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(DatabaseError) as refusal:
        engines.file_of("postgresql://me:hunter2@host/relay")
    assert "hunter2" not in str(refusal.value)


def test_an_address_names_a_file() -> None:
    assert engines.file_of("sqlite:///var/relay.db") == Path("var/relay.db")
    assert engines.file_of("sqlite+aiosqlite:////srv/relay.db") == Path("/srv/relay.db")


def pragma(connection: Connection, name: str) -> object:
    return connection.execute(text(f"PRAGMA {name}")).scalar()


async def test_the_writer_is_durable_erases_and_knows_its_keys(db: Database) -> None:
    found = {
        name: await db.write(pragma, name)
        for name in ("auto_vacuum", "journal_mode", "synchronous", "secure_delete", "foreign_keys", "busy_timeout")
    }
    assert found == {
        "auto_vacuum": 2,  # incremental
        "journal_mode": "wal",
        "synchronous": 2,  # full
        "secure_delete": 2,  # fast
        "foreign_keys": 1,
        "busy_timeout": 5_000,
    }


def test_an_upgrade_waits_longer_than_the_running_bot_for_whoever_holds_the_file(tmp_path: Path) -> None:
    engine = engines.migration_engine(tmp_path / "new.db")
    with engine.connect() as connection:
        assert pragma(connection, "busy_timeout") == 60_000
    engine.dispose()


def test_a_file_that_somebody_holds_is_told_from_one_that_is_broken(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as somebody:
        somebody.execute("BEGIN EXCLUSIVE")
        other = closing(sqlite3.connect(tmp_path / "a.db", timeout=0.0))
        with other as connection, pytest.raises(sqlite3.OperationalError) as refusal:
            connection.execute("SELECT * FROM sqlite_master")
    assert engines.is_busy(refusal.value)
    assert engines.is_busy(OperationalError("SELECT", None, refusal.value))
    with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(sqlite3.OperationalError) as refusal:
        connection.execute("SELECT * FROM nothing")
    assert not engines.is_busy(refusal.value)
    assert not engines.is_busy(ValueError("locked"))


async def test_a_reader_cannot_write(db: Database) -> None:
    def write(connection: Connection) -> None:
        connection.execute(text("INSERT INTO state VALUES ('a', 'b')"))

    with pytest.raises(DatabaseError, match="readonly"):
        await db.read(write)


def test_nor_can_an_inspection(url: str) -> None:
    engine = engines.inspection_engine(engines.file_of(url))
    with engine.connect() as connection, pytest.raises(DBAPIError, match="readonly"):
        connection.execute(text("INSERT INTO state VALUES ('a', 'b')"))
    engine.dispose()


def test_a_file_with_odd_letters_in_its_name_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "50% ?#.db"
    engine = engines.migration_engine(file)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
    engine.dispose()
    inspection = engines.inspection_engine(file)
    with inspection.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 0
    inspection.dispose()
