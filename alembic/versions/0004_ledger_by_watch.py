"""Finds the posts and cases of a watch without a look at all of them. The version before works on beside this one.

Only indexes: no table is written anew. Making the one on `post` reads the ledger once.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_post_watch_id", "post", ["watch_id"])
    op.create_index("ix_case_watch_id", "case", ["watch_id"])


def downgrade() -> None:
    op.drop_index("ix_case_watch_id", "case")
    op.drop_index("ix_post_watch_id", "post")
