"""What the numbers of animated lines mean, whichever source brings them. Values only."""

from __future__ import annotations

from bot.events import BarrageKind

BARRAGE_KINDS = {
    1: BarrageKind.ORDERING,
    2: BarrageKind.BUYING,
    3: BarrageKind.NORMAL,
    4: BarrageKind.SUBSCRIBED,
    5: BarrageKind.EVENT_VIEWED,
    6: BarrageKind.EVENT_REGISTERED,
    7: BarrageKind.SUBSCRIPTION_GIFTED,
    8: BarrageKind.GIFTER_LEVEL_UP,
    9: BarrageKind.GIFTER_ENTERED,
    10: BarrageKind.FAN_LEVEL_UP,
    11: BarrageKind.FAN_ENTERED,
    12: BarrageKind.GAME_PARTNERSHIP,
    13: BarrageKind.GIFT_GALLERY,
    14: BarrageKind.BOUGHT,
    15: BarrageKind.ANONYMOUS_ENTERED,
    100: BarrageKind.COMMON,
}
"""`msg_type` of a `WebcastBarrageMessage`."""
