"""Every migration up, down and up again, and the tables in code equal to those in a file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from bot.storage import schema
from bot.storage.engines import migration_engine
from bot.storage.tables import metadata

ROOT = Path(schema.__file__).parents[2]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["url"] = f"sqlite:///{tmp_path}/relay.db"
    return config


def shape(file: Path) -> dict[str, str]:
    with closing(sqlite3.connect(file)) as connection:
        return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"))


def test_the_newest_revision_is_the_one_that_the_code_names(config: Config) -> None:
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_up_down_and_up_again_is_as_if_it_were_done_once(config: Config, tmp_path: Path) -> None:
    command.upgrade(config, "head")
    first = shape(tmp_path / "relay.db")
    command.downgrade(config, "base")
    assert set(shape(tmp_path / "relay.db")) == {"alembic_version"}
    command.upgrade(config, "head")
    assert shape(tmp_path / "relay.db") == first


def test_every_step_of_the_way_can_be_taken_alone(config: Config) -> None:
    steps = len(list(ScriptDirectory.from_config(config).walk_revisions()))
    for _ in range(steps):
        command.upgrade(config, "+1")
        command.downgrade(config, "-1")
        command.upgrade(config, "+1")


def test_autogenerate_finds_nothing_to_add(config: Config) -> None:
    command.upgrade(config, "head")
    command.check(config)


def test_every_index_of_the_code_is_in_the_file_word_for_word(config: Config, tmp_path: Path) -> None:
    """Autogenerate does not compare what a partial index leaves out; a watch could then be placed twice."""
    command.upgrade(config, "head")
    made = tmp_path / "made.db"
    engine = migration_engine(made)
    metadata.create_all(engine)
    engine.dispose()
    migrated = {
        name: " ".join(sql.split())
        for name, sql in shape(tmp_path / "relay.db").items()
        if sql.startswith("CREATE") and "INDEX" in sql
    }
    expected = {name: " ".join(sql.split()) for name, sql in shape(made).items() if "INDEX" in sql}
    assert migrated == expected


def test_the_same_tables_never_give_an_id_out_again_in_the_code_and_in_the_file(config: Config, tmp_path: Path) -> None:
    """Autogenerate does not compare that either; a button that stands somewhere would then act on another row."""
    command.upgrade(config, "head")
    migrated = {name for name, sql in shape(tmp_path / "relay.db").items() if "AUTOINCREMENT" in sql}
    assert migrated == {table.name for table in metadata.tables.values() if table.dialect_options["sqlite"]["autoincrement"]}
    assert {"case", "rule"} <= migrated


def test_a_new_file_returns_free_pages_step_by_step(config: Config, tmp_path: Path) -> None:
    command.upgrade(config, "head")
    with closing(sqlite3.connect(tmp_path / "relay.db")) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_keys_have_names_and_instants_say_that_they_are(config: Config) -> None:
    for table in metadata.tables.values():
        assert table.primary_key.columns
        for column in table.columns:
            assert "_at" not in column.name or column.name.endswith("_at_ms"), f"{table.name}.{column.name}"
