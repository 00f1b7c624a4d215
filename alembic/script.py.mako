"""${message}.

Before you commit this, read it line by line; autogenerate guesses.

- Does it work while the previous version still runs? In split mode workers are replaced one after the other, so expand
  first (add a column that may be null), release, then contract. Never rename: add, copy, stop using, drop.
- SQLite rebuilds a table for almost every ALTER (`batch_alter_table`): name all constraints, and mind big tables (log_batch,
  comment), which are then written anew while nothing else can be.
- `downgrade` must work: `make test` runs every migration up, down and up again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = "${up_revision}"
down_revision = ${'"%s"' % down_revision if down_revision else None}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
