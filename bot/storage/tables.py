"""The tables. What a column means stands here once; the units beside this module say what is done with it.

Keys are 64 bits everywhere. Instants are UTC integer milliseconds and end in `_at_ms` (SQLite has no instant of its own and
would drop the zone). Discord's ids are BIGINT, TikTok's are text.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

KEY = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite gives out ids by itself only for a column that is called INTEGER; its integers have 64 bits all the same."""

# --- Guilds and what they wish -------------------------------------------------------------------------------------------

guild = Table(
    "guild",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("known_at_ms", BigInteger, nullable=False),
    Column("settings", Text, nullable=False, server_default="{}", comment="JSON of GuildSettings"),
    Column("left_at_ms", BigInteger, comment="since when the bot is not in the server; erased 30 days later"),
    Column("cases", Integer, nullable=False, server_default="0", comment="opened so far: the last one's number"),
)

watch = Table(
    "watch",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("guild_id", ForeignKey("guild.id"), nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("creator_id", ForeignKey("creator.id"), nullable=False),
    Column("settings", Text, nullable=False, comment="JSON of WatchSettings"),
    Column("revision", Integer, nullable=False, comment="counts the changes to settings"),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger, comment="null while active; a watch is never deleted while its guild is known"),
    Column("ended_by", BigInteger),
    Column("paused_at_ms", BigInteger, comment="null unless it stands still"),
    Column("paused_why", Text, comment="asked, left, fault or adults"),
    Column("resumed_at_ms", BigInteger, comment="since when it hears again, after the last pause"),
)
_active = watch.c.ended_at_ms.is_(None)
Index(
    "uq_watch_active",
    watch.c.guild_id,
    watch.c.creator_id,
    watch.c.channel_id,
    unique=True,
    sqlite_where=_active,
    postgresql_where=_active,
)
Index("ix_watch_creator_id", watch.c.creator_id)
# What a guild saw: it answers for each comment that is looked at, without a look at the watch itself.
Index("ix_watch_seen", watch.c.guild_id, watch.c.creator_id, watch.c.created_at_ms, watch.c.ended_at_ms)

watch_fault = Table(
    "watch_fault",
    metadata,
    Column("watch_id", ForeignKey("watch.id"), primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("detail", Text, nullable=False, comment="Discord's word for it, no viewer's"),
    Column("since_at_ms", BigInteger, nullable=False),
    Column("is_final", Boolean, nullable=False, comment="the watch was paused for it"),
    Column("told_at_ms", BigInteger, comment="when the guild was told, which happens once"),
)

config_audit = Table(
    "config_audit",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("guild_id", ForeignKey("guild.id"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor_id", BigInteger, nullable=False, comment="who: a Discord user, 0 for the bot itself"),
    Column("action", Text, nullable=False, comment="what: watch.placed, watch.ended, watch.moved"),
    Column("before", Text, comment="JSON, null when there was nothing"),
    Column("after", Text, comment="JSON, null when nothing is left"),
)
Index("ix_config_audit_guild_id_at_ms", config_audit.c.guild_id, config_audit.c.at_ms)

# --- Creators ------------------------------------------------------------------------------------------------------------

creator = Table(
    "creator",
    metadata,
    Column("id", KEY, primary_key=True, comment="ours; partitions the log, survives a change of handle"),
    Column("handle", Text, nullable=False, comment="current, lower-case; empty when it is somebody else's now"),
    Column("tiktok_user_id", Text, unique=True, comment="null until TikTok told us"),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("merged_into_id", ForeignKey("creator.id"), comment="set when this row proved to be that creator"),
)
_named = text("handle <> ''")
Index("uq_creator_handle", creator.c.handle, unique=True, sqlite_where=_named, postgresql_where=_named)

creator_handle = Table(
    "creator_handle",
    metadata,
    Column("creator_id", ForeignKey("creator.id"), nullable=False),
    Column("handle", Text, nullable=False),
    Column("first_seen_at_ms", BigInteger, nullable=False),
    Column("last_seen_at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("creator_id", "handle"),
)

creator_status = Table(
    "creator_status",
    metadata,
    Column("creator_id", ForeignKey("creator.id"), primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("room_id", Text),
    Column("title", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("connected", Boolean, nullable=False),
    Column("checked_at_ms", BigInteger),
    Column("next_try_at_ms", BigInteger),
)

live_session = Table(
    "live_session",
    metadata,
    Column("creator_id", ForeignKey("creator.id"), nullable=False),
    Column("room_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("started_at_ms", BigInteger, nullable=False, comment="TikTok's clock, 0 if it did not say"),
    Column("first_seen_at_ms", BigInteger, nullable=False),
    Column("last_frame_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    PrimaryKeyConstraint("creator_id", "room_id"),
)

# --- The log. Its partitions are creator ids, but it stands alone: no foreign key is paid for on the way of the events -----

log_head = Table(
    "log_head",
    metadata,
    Column("creator_id", KEY, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False, comment="the newest right to write; older writers are refused"),
    Column("pruned_seq", BigInteger, nullable=False, comment="the newest seq that retention has deleted"),
)

log_batch = Table(
    "log_batch",
    metadata,
    Column("creator_id", KEY, nullable=False, autoincrement=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("writer", Text, nullable=False, comment="which process wrote it"),
    Column("schema_version", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("bytes", Integer, nullable=False, comment="length of body, so that retention need not read bodies"),
    Column("received_from_at_ms", BigInteger, nullable=False),
    Column("received_to_at_ms", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False, comment="bot.events.codec"),
    PrimaryKeyConstraint("creator_id", "first_seq"),
)
Index("ix_log_batch_received_to_at_ms_bytes", log_batch.c.received_to_at_ms, log_batch.c.bytes)

cursor = Table(
    "cursor",
    metadata,
    Column("consumer", Text, nullable=False, comment="watch:<id> or comments"),
    Column("creator_id", KEY, nullable=False, autoincrement=False),
    Column("seq", BigInteger, nullable=False, comment="everything up to here has had its effect"),
    PrimaryKeyConstraint("consumer", "creator_id"),
)

comment = Table(
    "comment",
    metadata,
    Column("creator_id", KEY, nullable=False, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("room_id", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("message_uuid", Text, nullable=False),
    Column("viewer_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("key_id", BigInteger, comment="null: the text is not encrypted"),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("received_at_ms", BigInteger, nullable=False),
    Column("removed_at_ms", BigInteger),
    PrimaryKeyConstraint("creator_id", "seq"),
)
Index("ix_comment_creator_id_viewer_id_seq", comment.c.creator_id, comment.c.viewer_id, comment.c.seq)
Index("ix_comment_room_id_message_id", comment.c.room_id, comment.c.message_id)
Index("ix_comment_message_uuid", comment.c.message_uuid)

# --- Delivery: what we are about to post, and what we posted ---------------------------------------------------------------

intent = Table(
    "intent",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("watch_id", ForeignKey("watch.id"), nullable=False),
    Column("creator_id", KEY, nullable=False, comment="whose log the seqs stand in, even if the watch moves to another"),
    Column("channel_id", BigInteger, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("through_seq", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("style", Text, nullable=False, server_default="compact"),
)

intent_line = Table(
    "intent_line",
    metadata,
    Column("intent_id", ForeignKey("intent.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("room_id", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("message_uuid", Text, nullable=False),
    Column("viewer_id", Text, nullable=False),
    Column("rendered", Text, nullable=False),
    Column("place", Integer, comment="its line of the post, where several sources share one; null: its number"),
    Column("who", Text, nullable=False, server_default=""),
    Column("said", Text, nullable=False, server_default=""),
    Column("grows", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("intent_id", "number"),
)

post = Table(
    "post",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("watch_id", ForeignKey("watch.id"), nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False, unique=True, comment="Discord's"),
    Column("settings_revision", Integer, nullable=False, comment="the watch's revision when it was posted"),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("edit_revision", Integer, nullable=False, comment="counts the changes to our lines"),
    Column("edited_revision", Integer, nullable=False, comment="the edit_revision that Discord shows"),
    Column("style", Text, nullable=False, server_default="compact"),
)
_unedited = post.c.edited_revision < post.c.edit_revision
Index("ix_post_unedited", post.c.id, sqlite_where=_unedited, postgresql_where=_unedited)
Index("ix_post_created_at_ms", post.c.created_at_ms)
Index("ix_post_watch_id", post.c.watch_id)

post_line = Table(
    "post_line",
    metadata,
    Column("post_id", ForeignKey("post.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False, comment="its place in the post, from 0"),
    Column("source", Integer, nullable=False, comment="several sources may share one line; from 0"),
    Column("seq", BigInteger, nullable=False),
    Column("room_id", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("message_uuid", Text, comment="null unless the edge named one"),
    Column("viewer_id", Text, nullable=False),
    Column("rendered", Text, nullable=False, comment="empty once struck"),
    Column("struck", Boolean, nullable=False),
    Column("who", Text, nullable=False, server_default="", comment="rendered in its two parts, empty once struck"),
    Column("said", Text, nullable=False, server_default=""),
    Column("grows", Text, comment="what the line is about while that is not over, else null"),
    PrimaryKeyConstraint("post_id", "number", "source"),
)
Index("ix_post_line_room_id_viewer_id", post_line.c.room_id, post_line.c.viewer_id)
Index("ix_post_line_room_id_message_id", post_line.c.room_id, post_line.c.message_id)
_has_uuid = post_line.c.message_uuid.is_not(None)
Index(
    "ix_post_line_message_uuid",
    post_line.c.message_uuid,
    sqlite_where=_has_uuid,
    postgresql_where=_has_uuid,
)

_grows = post_line.c.grows.is_not(None)
Index("ix_post_line_grows", post_line.c.grows, sqlite_where=_grows, postgresql_where=_grows)

card = Table(
    "card",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("key", Text, nullable=False, unique=True, comment="golive:<watch>:<room>, pk:<channel>:<battle>, …"),
    Column("kind", Text, nullable=False),
    Column("watch_id", ForeignKey("watch.id"), comment="null for what concerns a whole guild"),
    Column("channel_id", BigInteger, nullable=False),
    Column("message", Text, nullable=False, comment="JSON of Message: what it should say"),
    Column("state", Text, nullable=False, comment="JSON: what its maker needs to go on after a restart"),
    Column("urgency", Integer, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False, comment="counts the changes to message"),
    Column("shown_revision", Integer, nullable=False, comment="the revision that Discord shows, 0 before it was posted"),
    Column("message_id", BigInteger, comment="Discord's, null before it was posted"),
    Column("is_over", Boolean, nullable=False),
    Column("is_withdrawn", Boolean, nullable=False, comment="the message shall be deleted"),
    Column("posting", Text, comment="JSON of Posting: what was sent and not answered yet"),
)
_unshown = card.c.shown_revision < card.c.revision
Index("ix_card_unshown", card.c.id, sqlite_where=_unshown, postgresql_where=_unshown)
Index("ix_card_watch_id", card.c.watch_id)
Index("ix_card_created_at_ms", card.c.created_at_ms)

# --- Moderation: cases, rules, what moderators wrote, and who wants to be forgotten ------------------------------------------

case = Table(
    "case",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("guild_id", ForeignKey("guild.id"), nullable=False),
    Column("number", Integer, nullable=False, comment="counts the guild's cases from 1"),
    Column("key", Text, nullable=False, comment="names its cause: hearing of it twice is hearing of it once"),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("creator_id", KEY, nullable=False),
    Column("watch_id", ForeignKey("watch.id"), comment="where the comments were relayed, if they were"),
    Column("room_id", Text, nullable=False),
    Column("viewer_id", Text, nullable=False),
    Column("viewer_handle", Text, nullable=False, comment="as last seen"),
    Column("viewer_name", Text, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("comments", Integer, nullable=False),
    Column("unseen", Integer, nullable=False, comment="of those, whose text was never received"),
    Column("reveals", Integer, nullable=False, comment="how often a moderator looked at the text"),
    Column("facts", Text, nullable=False, comment="JSON for the card; no viewer's text"),
    Column("opened_at_ms", BigInteger, nullable=False),
    Column("owner_id", BigInteger),
    Column("claimed_at_ms", BigInteger),
    Column("closed_at_ms", BigInteger),
    Column("escalated_at_ms", BigInteger),
    UniqueConstraint("guild_id", "number"),
    UniqueConstraint("guild_id", "key"),
    # An id is never given out again: a button that stands somewhere may still name it.
    sqlite_autoincrement=True,
)
Index("ix_case_creator_id", case.c.creator_id, case.c.id)
Index("ix_case_guild_id_state_number", case.c.guild_id, case.c.state, case.c.number)
Index("ix_case_guild_id_viewer_id", case.c.guild_id, case.c.viewer_id)
Index("ix_case_watch_id", case.c.watch_id)
_unclaimed = case.c.state == "open"
Index("ix_case_unclaimed", case.c.opened_at_ms, sqlite_where=_unclaimed, postgresql_where=_unclaimed)

case_step = Table(
    "case_step",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("case_id", ForeignKey("case.id", ondelete="CASCADE"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor_id", BigInteger, nullable=False, comment="a Discord user, 0 for the bot itself"),
    Column(
        "action",
        Text,
        nullable=False,
        comment="opened, grew, claimed, released, done, false_alarm, reopened, escalated, revealed, noted",
    ),
    Column("note", Text, nullable=False, comment="a moderator's own words"),
)
Index("ix_case_step_case_id", case_step.c.case_id, case_step.c.id)

rule = Table(
    "rule",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("guild_id", ForeignKey("guild.id"), nullable=False),
    Column("creator_id", KEY, comment="null: for every creator that the guild watches"),
    Column("kind", Text, nullable=False, comment="keyword, phrase, regex, user, detector"),
    Column("pattern", Text, nullable=False),
    Column("action", Text, nullable=False, comment="alert, highlight, hide"),
    Column("cooldown_s", Integer, nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False),
    # An id is never given out again: a menu that stands somewhere may still name it.
    sqlite_autoincrement=True,
)
Index("ix_rule_guild_id", rule.c.guild_id)

viewer = Table(
    "viewer",
    metadata,
    Column("viewer_id", Text, nullable=False),
    Column("creator_id", KEY, nullable=False, autoincrement=False, comment="in whose LIVEs"),
    Column("handle", Text, nullable=False, comment="lower-case; one row for each that was seen there"),
    Column("nickname", Text, nullable=False, comment="the last seen with this handle"),
    Column("first_seen_at_ms", BigInteger, nullable=False),
    Column("last_seen_at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("viewer_id", "creator_id", "handle"),
)
Index("ix_viewer_creator_id_handle", viewer.c.creator_id, viewer.c.handle)

viewer_gifts = Table(
    "viewer_gifts",
    metadata,
    Column("creator_id", KEY, nullable=False, autoincrement=False),
    Column("viewer_id", Text, nullable=False),
    Column("room_id", Text, nullable=False),
    Column("through_seq", BigInteger, nullable=False, comment="gifts up to here are counted"),
    Column("gifts", Integer, nullable=False),
    Column("diamonds", BigInteger, nullable=False),
    Column("first_at_ms", BigInteger, nullable=False, comment="of the gifts, and of the comments that retention took"),
    Column("last_at_ms", BigInteger, nullable=False),
    Column("comments", Integer, nullable=False, server_default="0", comment="that retention took: their number stays"),
    Column("removed", Integer, nullable=False, server_default="0", comment="of those, removed on TikTok"),
    Column("removed_at_ms", BigInteger, comment="the last of those removals"),
    PrimaryKeyConstraint("creator_id", "viewer_id", "room_id"),
)

viewer_note = Table(
    "viewer_note",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("guild_id", ForeignKey("guild.id"), nullable=False),
    Column("viewer_id", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("by", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
)
Index("ix_viewer_note_guild_id_viewer_id", viewer_note.c.guild_id, viewer_note.c.viewer_id)

forget_request = Table(
    "forget_request",
    metadata,
    Column("code", Text, primary_key=True, comment="what is to be typed in a LIVE's chat, in capitals"),
    Column("asked_by", BigInteger, nullable=False, comment="the Discord user it is bound to"),
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("viewer_id", Text, comment="who typed it; erased with the request"),
    Column("used_at_ms", BigInteger),
    Column("done_at_ms", BigInteger, comment="since then nothing of them is left that we can reach"),
    Column("progress", Text, nullable=False, server_default="{}", comment="JSON of Progress: where erasure stands, in counts"),
)
Index("ix_forget_request_asked_by", forget_request.c.asked_by)

tombstone = Table(
    "tombstone",
    metadata,
    Column("digest", Text, primary_key=True, comment="keyed hash of a viewer's id: who must not be kept any more"),
    Column("created_at_ms", BigInteger, nullable=False),
)

# --- Odds that must survive a restart ------------------------------------------------------------------------------------

state = Table(
    "state",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
