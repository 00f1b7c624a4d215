"""Watches for tests of what is shown of them: a plain one, and one whose every setting is as large as it may be."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.events.ids import Handle
from bot.links import LinkPolicy
from bot.model.ids import ChannelId, CreatorId, DiscordRoleId, DiscordUserId, GuildId, WatchId
from bot.model.watch import (
    EventKind,
    Filters,
    Follows,
    Look,
    Offline,
    PauseReason,
    Removal,
    Role,
    Style,
    Watch,
    WatchSettings,
)
from bot.relay import filters, templates
from bot.words import MOST_WORD_CHARS, MOST_WORDS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LARGEST_ID = 2**63 - 1


def tuned(settings: WatchSettings | None = None, *, paused_why: PauseReason | None = None, largest_ids: bool = False) -> Watch:
    """A watch of @alice with these settings."""
    return Watch(
        id=WatchId(10**18 - 1 if largest_ids else 12),
        guild_id=GuildId(7),
        channel_id=ChannelId(LARGEST_ID if largest_ids else 70),
        creator_id=CreatorId(3),
        handle=Handle("alice"),
        created_at=NOW,
        created_by=DiscordUserId(1),
        settings=settings or WatchSettings(),
        paused_at=NOW if paused_why else None,
        paused_why=paused_why,
    )


def _many(count: int, chars: int) -> tuple[str, ...]:
    """Entries that each escape to twice their length."""
    return tuple(f"{number:03}".ljust(chars, "_") for number in range(count))


LARGEST = WatchSettings(
    kinds=frozenset(EventKind),
    min_diamonds=1_000_000,
    filters=Filters(
        only_users=_many(filters.MOST_ENTRIES, filters.MOST_WORD_CHARS),
        not_users=_many(filters.MOST_ENTRIES, filters.MOST_WORD_CHARS),
        only_roles=frozenset(Role),
        not_roles=frozenset(Role),
        only_words=_many(filters.MOST_ENTRIES, filters.MOST_WORD_CHARS),
        not_words=_many(filters.MOST_ENTRIES, filters.MOST_WORD_CHARS),
    ),
    look=Look(
        style=Style.EMBEDS,
        locale="es",
        links=LinkPolicy.KEEP,
        templates=tuple(
            (kind, (f"{{{names[-1]}}}" * 99)[: templates.MOST_TEMPLATE_CHARS].rpartition("}")[0] + "}")
            for kind, names in sorted(templates.PLACEHOLDERS.items())
        ),
        hidden_words=_many(MOST_WORDS, MOST_WORD_CHARS),
    ),
    removal=Removal.REMOVE,
    follows=Follows.DIGEST,
    ping_role_id=DiscordRoleId(LARGEST_ID),
    ping_cooldown_s=86_400,
    offline=Offline.DELETE,
)
