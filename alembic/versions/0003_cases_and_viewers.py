"""Cases, rules, viewers, and who wants to be forgotten. The version before works on beside this one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def whole(name: str, kind: type[sa.Integer] = sa.BigInteger) -> sa.Column[int]:
    return sa.Column(name, kind(), nullable=False)


def words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.add_column("guild", sa.Column("cases", sa.Integer(), server_default="0", nullable=False))
    cases()
    viewers()
    op.create_index("ix_watch_seen", "watch", ["guild_id", "creator_id", "created_at_ms", "ended_at_ms"])
    op.create_table(
        "rule",
        sa.Column("id", KEY, nullable=False),
        whole("guild_id"),
        sa.Column("creator_id", KEY),
        words("kind"),
        words("pattern"),
        words("action"),
        whole("cooldown_s", sa.Integer),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        whole("created_by"),
        whole("created_at_ms"),
        whole("changed_at_ms"),
        sa.ForeignKeyConstraint(["guild_id"], ["guild.id"], name="fk_rule_guild_id_guild"),
        sa.PrimaryKeyConstraint("id", name="pk_rule"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rule_guild_id", "rule", ["guild_id"])
    op.create_table(
        "forget_request",
        words("code"),
        whole("asked_by"),
        whole("asked_at_ms"),
        whole("expires_at_ms"),
        sa.Column("viewer_id", sa.Text()),
        sa.Column("used_at_ms", sa.BigInteger()),
        sa.Column("done_at_ms", sa.BigInteger()),
        sa.Column("progress", sa.Text(), nullable=False, server_default="{}"),
        sa.PrimaryKeyConstraint("code", name="pk_forget_request"),
    )
    op.create_index("ix_forget_request_asked_by", "forget_request", ["asked_by"])
    op.create_table("tombstone", words("digest"), whole("created_at_ms"), sa.PrimaryKeyConstraint("digest", name="pk_tombstone"))


def downgrade() -> None:
    op.drop_index("ix_watch_seen", "watch")
    for table in ("tombstone", "forget_request", "rule", "viewer_note", "viewer_gifts", "viewer", "case_step", "case"):
        op.drop_table(table)
    op.drop_column("guild", "cases")


def cases() -> None:
    op.create_table(
        "case",
        sa.Column("id", KEY, nullable=False),
        whole("guild_id"),
        whole("number", sa.Integer),
        words("key"),
        words("kind"),
        words("state"),
        sa.Column("creator_id", KEY, nullable=False),
        sa.Column("watch_id", KEY),
        words("room_id"),
        words("viewer_id"),
        words("viewer_handle"),
        words("viewer_name"),
        whole("first_seq"),
        whole("last_seq"),
        whole("comments", sa.Integer),
        whole("unseen", sa.Integer),
        whole("reveals", sa.Integer),
        words("facts"),
        whole("opened_at_ms"),
        sa.Column("owner_id", sa.BigInteger()),
        sa.Column("claimed_at_ms", sa.BigInteger()),
        sa.Column("closed_at_ms", sa.BigInteger()),
        sa.Column("escalated_at_ms", sa.BigInteger()),
        sa.ForeignKeyConstraint(["guild_id"], ["guild.id"], name="fk_case_guild_id_guild"),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name="fk_case_watch_id_watch"),
        sa.PrimaryKeyConstraint("id", name="pk_case"),
        sa.UniqueConstraint("guild_id", "number", name="uq_case_guild_id_number"),
        sa.UniqueConstraint("guild_id", "key", name="uq_case_guild_id_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_case_creator_id", "case", ["creator_id", "id"])
    op.create_index("ix_case_guild_id_state_number", "case", ["guild_id", "state", "number"])
    op.create_index("ix_case_guild_id_viewer_id", "case", ["guild_id", "viewer_id"])
    is_open = sa.text("state = 'open'")
    op.create_index("ix_case_unclaimed", "case", ["opened_at_ms"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_table(
        "case_step",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        whole("at_ms"),
        whole("actor_id"),
        words("action"),
        words("note"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_case_step_case_id_case", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_case_step"),
    )
    op.create_index("ix_case_step_case_id", "case_step", ["case_id", "id"])


def viewers() -> None:
    op.create_table(
        "viewer",
        words("viewer_id"),
        sa.Column("creator_id", KEY, autoincrement=False, nullable=False),
        words("handle"),
        words("nickname"),
        whole("first_seen_at_ms"),
        whole("last_seen_at_ms"),
        sa.PrimaryKeyConstraint("viewer_id", "creator_id", "handle", name="pk_viewer"),
    )
    op.create_index("ix_viewer_creator_id_handle", "viewer", ["creator_id", "handle"])
    op.create_table(
        "viewer_gifts",
        sa.Column("creator_id", KEY, autoincrement=False, nullable=False),
        words("viewer_id"),
        words("room_id"),
        whole("through_seq"),
        whole("gifts", sa.Integer),
        whole("diamonds"),
        whole("first_at_ms"),
        whole("last_at_ms"),
        sa.Column("comments", sa.Integer(), server_default="0", nullable=False),
        sa.Column("removed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("removed_at_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("creator_id", "viewer_id", "room_id", name="pk_viewer_gifts"),
    )
    op.create_table(
        "viewer_note",
        sa.Column("id", KEY, nullable=False),
        whole("guild_id"),
        words("viewer_id"),
        whole("at_ms"),
        whole("by"),
        words("text"),
        sa.ForeignKeyConstraint(["guild_id"], ["guild.id"], name="fk_viewer_note_guild_id_guild"),
        sa.PrimaryKeyConstraint("id", name="pk_viewer_note"),
    )
    op.create_index("ix_viewer_note_guild_id_viewer_id", "viewer_note", ["guild_id", "viewer_id"])
