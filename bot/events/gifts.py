"""What viewers give."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import msgspec

from bot.events.base import Event, User


class Combo(StrEnum):
    """Where a gift message stands in its combo.

    A streakable gift (type 1) sends progress messages (`OPEN`) and at last one with `repeat_end` (`ENDED`). Other gifts
    are `SINGLE`. TikTok sometimes never sends the end: after 60 s ingest appends `INFERRED`, whose count is a lower bound.
    """

    OPEN = "open"
    ENDED = "ended"
    INFERRED = "inferred"
    SINGLE = "single"


class Gift(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """`diamonds` is the price of one."""

    id: str = ""
    name: str = ""
    diamonds: int = 0
    streakable: bool = False
    image_url: str = ""


class GiftEvent(Event, frozen=True, gc=False, array_like=True, tag="gift"):
    """One gift message (`WebcastGiftMessage`).

    `repeat_count` is the combo's running total, not an increment. `counted_before`: how many of them an `INFERRED` close
    has already announced; what is new is `repeat_count - counted_before`.
    """

    type: ClassVar[str] = "gift"
    gift: Gift = Gift()
    repeat_count: int = 1
    repeat_end: bool = False
    group_id: str = ""
    combo: Combo = Combo.SINGLE
    to_user: User | None = None
    transaction_id: str = ""
    joined_day: str = ""
    counted_before: int = 0

    @property
    def is_final(self) -> bool:
        """True once for every combo and every single gift: the message to count and to announce."""
        return self.combo is not Combo.OPEN
