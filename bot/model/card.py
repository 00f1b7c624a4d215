"""A message that is posted once and edited: the go-live post, the PK card."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.model.draft import Urgency
from bot.model.ids import CardId, ChannelId, DiscordMessageId, WatchId
from bot.model.message import Message


class CardKind(StrEnum):
    """What a card is about."""

    GO_LIVE = "golive"
    BATTLE = "pk"
    NOTICE = "notice"
    """Something the guild must know: a watch that was disabled, the bot's return."""
    ALERT = "alert"
    """For moderators: a case, a member action, cases that nobody takes."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A post on its way: what it says, which revision of the card that is, and when it was first sent.

    Stored before it is sent and kept until Discord answers, so that a repeat under the same nonce says the same.
    """

    revision: int
    at_ms: int
    message: Message


@dataclass(frozen=True, slots=True)
class Card:
    """A row of the outbox. `key` makes it one: a second wish for the same key changes the card instead of posting another.

    `revision` counts what it should say, `shown_revision` is what Discord shows. `is_over`: nothing more is expected, so what
    it says now is shown at once. `is_withdrawn`: the message shall be deleted, or is gone; nothing brings it back.
    `state` is whatever its maker needs to go on after a restart (JSON). An `id` of 0 is not stored yet.
    """

    id: CardId
    key: str
    kind: CardKind
    watch_id: WatchId | None
    channel_id: ChannelId
    message: Message
    created_at_ms: int
    urgency: Urgency = Urgency.CARD
    revision: int = 1
    shown_revision: int = 0
    message_id: DiscordMessageId | None = None
    is_over: bool = False
    is_withdrawn: bool = False
    state: str = ""
    posting: Posting | None = None
