"""Events as TikTok would send them, and a watch that hears of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.events import (
    BattleEvent,
    Combo,
    CommentEvent,
    Common,
    Contributor,
    DeletionEvent,
    Gift,
    GiftEvent,
    Phase,
    Result,
    Side,
    User,
)
from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.watch import EventKind, Watch, WatchSettings
from tests.doubles.clock import START_MS
from tests.doubles.desk import Desk, opened

ROOM = RoomId("7000")
BOB = User(id=ViewerId("91"), handle=Handle("bob1"), nickname="Bob")
EVE = User(id=ViewerId("92"), handle=Handle("eve1"), nickname="Eve")
ALICE = User(id=ViewerId("1"), handle=Handle("alice"), nickname="Alice")
ZOE = User(id=ViewerId("2"), handle=Handle("zoe"), nickname="Zoë")


def common(number: int = 1, *, user: User | None = BOB, at_ms: int = START_MS) -> Common:
    return Common(
        message_id=MessageId(f"m{number}"),
        room_id=ROOM,
        creator=Handle("alice"),
        created_at_ms=at_ms,
        received_at_ms=at_ms,
        user=user,
    )


def comment(text: str = "hi", number: int = 1, *, user: User = BOB, at_ms: int = START_MS) -> CommentEvent:
    return CommentEvent(common(number, user=user, at_ms=at_ms), text=text)


def gift(
    count: int = 1, *, combo: Combo = Combo.ENDED, diamonds: int = 1, before: int = 0, to: User | None = None, name: str = "Rose"
) -> GiftEvent:
    return GiftEvent(
        common(2),
        gift=Gift(id="5655", name=name, diamonds=diamonds, streakable=True),
        repeat_count=count,
        combo=combo,
        counted_before=before,
        to_user=to,
    )


def deletion(
    number: int = 9, *, messages: tuple[str, ...] = (), viewers: tuple[str, ...] = (), at_ms: int = START_MS
) -> DeletionEvent:
    return DeletionEvent(common(number, user=None, at_ms=at_ms), message_ids=messages, user_ids=viewers)


def side(user: User, score: int, result: Result = Result.UNKNOWN, *mvps: tuple[User, int]) -> Side:
    return Side(user=user, score=score, result=result, contributors=tuple(Contributor(who, points) for who, points in mvps))


def battle(phase: Phase, *sides: Side, duration_s: int = 301, cut_short: bool = False) -> BattleEvent:
    return BattleEvent(common(3, user=None), battle_id="b1", phase=phase, duration_s=duration_s, sides=sides, cut_short=cut_short)


def watch_for(*kinds: EventKind, min_diamonds: int = 0) -> Watch:
    chosen = WatchSettings(min_diamonds=min_diamonds)
    return Watch(
        id=WatchId(1),
        guild_id=GuildId(1),
        channel_id=ChannelId(10),
        creator_id=CreatorId(1),
        handle=Handle("alice"),
        created_at=datetime.fromtimestamp(START_MS / 1000, UTC),
        created_by=DiscordUserId(5),
        settings=replace(chosen, kinds=frozenset(kinds)) if kinds else chosen,
    )


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as desk:
        yield desk
