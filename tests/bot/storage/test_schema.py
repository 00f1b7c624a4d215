"""The database file as an operator meets it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.errors import DatabaseError
from bot.storage import schema, state
from bot.storage.database import Database
from tests.doubles.clock import FakeClock

ROOT = Path(schema.__file__).parents[2]


def address(file: Path) -> str:
    return f"sqlite:///{file}"


def execute(file: Path, sql: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(sql)


def values(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return {value for (value,) in connection.execute("SELECT value FROM state")}


# --- prepare -----------------------------------------------------------------------------------------------------------


def test_a_first_start_makes_the_file_and_its_directory(tmp_path: Path) -> None:
    url = address(tmp_path / "var" / "relay.db")
    assert schema.current(url) is None
    schema.prepare(url, FakeClock())
    assert schema.current(url) == schema.HEAD
    assert schema.check(url) == []
    assert not list((tmp_path / "var").glob("*.bak"))


def test_a_start_on_the_newest_schema_changes_nothing(url: str, tmp_path: Path) -> None:
    before = (tmp_path / "relay.db").read_bytes()
    schema.prepare(url, FakeClock())
    assert (tmp_path / "relay.db").read_bytes() == before
    assert not list(tmp_path.glob("*.bak"))


def test_an_older_schema_is_backed_up_beside_the_file_and_then_upgraded(
    url: str, tmp_path: Path, older: Callable[[], None]
) -> None:
    older()
    schema.prepare(url, FakeClock())
    assert schema.current(url) == schema.HEAD
    (saved,) = tmp_path.glob("*.bak")
    assert saved.name == "relay.db.0000.20231114T221320Z.bak"
    with closing(sqlite3.connect(saved)) as connection:
        assert connection.execute("SELECT word FROM keepsake").fetchone() == ("precious",)


@pytest.fixture
def older(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes the file one of revision 0000, from which this version's migrations lead to a head that has one table more."""

    def make() -> None:
        versions = tmp_path / "alembic" / "versions"
        versions.mkdir(parents=True)
        for name in ("env.py", "script.py.mako"):
            (versions.parent / name).write_text((ROOT / "alembic" / name).read_text())
        step = (
            "revision = {!r}\ndown_revision = {!r}\nfrom alembic import op\ndef upgrade():\n    {}\ndef downgrade():\n    pass\n"
        )
        (versions / "0000_before.py").write_text(step.format("0000", None, "pass"))
        (versions / "head.py").write_text(step.format(schema.HEAD, "0000", "op.execute('CREATE TABLE added (x)')"))
        (tmp_path / "alembic.ini").write_text((ROOT / "alembic.ini").read_text())
        monkeypatch.setattr(schema, "_ROOT", tmp_path)
        execute(tmp_path / "relay.db", "UPDATE alembic_version SET version_num = '0000'")
        execute(tmp_path / "relay.db", "CREATE TABLE keepsake AS SELECT 'precious' AS word")

    return make


def test_a_migration_that_fails_leaves_the_file_as_it_was(url: str, tmp_path: Path, older: Callable[[], None]) -> None:
    older()
    execute(tmp_path / "relay.db", "CREATE TABLE added (already_there)")
    with pytest.raises(DatabaseError, match=r"could not be upgraded: table added already exists\. Nothing in it was changed"):
        schema.prepare(url, FakeClock())
    assert schema.current(url) == "0000"


@pytest.mark.parametrize("act", [lambda url: schema.prepare(url, FakeClock()), schema.upgrade])
def test_a_newer_schema_is_refused_with_what_to_do(url: str, tmp_path: Path, act: Callable[[str], None]) -> None:
    execute(tmp_path / "relay.db", "UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(DatabaseError, match=r"newer version.*0999.*restore a backup"):
        act(url)
    assert schema.current(url) == "0999"
    assert not list(tmp_path.glob("*.bak"))
    assert ["newer version" in sentence for sentence in schema.check(url)] == [True]


def test_a_start_on_the_newest_schema_does_not_pay_for_alembic(url: str) -> None:
    code = (
        "import sys; from bot.storage import schema; from bot.clock import SystemClock\n"
        f"schema.prepare({url!r}, SystemClock()); print('alembic' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
    assert answer.stdout.strip() == "False"


# --- what is not our database --------------------------------------------------------------------------------------------


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("milk, eggs\n" * 100)
    with pytest.raises(DatabaseError, match=r"notes\.txt cannot be read: file is not a database"):
        schema.prepare(address(file), FakeClock())
    assert file.read_text().startswith("milk")


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    execute(file, "CREATE TABLE theirs (x)")
    with pytest.raises(DatabaseError, match="not the bot's"):
        schema.prepare(address(file), FakeClock())
    assert schema.check(address(file)) == [f"{file} is a database, but not the bot's. Choose another file for storage.url."]


def test_a_file_that_another_program_keeps_to_itself_is_no_broken_file(url: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "relay.db", isolation_level=None)) as somebody:
        somebody.execute("PRAGMA locking_mode = EXCLUSIVE")
        somebody.execute("INSERT INTO state (key, value) VALUES ('a', 'x')")
        with pytest.raises(DatabaseError, match=r"locked by another program.* End that program"):
            schema.current(url, patience_s=0.0)
        with pytest.raises(DatabaseError, match=r"locked by another program.* End that program"):
            schema.backup(url, tmp_path / "copy.db", patience_s=0.0)
    assert schema.current(url) == schema.HEAD
    assert not list(tmp_path.glob("copy.db*"))


def test_a_directory_that_is_not_there_is_more_likely_a_mistake(tmp_path: Path) -> None:
    url = address(tmp_path / "no" / "such" / "relay.db")
    with pytest.raises(DatabaseError, match="Create the directory"):
        schema.upgrade(url)
    with pytest.raises(DatabaseError, match="Create the directory"), schema.lock(url):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DatabaseError, match="cannot be written"), schema.lock(address(tmp_path / "relay.db")):
        pass


def test_a_directory_in_place_of_the_lock_is_named(tmp_path: Path) -> None:
    (tmp_path / "relay.db.lock").mkdir()
    with pytest.raises(DatabaseError, match=r"relay\.db\.lock cannot be written"), schema.lock(address(tmp_path / "relay.db")):
        pass


# --- lock ----------------------------------------------------------------------------------------------------------------


def test_a_second_holder_is_refused_and_told_who_has_it(url: str) -> None:
    with (
        schema.lock(url),
        pytest.raises(DatabaseError, match=rf"in use by another bot \(process {os.getpid()}\)\. Stop that one first"),
        schema.lock(url),
    ):
        pass
    with schema.lock(url):
        pass


def test_the_lock_of_a_process_that_was_killed_is_free(url: str) -> None:
    code = f"from bot.storage import schema\nwith schema.lock({url!r}):\n    print('held', flush=True)\n    input()"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(DatabaseError, match=rf"process {process.pid}\)"), schema.lock(url):
            pass
        process.kill()
    with schema.lock(url):
        pass


# --- check and backup ------------------------------------------------------------------------------------------------------


def test_check_says_what_to_do_when_there_is_nothing_yet(tmp_path: Path) -> None:
    (sentence,) = schema.check(address(tmp_path / "relay.db"))
    assert "db upgrade" in sentence


def test_check_names_an_older_schema(url: str, older: Callable[[], None]) -> None:
    older()
    (sentence,) = schema.check(url)
    assert "has schema 0000, this version needs" in sentence


def test_check_finds_a_table_that_somebody_changed(url: str, tmp_path: Path) -> None:
    execute(tmp_path / "relay.db", "ALTER TABLE state ADD COLUMN mine TEXT")
    (sentence,) = schema.check(url)
    assert "differs from schema" in sentence
    assert "mine" in sentence


def test_check_finds_rows_that_point_nowhere(url: str, tmp_path: Path) -> None:
    execute(tmp_path / "relay.db", "INSERT INTO creator_handle VALUES (99, 'nobody', 0, 0)")
    (sentence,) = schema.check(url)
    assert "creator_handle that point nowhere" in sentence


def test_check_finds_a_damaged_page(url: str, tmp_path: Path) -> None:
    file = tmp_path / "relay.db"
    with closing(sqlite3.connect(file)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_watch_creator_id'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(file.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    file.write_bytes(content)
    assert any("damaged" in sentence for sentence in schema.check(url))


async def test_a_backup_is_made_while_the_bot_writes(url: str, tmp_path: Path) -> None:
    db = await Database.open(url, clock=SystemClock())
    await db.write(state.put, "a", "before")
    unfinished = asyncio.gather(*(db.write(state.put, str(n), "during") for n in range(200)))
    await asyncio.to_thread(schema.backup, url, tmp_path / "copy.db")
    await unfinished
    await db.write(state.put, "b", "after")
    await db.close()
    assert schema.check(address(tmp_path / "copy.db")) == []
    assert "before" in values(tmp_path / "copy.db")
    assert "after" not in values(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db.part").exists()


def test_a_backup_never_replaces_a_file(url: str, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("older backup")
    with pytest.raises(DatabaseError, match="exists already"):
        schema.backup(url, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "older backup"


def test_there_is_no_backup_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="nothing to back up"):
        schema.backup(address(tmp_path / "relay.db"), tmp_path / "copy.db")


def test_a_backup_that_fails_leaves_nothing_half_done(url: str, tmp_path: Path) -> None:
    (tmp_path / "relay.db").write_bytes(b"not a database any more" * 50)
    with pytest.raises(DatabaseError, match="not a database"):
        schema.backup(url, tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy.db*"))
