"""The database file as a whole: who has it, which version it is, upgrade, check and backup.

Everything here blocks and is meant for before the loop starts, or for the command line. Alembic is imported only when
something is to be migrated or compared: it costs a quarter of a second.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from bot.clock import Clock
from bot.errors import DatabaseError
from bot.storage.engines import BUSY, BUSY_TIMEOUT_S, file_of, inspection_engine, is_busy, read_only_uri
from bot.storage.instants import from_ms

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0004"
"""The newest revision under alembic/versions; a test holds it equal."""

_ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def lock(url: str) -> Iterator[None]:
    """Hold the database for this process alone, through `<file>.lock`; the system lets go of it if we die.

    Raises `DatabaseError` when another process holds it.
    """
    file = file_of(url)
    _need_directory(file)
    path = file.with_name(f"{file.name}.lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}. Let this user write to {file.parent}, or change storage.url."
        raise DatabaseError(msg) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            msg = (
                f"{file} is in use by another bot (process {holder}). Stop that one first, or give this one its own storage.url."
            )
            raise DatabaseError(msg) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        # The file stays: to delete it would let a third process lock a new file of that name while a second waits for this.
        os.close(descriptor)


def prepare(url: str, clock: Clock) -> None:
    """Make the file fit for this version: create it, or back it up and upgrade it. The caller holds the `lock`.

    Raises `DatabaseError` for a file of a newer version, or that is not ours.
    """
    stands = current(url)
    if stands == HEAD:
        return
    if stands is not None:
        _refuse_newer(url, stands)
        file = file_of(url)
        at = from_ms(clock.now_ms()).astimezone(UTC)
        backup(url, file.with_name(f"{file.name}.{stands}.{at:%Y%m%dT%H%M%SZ}.bak"))
    upgrade(url)


def current(url: str, *, patience_s: float = BUSY_TIMEOUT_S) -> str | None:
    """The file's revision; None when there is no file yet, or nothing in it. Raises `DatabaseError` if it is not ours, or if
    somebody who lets nobody else even look holds it for longer than `patience_s`.
    """
    file = file_of(url)
    if not file.exists() or file.stat().st_size == 0:
        return None
    with _reading(file, patience_s) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return None
        if "alembic_version" not in tables:
            msg = f"{file} is a database, but not the bot's. Choose another file for storage.url."
            raise DatabaseError(msg)
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate the file up to `revision`, creating it where there is none. The caller holds the `lock`."""
    from alembic import command  # see the module's docstring

    file = file_of(url)
    _need_directory(file)
    stands = current(url)
    if stands is not None:
        _refuse_newer(url, stands)
    try:
        command.upgrade(_config(url), revision)
    except Exception as error:  # a migration may fail in any way; one transaction held it
        if is_busy(error):
            raise DatabaseError(BUSY) from error
        reason = getattr(error, "orig", None) or error  # SQLAlchemy's errors bring the statement along; nobody needs it here
        msg = f"{file} could not be upgraded: {reason}. Nothing in it was changed; report it, and run the version before."
        raise DatabaseError(msg) from error


def check(url: str) -> list[str]:
    """Every fault of the file in a sentence with the next step; an empty list when there is none."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from bot.storage.tables import metadata

    file = file_of(url)
    try:
        stands = current(url)
    except DatabaseError as error:
        return [str(error)]
    if stands is None:
        return [f"there is no database at {file} yet. `python -m bot db upgrade` creates it."]
    if stands != HEAD:
        try:
            _refuse_newer(url, stands)
        except DatabaseError as error:
            return [str(error)]
        return [f"{file} has schema {stands}, this version needs {HEAD}. `python -m bot db upgrade` backs it up and upgrades it."]
    faults = _damages(file)
    engine = inspection_engine(file)
    try:
        with engine.connect() as connection:
            differences = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
    finally:
        engine.dispose()
    faults += [f"{file} differs from schema {HEAD}: {difference}. Restore a backup." for difference in differences]
    return faults


def backup(url: str, file: Path, *, patience_s: float = BUSY_TIMEOUT_S) -> None:
    """Write a copy to `file`, complete or not at all; works while the bot runs and does not hold it up. Waits for `patience_s`
    for somebody who lets nobody else look.
    """
    source_file = file_of(url)
    if not source_file.exists():
        msg = f"there is no database at {source_file}, so nothing to back up. Check storage.url."
        raise DatabaseError(msg)
    if file.exists():
        msg = f"{file} exists already and is left as it is. Choose another name for the backup."
        raise DatabaseError(msg)
    _need_directory(file)
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with _reading(source_file, patience_s) as source, contextlib.closing(sqlite3.connect(unfinished)) as target:
            # Waits for whoever lets nobody look, and gives up in the end; the copying itself would wait for ever.
            source.execute("PRAGMA schema_version").fetchone()
            # In one step: it reads one snapshot, which in WAL mode blocks nobody. In small steps every write would restart it.
            source.backup(target)
        unfinished.replace(file)
    except (sqlite3.Error, OSError) as error:
        msg = f"the backup to {file} failed: {error}. Check the free space and that this user may write there."
        raise DatabaseError(msg) from error
    finally:
        unfinished.unlink(missing_ok=True)


def _config(url: str) -> Config:
    from alembic.config import Config

    config = Config(str(_ROOT / "alembic.ini"))
    config.attributes["url"] = url
    return config


def _refuse_newer(url: str, revision: str) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(_config(url)).walk_revisions()}
    if revision not in known:
        msg = (
            f"{file_of(url)} was written by a newer version of the bot (schema {revision}, this one knows up to {HEAD}). "
            "Run that version again, or restore a backup from before."
        )
        raise DatabaseError(msg)


def _need_directory(file: Path) -> None:
    """The default, `var/`, is made on the first start; a longer path that is not there is more likely a mistake."""
    try:
        file.parent.mkdir(exist_ok=True)
    except OSError as error:
        msg = f"{file.parent} cannot be used: {error.strerror}. Create the directory, or change the path."
        raise DatabaseError(msg) from error


@contextlib.contextmanager
def _reading(file: Path, patience_s: float = BUSY_TIMEOUT_S) -> Iterator[sqlite3.Connection]:
    try:
        with contextlib.closing(sqlite3.connect(read_only_uri(file), uri=True, timeout=patience_s)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        if is_busy(error):
            raise DatabaseError(BUSY) from error
        msg = f"{file} cannot be read: {error}. Check that it is the bot's database and that this user may read it."
        raise DatabaseError(msg) from error


def _damages(file: Path) -> list[str]:
    """What SQLite itself finds wrong."""
    try:
        with _reading(file) as connection:
            broken = [text for (text,) in connection.execute("PRAGMA integrity_check") if text != "ok"]
            astray = sorted({row[0] for row in connection.execute("PRAGMA foreign_key_check")})
    except DatabaseError as error:
        return [f"{file} is damaged: {error.__cause__}. Stop the bot and restore a backup."]
    faults = [f"{file} is damaged: {text}. Stop the bot and restore a backup." for text in broken]
    if astray:
        faults.append(f"{file} has rows in {', '.join(astray)} that point nowhere. Stop the bot and restore a backup.")
    return faults
