"""The first tables: guilds and watches, creators, the log, comments, intents and the ledger.

What the columns mean stands in bot/storage/tables.py. This file is history: it never changes once released.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    creators()
    guilds_and_wishes()
    log()
    comments()
    delivery()
    op.create_table(
        "state",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_state"),
    )


def downgrade() -> None:
    for table in (
        "state",
        "post_line",
        "post",
        "intent_line",
        "intent",
        "comment",
        "cursor",
        "log_batch",
        "log_head",
        "config_audit",
        "watch",
        "guild",
        "live_session",
        "creator_status",
        "creator_handle",
        "creator",
    ):
        op.drop_table(table)


def partial_index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def creators() -> None:
    op.create_table(
        "creator",
        sa.Column("id", KEY, nullable=False, comment="ours; partitions the log, survives a change of handle"),
        sa.Column("handle", sa.Text(), nullable=False, comment="current, lower-case; empty when it is somebody else's now"),
        sa.Column("tiktok_user_id", sa.Text(), comment="null until TikTok told us"),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("merged_into_id", KEY, comment="set when this row proved to be that creator"),
        sa.PrimaryKeyConstraint("id", name="pk_creator"),
        sa.UniqueConstraint("tiktok_user_id", name="uq_creator_tiktok_user_id"),
        sa.ForeignKeyConstraint(["merged_into_id"], ["creator.id"], name="fk_creator_merged_into_id_creator"),
    )
    partial_index("uq_creator_handle", "creator", ["handle"], "handle <> ''", unique=True)
    op.create_table(
        "creator_handle",
        sa.Column("creator_id", KEY, nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("first_seen_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("creator_id", "handle", name="pk_creator_handle"),
        sa.ForeignKeyConstraint(["creator_id"], ["creator.id"], name="fk_creator_handle_creator_id_creator"),
    )
    op.create_table(
        "creator_status",
        sa.Column("creator_id", KEY, autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("room_id", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("checked_at_ms", sa.BigInteger()),
        sa.Column("next_try_at_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("creator_id", name="pk_creator_status"),
        sa.ForeignKeyConstraint(["creator_id"], ["creator.id"], name="fk_creator_status_creator_id_creator"),
    )
    op.create_table(
        "live_session",
        sa.Column("creator_id", KEY, nullable=False),
        sa.Column("room_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=False, comment="TikTok's clock, 0 if it did not say"),
        sa.Column("first_seen_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_frame_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("creator_id", "room_id", name="pk_live_session"),
        sa.ForeignKeyConstraint(["creator_id"], ["creator.id"], name="fk_live_session_creator_id_creator"),
    )


def guilds_and_wishes() -> None:
    op.create_table(
        "guild",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guild"),
    )
    op.create_table(
        "watch",
        sa.Column("id", KEY, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("creator_id", KEY, nullable=False),
        sa.Column("settings", sa.Text(), nullable=False, comment="JSON of WatchSettings"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="counts the changes to settings"),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), comment="null while active; a watch is never deleted while its guild is known"),
        sa.Column("ended_by", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_watch"),
        sa.ForeignKeyConstraint(["guild_id"], ["guild.id"], name="fk_watch_guild_id_guild"),
        sa.ForeignKeyConstraint(["creator_id"], ["creator.id"], name="fk_watch_creator_id_creator"),
    )
    partial_index("uq_watch_active", "watch", ["guild_id", "creator_id", "channel_id"], "ended_at_ms IS NULL", unique=True)
    op.create_index("ix_watch_creator_id", "watch", ["creator_id"])
    op.create_table(
        "config_audit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False, comment="who: a Discord user, 0 for the bot itself"),
        sa.Column("action", sa.Text(), nullable=False, comment="what: watch.placed, watch.ended, watch.moved"),
        sa.Column("before", sa.Text(), comment="JSON, null when there was nothing"),
        sa.Column("after", sa.Text(), comment="JSON, null when nothing is left"),
        sa.PrimaryKeyConstraint("id", name="pk_config_audit"),
        sa.ForeignKeyConstraint(["guild_id"], ["guild.id"], name="fk_config_audit_guild_id_guild"),
    )
    op.create_index("ix_config_audit_guild_id_at_ms", "config_audit", ["guild_id", "at_ms"])


def log() -> None:
    op.create_table(
        "log_head",
        sa.Column("creator_id", KEY, autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False, comment="the newest right to write; older writers are refused"),
        sa.Column("pruned_seq", sa.BigInteger(), nullable=False, comment="the newest seq that retention has deleted"),
        sa.PrimaryKeyConstraint("creator_id", name="pk_log_head"),
    )
    op.create_table(
        "log_batch",
        sa.Column("creator_id", KEY, autoincrement=False, nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False, comment="which process wrote it"),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False, comment="length of body, so that retention need not read bodies"),
        sa.Column("received_from_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("received_to_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="bot.events.codec"),
        sa.PrimaryKeyConstraint("creator_id", "first_seq", name="pk_log_batch"),
    )
    op.create_index("ix_log_batch_received_to_at_ms_bytes", "log_batch", ["received_to_at_ms", "bytes"])
    op.create_table(
        "cursor",
        sa.Column("consumer", sa.Text(), nullable=False, comment="watch:<id> or comments"),
        sa.Column("creator_id", KEY, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="everything up to here has had its effect"),
        sa.PrimaryKeyConstraint("consumer", "creator_id", name="pk_cursor"),
    )


def comments() -> None:
    op.create_table(
        "comment",
        sa.Column("creator_id", KEY, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("message_uuid", sa.Text(), nullable=False),
        sa.Column("viewer_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), comment="null: the text is not encrypted"),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("received_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("removed_at_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("creator_id", "seq", name="pk_comment"),
    )
    op.create_index("ix_comment_creator_id_viewer_id_seq", "comment", ["creator_id", "viewer_id", "seq"])
    op.create_index("ix_comment_room_id_message_id", "comment", ["room_id", "message_id"])
    op.create_index("ix_comment_message_uuid", "comment", ["message_uuid"])


def delivery() -> None:
    intents()
    ledger()


def intents() -> None:
    op.create_table(
        "intent",
        sa.Column("id", KEY, nullable=False),
        sa.Column("watch_id", KEY, nullable=False),
        sa.Column("creator_id", KEY, nullable=False, comment="whose log the seqs stand in, even if the watch moves to another"),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("through_seq", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_intent"),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name="fk_intent_watch_id_watch"),
    )
    op.create_table(
        "intent_line",
        sa.Column("intent_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("message_uuid", sa.Text(), nullable=False),
        sa.Column("viewer_id", sa.Text(), nullable=False),
        sa.Column("rendered", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("intent_id", "number", name="pk_intent_line"),
        sa.ForeignKeyConstraint(["intent_id"], ["intent.id"], name="fk_intent_line_intent_id_intent", ondelete="CASCADE"),
    )


def ledger() -> None:
    op.create_table(
        "post",
        sa.Column("id", KEY, nullable=False),
        sa.Column("watch_id", KEY, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False, comment="Discord's"),
        sa.Column("settings_revision", sa.Integer(), nullable=False, comment="the watch's revision when it was posted"),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("edit_revision", sa.Integer(), nullable=False, comment="counts the changes to our lines"),
        sa.Column("edited_revision", sa.Integer(), nullable=False, comment="the edit_revision that Discord shows"),
        sa.PrimaryKeyConstraint("id", name="pk_post"),
        sa.UniqueConstraint("message_id", name="uq_post_message_id"),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name="fk_post_watch_id_watch"),
    )
    partial_index("ix_post_unedited", "post", ["id"], "edited_revision < edit_revision")
    op.create_index("ix_post_created_at_ms", "post", ["created_at_ms"])
    op.create_table(
        "post_line",
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="its place in the post, from 0"),
        sa.Column("source", sa.Integer(), nullable=False, comment="several sources may share one line; from 0"),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("message_uuid", sa.Text(), comment="null unless the edge named one"),
        sa.Column("viewer_id", sa.Text(), nullable=False),
        sa.Column("rendered", sa.Text(), nullable=False, comment="empty once struck"),
        sa.Column("struck", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("post_id", "number", "source", name="pk_post_line"),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name="fk_post_line_post_id_post", ondelete="CASCADE"),
    )
    op.create_index("ix_post_line_room_id_viewer_id", "post_line", ["room_id", "viewer_id"])
    op.create_index("ix_post_line_room_id_message_id", "post_line", ["room_id", "message_id"])
    partial_index("ix_post_line_message_uuid", "post_line", ["message_uuid"], "message_uuid IS NOT NULL")
