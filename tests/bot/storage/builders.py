"""Rows that many of these tests need first."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.creator import Creator
from bot.model.draft import Intent, Line
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId
from bot.model.watch import Watch
from bot.storage import creators, watches

GUILD, CHANNEL, ADMIN = GuildId(10), ChannelId(20), DiscordUserId(30)
ROOM = RoomId("room 1")


def known(connection: Connection, handle: str, user_id: str = "") -> Creator:
    """A creator; with a user id when TikTok has told it."""
    made = creators.ensure(connection, Handle(handle), now_ms=1000)
    if user_id:
        made = creators.learn(connection, made.id, tiktok_user_id=ViewerId(user_id), handle=Handle(handle), now_ms=1000)
    return made


def watching(
    connection: Connection, creator_id: CreatorId, *, channel: int = CHANNEL, guild: int = GUILD, cursor_seq: int = 0
) -> Watch:
    """An active watch."""
    placed, _ = watches.place(
        connection,
        guild_id=GuildId(guild),
        channel_id=ChannelId(channel),
        creator_id=creator_id,
        by=ADMIN,
        now_ms=2000,
        cursor_seq=cursor_seq,
    )
    return placed


def line(seq: int, text: str, *, viewer: str = "", message: str = "", uuid: str = "", room: RoomId = ROOM) -> Line:
    """A comment that somebody wrote, or with no names given nobody's line."""
    message = message or (f"of {seq}" if viewer else "")
    return Line(seq=seq, text=text, room_id=room, message_id=MessageId(message), message_uuid=uuid, viewer_id=ViewerId(viewer))


def about_to_say(watch: Watch, *lines: Line, through_seq: int = 0, nonce: str = "n") -> Intent:
    """An intent that is not stored yet."""
    return Intent(
        watch_id=watch.id,
        channel_id=watch.channel_id,
        first_seq=lines[0].seq if lines else through_seq,
        through_seq=through_seq or lines[-1].seq,
        content="\n".join(each.text for each in lines),
        nonce=nonce,
        lines=lines,
        created_at_ms=3000,
    )
