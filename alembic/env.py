"""How alembic reaches our tables: for `bot.storage.schema`, and for `alembic` by hand.

One transaction holds the whole upgrade: it either happens or it does not.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable

from alembic import context
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext

from bot.storage.engines import file_of, migration_engine
from bot.storage.tables import metadata


def number_revisions(migration: MigrationContext, _revision: object, scripts: list[MigrationScript]) -> None:
    """Call revisions 0001, 0002, … in their order."""
    heads: Iterable[str] = migration.get_current_heads()
    scripts[0].rev_id = f"{max((int(head) for head in heads), default=0) + 1:04d}"


def scratch(directory: str) -> str:
    """A new migration is what our tables have over a database that all earlier ones were run on: make one."""
    url = f"sqlite:///{directory}/scratch.db"
    # In a process of its own: alembic cannot run inside itself.
    subprocess.run([sys.executable, "-m", "alembic", "-x", f"url={url}", "upgrade", "head"], check=True)  # noqa: S603
    return url


def run() -> None:
    """Migrate the database whose address we were given, by `bot.storage.schema` or by `-x url=…`; else a scratch one."""
    given = context.get_x_argument(as_dictionary=True).get("url") or context.config.attributes.get("url")
    with tempfile.TemporaryDirectory() as directory:
        migrate(given or scratch(directory))


def migrate(url: str) -> None:
    engine = migration_engine(file_of(url))
    try:
        with engine.begin() as connection:
            context.configure(
                connection=connection,
                target_metadata=metadata,
                render_as_batch=True,
                compare_type=True,
                transactional_ddl=True,
                process_revision_directives=number_revisions,
            )
            context.run_migrations()
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                msg = f"the migration would leave {len(broken)} rows that point nowhere, in {sorted({row[0] for row in broken})}"
                raise RuntimeError(msg)
    finally:
        engine.dispose()


if context.is_offline_mode():
    msg = "migrations read the database they change: run them online"
    raise SystemExit(msg)
run()
