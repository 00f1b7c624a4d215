"""What only a diagnosis asks for: earlier names of a creator, their last sign of life, what a watch posted last."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from bot.events.ids import Handle
from bot.model.ids import ChannelId, CreatorId, DiscordMessageId, WatchId
from bot.storage.tables import creator_handle, live_session, post


def handles(connection: Connection, creator_id: CreatorId) -> list[Handle]:
    """Every name that we know the creator by, the one seen last first."""
    query = select(creator_handle.c.handle).where(creator_handle.c.creator_id == creator_id)
    return [Handle(each) for each in connection.execute(query.order_by(creator_handle.c.last_seen_at_ms.desc())).scalars()]


def last_frame_at_ms(connection: Connection, creator_id: CreatorId) -> int | None:
    """When one of the creator's rooms last said something; None if none ever did."""
    found = select(func.max(live_session.c.last_frame_at_ms)).where(live_session.c.creator_id == creator_id)
    return connection.execute(found).scalar()


def last_posts(connection: Connection, which: Collection[WatchId]) -> dict[WatchId, tuple[ChannelId, DiscordMessageId, int]]:
    """Each watch's newest post that the ledger still has: channel, message, and when (ms). One walk through the ledger."""
    newest = select(func.max(post.c.id)).where(post.c.watch_id.in_(list(which))).group_by(post.c.watch_id)
    rows = connection.execute(select(post).where(post.c.id.in_(newest)))
    return {
        WatchId(row.watch_id): (ChannelId(row.channel_id), DiscordMessageId(row.message_id), row.created_at_ms) for row in rows
    }
