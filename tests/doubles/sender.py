"""A Discord for tests that keeps what it is sent, honours nonces, and fails on request.

Held to the same contract as the real sender: `tests/contracts/test_sender.py`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.delivery.sender import Posted, text_of
from bot.errors import DeliveryUnknown, Undeliverable
from bot.model.draft import Urgency
from bot.model.ids import ChannelId, DiscordMessageId
from bot.model.message import Message

NONCE_MEMORY_S = 180.0
"""Discord says "a few minutes"."""


@dataclass(slots=True)
class FakeMessage:
    """A message as Discord keeps it; `edits` are its earlier contents."""

    id: DiscordMessageId
    message: Message
    content: str
    nonce: str
    created_at_ms: int
    at: float
    urgency: Urgency
    edits: list[str] = field(default_factory=list)
    deleted: bool = False
    is_ours: bool = True


@dataclass(frozen=True, slots=True)
class LostAnswer:
    """The next send ends without an answer, before or after Discord stored the message."""

    stored: bool


class FakeSender:
    """Implements `Sender`. Faults: `lose_answers`, `refuse` a channel, `forbid` a word, `hold` all answers."""

    def __init__(self, clock: Clock) -> None:
        self.messages: dict[ChannelId, list[FakeMessage]] = {}
        self.sends: list[tuple[ChannelId, str, str]] = []
        """Every call, also those that failed: channel, content, nonce."""
        self.edits = 0
        self.edited_as: list[Urgency] = []
        """How urgent each of them was."""
        self.refused_channels: dict[ChannelId, int] = {}
        self.forbidden_words: dict[str, int] = {}
        self.lost_answers: deque[LostAnswer] = deque()
        self.lost_edits = 0
        self.edit_codes: deque[int] = deque()
        self.surprises = 0
        """So many sends fail with an error that nobody expects."""
        self.tells_nonce = False
        self.answering = asyncio.Event()
        self.answering.set()
        self._clock = clock
        self._last_id = 1_000

    # What a test sees and does.

    def lose_answers(self, *stored: bool) -> None:
        """The next sends get no answer; each value says whether Discord stored the message."""
        self.lost_answers.extend(LostAnswer(each) for each in stored)

    def contents(self, channel_id: int) -> list[str]:
        """What stands in the channel, oldest first."""
        return [message.content for message in self.messages.get(ChannelId(channel_id), []) if not message.deleted]

    def lines(self, channel_id: int) -> list[str]:
        """The channel's lines, whatever post they stand in."""
        return [line for content in self.contents(channel_id) for line in content.split("\n")]

    def take_away(self, channel_id: int, *, nth: int = 0) -> None:
        """A moderator deletes one of our messages."""
        self.messages[ChannelId(channel_id)][nth].deleted = True

    def say(self, channel_id: int, content: str) -> None:
        """Somebody else posts."""
        self._store(ChannelId(channel_id), Message(content), nonce="", urgency=Urgency.CHAT).is_ours = False

    # Sender.

    async def send(self, channel_id: ChannelId, message: Message, *, nonce: str, urgency: Urgency) -> DiscordMessageId:
        content = text_of(message)
        self.sends.append((channel_id, content, nonce))
        if self.surprises:
            self.surprises -= 1
            raise ValueError("nobody expects this")
        lost = self.lost_answers.popleft() if self.lost_answers else None
        if lost is not None and not lost.stored:
            raise DeliveryUnknown("the connection broke")
        self._refuse(channel_id, content)
        stored = self._of_nonce(channel_id, nonce) or self._store(channel_id, message, nonce=nonce, urgency=urgency)
        if lost is not None:
            raise DeliveryUnknown("the connection broke")
        await self.answering.wait()
        if stored.deleted:
            raise Undeliverable("Unknown Message", code=10008)
        return stored.id

    async def edit(self, channel_id: ChannelId, message_id: DiscordMessageId, message: Message, *, urgency: Urgency) -> None:
        content = text_of(message)
        if self.lost_edits:
            self.lost_edits -= 1
            raise DeliveryUnknown("the connection broke")
        if self.edit_codes:
            raise Undeliverable("refused", code=self.edit_codes.popleft())
        self._refuse(channel_id, content)
        for stored in self.messages.get(channel_id, []):
            if stored.id == message_id and not stored.deleted:
                if not stored.is_ours:
                    raise Undeliverable("Cannot edit a message authored by another user", code=50005)
                stored.edits.append(stored.content)
                stored.content, stored.message = content, message
                self.edits += 1
                self.edited_as.append(urgency)
                await self.answering.wait()
                return
        raise Undeliverable("Unknown Message", code=10008)

    async def delete(self, channel_id: ChannelId, message_id: DiscordMessageId, *, urgency: Urgency) -> None:
        if self.edit_codes:
            raise Undeliverable("refused", code=self.edit_codes.popleft())
        self._refuse(channel_id, "text")
        for stored in self.messages.get(channel_id, []):
            if stored.id == message_id:
                if not stored.is_ours:
                    raise Undeliverable("Missing Permissions", code=50013)
                stored.deleted = True

    async def recent(self, channel_id: ChannelId, *, limit: int = 50) -> Sequence[Posted]:
        self._refuse(channel_id, "text")
        mine = [message for message in self.messages.get(channel_id, []) if message.is_ours and not message.deleted]
        return [
            Posted(message.id, message.content, message.created_at_ms, message.nonce if self.tells_nonce else "")
            for message in reversed(mine[-limit:])
        ]

    # Discord's own rules.

    def _refuse(self, channel_id: ChannelId, content: str) -> None:
        if channel_id in self.refused_channels:
            raise Undeliverable("refused", code=self.refused_channels[channel_id])
        if not content.strip():
            raise Undeliverable("Cannot send an empty message", code=50006)
        if len(content) > 2000:
            raise Undeliverable("Must be 2000 or fewer in length", code=50035)
        for word, code in self.forbidden_words.items():
            if word in content:
                raise Undeliverable("refused", code=code)

    def _of_nonce(self, channel_id: ChannelId, nonce: str) -> FakeMessage | None:
        oldest = self._clock.monotonic() - NONCE_MEMORY_S
        found = (m for m in self.messages.get(channel_id, []) if m.nonce == nonce and m.at >= oldest)
        return next(found, None)

    def _store(self, channel_id: ChannelId, message: Message, *, nonce: str, urgency: Urgency) -> FakeMessage:
        self._last_id += 1
        stored = FakeMessage(
            id=DiscordMessageId(self._last_id),
            message=message,
            content=text_of(message),
            nonce=nonce,
            created_at_ms=self._clock.now_ms(),
            at=self._clock.monotonic(),
            urgency=urgency,
        )
        self.messages.setdefault(channel_id, []).append(stored)
        return stored
