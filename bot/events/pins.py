"""What is pinned to the chat."""

from __future__ import annotations

from typing import ClassVar

from bot.events.base import Event, User
from bot.events.gifts import Gift


class PinEvent(Event, frozen=True, gc=False, array_like=True, tag="roomPin"):
    """A message was pinned or unpinned (`WebcastRoomPinMessage`). `user` wrote it, `operator` pinned it.

    `action`: 1 pin, 2 unpin. `kind` is the type of the pinned event (`chat`, `gift`, `social`, `member`, `like`), `text` the
    comment, `gift` and `count` what was given. `pinned_message_id` is its id. `duration_s` is 0 for an unpin.
    """

    type: ClassVar[str] = "roomPin"
    action: int = 0
    kind: str = ""
    text: str = ""
    gift: Gift | None = None
    count: int = 0
    operator: User | None = None
    pinned_at_ms: int = 0
    duration_s: int = 0
    pinned_message_id: str = ""


class SubscriberPinEvent(Event, frozen=True, gc=False, array_like=True, tag="subPin"):
    """A card for subscribers was pinned or unpinned (`WebcastSubPinEventMessage`): a goal of subscriptions, a benefit.

    `action`: 1 pin, 2 unpin. `card_type`: 1 benefit, 2 goal. `progress` and `target` count subscribers.
    """

    type: ClassVar[str] = "subPin"
    action: int = 0
    card_type: int = 0
    card_id: str = ""
    title: str = ""
    text: str = ""
    progress: int = 0
    target: int = 0
    operator_id: str = ""
