"""What the world is made of that refers to nothing else: kinds of channels, flags, users, roles, edits. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Json = dict[str, Any]

Kind = Literal[
    "text", "dm", "voice", "category", "announcement", "announcement_thread", "public_thread", "private_thread", "stage",
    "forum", "media",
]  # fmt: skip
KINDS: dict[Kind, int] = {
    "text": 0, "dm": 1, "voice": 2, "category": 4, "announcement": 5, "announcement_thread": 10, "public_thread": 11,
    "private_thread": 12, "stage": 13, "forum": 15, "media": 16,
}  # fmt: skip
THREADS: frozenset[Kind] = frozenset({"announcement_thread", "public_thread", "private_thread"})
_PLAIN: frozenset[Kind] = frozenset({"text", "dm", "voice", "announcement", "stage"})
WRITABLE = _PLAIN | THREADS

SUPPRESS_EMBEDS, EPHEMERAL, LOADING, SUPPRESS_NOTIFICATIONS, COMPONENTS_V2 = 1 << 2, 1 << 6, 1 << 7, 1 << 12, 1 << 15

ChangeKind = Literal[
    "bot_connected", "bot_disconnected", "guild_joined", "guild_left", "guild_updated", "guild_unavailable", "guild_available",
    "role_created", "role_updated", "role_deleted", "member_updated", "thread_created", "thread_updated", "thread_deleted",
    "channel_created", "channel_updated", "channel_deleted", "message_created", "message_edited", "message_deleted",
    "commands_changed",
    "interaction_created", "interaction_acknowledged", "interaction_answered", "interaction_edited",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class User:
    """An account: a person's or the bot's."""

    id: int
    name: str
    bot: bool = False


@dataclass(slots=True)
class Role:
    """A role of one guild. The one whose id is the guild's is @everyone."""

    id: int
    name: str
    permissions: int
    mentionable: bool = False
    managed: bool = False
    position: int = 1


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of a message: when, and its text before and after."""

    at_ms: int
    before: str
    after: str
