"""Cards, pauses, faults; lines that share a place, or grow.

Only tables and columns that the version before does not look at: it works on beside this one. Columns are added and dropped in
place, so no table is written anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def text(name: str, default: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def added() -> tuple[tuple[str, sa.Column[object]], ...]:
    columns: tuple[tuple[str, sa.Column[object]], ...] = (
        ("guild", text("settings", "{}")),
        ("guild", sa.Column("left_at_ms", sa.BigInteger())),
        ("watch", sa.Column("paused_at_ms", sa.BigInteger())),
        ("watch", sa.Column("paused_why", sa.Text())),
        ("watch", sa.Column("resumed_at_ms", sa.BigInteger())),
        ("intent", text("style", "compact")),
        ("intent_line", sa.Column("place", sa.Integer())),
        ("intent_line", text("who", "")),
        ("intent_line", text("said", "")),
        ("intent_line", text("grows", "")),
        ("post", text("style", "compact")),
        ("post_line", text("who", "")),
        ("post_line", text("said", "")),
        ("post_line", sa.Column("grows", sa.Text())),
    )
    return columns


def partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    for table, column in added():
        op.add_column(table, column)
    partial_index("ix_post_line_grows", "post_line", ["grows"], "grows IS NOT NULL")
    op.create_table(
        "watch_fault",
        sa.Column("watch_id", KEY, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("since_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("told_at_ms", sa.BigInteger()),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name="fk_watch_fault_watch_id_watch"),
        sa.PrimaryKeyConstraint("watch_id", name="pk_watch_fault"),
    )
    op.create_table(
        "card",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("watch_id", KEY),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("shown_revision", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("posting", sa.Text()),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name="fk_card_watch_id_watch"),
        sa.PrimaryKeyConstraint("id", name="pk_card"),
        sa.UniqueConstraint("key", name="uq_card_key"),
    )
    partial_index("ix_card_unshown", "card", ["id"], "shown_revision < revision")
    op.create_index("ix_card_watch_id", "card", ["watch_id"])
    op.create_index("ix_card_created_at_ms", "card", ["created_at_ms"])


def downgrade() -> None:
    op.drop_table("card")
    op.drop_table("watch_fault")
    op.drop_index("ix_post_line_grows", "post_line")
    for table, column in reversed(added()):
        op.drop_column(table, column.name)
