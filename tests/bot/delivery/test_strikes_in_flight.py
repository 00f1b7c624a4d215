"""A deletion that comes while its line is on its way, at the worst instant: while the deletion itself is being written."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.delivery.intents import Strike
from bot.delivery.lane import Lane
from bot.events.ids import Handle
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.watch import Watch
from tests.doubles.desk import ROOM, chat

ALICE = Watch(
    id=WatchId(1),
    guild_id=GuildId(1),
    channel_id=ChannelId(10),
    creator_id=CreatorId(1),
    handle=Handle("alice"),
    created_at=datetime(2024, 1, 1, tzinfo=UTC),
    created_by=DiscordUserId(5),
)


def test_a_strike_that_is_being_written_while_its_post_lands_is_written_once_more() -> None:
    lane = Lane(ChannelId(10), capacity=500)
    lane.offer(ALICE, chat(1, viewer="eve"), now=0.0)
    assert lane.compose(now=0.0, now_ms=1) is not None
    strike = Strike(ALICE.id, 2, ROOM, frozenset(), frozenset({"eve"}), at=0.0)
    lane.strike(ALICE, strike)

    being_written = list(lane.unsettled)  # the ledger knows nothing of the post yet: no line is hit there
    lane.landed()
    lane.settled(being_written, [])

    assert lane.unsettled == [strike], "and now that it does, once more"
