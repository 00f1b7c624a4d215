"""A guild's wish to hear of a creator in a channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.events.ids import Handle
from bot.links import LinkPolicy
from bot.model.ids import ChannelId, CreatorId, DiscordRoleId, DiscordUserId, GuildId, WatchId


class EventKind(StrEnum):
    """What a watch can be asked to relay, in the words of `/watch events:`."""

    CHAT = "chat"
    GIFT = "gift"
    FOLLOW = "follow"
    SHARE = "share"
    BATTLE = "battle"
    DELETION = "deletion"
    LIVE = "live"
    JOIN = "join"
    LIKE = "like"


DEFAULT_KINDS = frozenset(EventKind) - {EventKind.JOIN, EventKind.LIKE}


class Style(StrEnum):
    """How lines look. `RICH` adds handle and badges, `EMBEDS` puts a post's lines into an embed."""

    COMPACT = "compact"
    RICH = "rich"
    EMBEDS = "embeds"


class Removal(StrEnum):
    """What becomes of a posted line that TikTok took back."""

    STRIKE = "strike"
    REMOVE = "remove"
    LEAVE = "leave"


class Offline(StrEnum):
    """What becomes of the go-live post when the LIVE is over."""

    EDIT = "edit"
    DELETE = "delete"
    LEAVE = "leave"


class Follows(StrEnum):
    """Follows one by one, or gathered in one line a minute."""

    LINES = "lines"
    DIGEST = "digest"


class Role(StrEnum):
    """What a viewer is on TikTok, as their messages say."""

    MODERATOR = "moderator"
    SUBSCRIBER = "subscriber"
    FOLLOWER = "follower"
    FRIEND = "friend"
    GIFTER = "gifter"
    FAN = "fan"


@dataclass(frozen=True, slots=True)
class Filters:
    """Whose chat, and what chat, is relayed. What is empty filters nothing; an exclusion beats an inclusion.

    Users are handles or ids. Words are keywords, or regular expressions between slashes (`/f+oo/`); case does not count.
    """

    only_users: tuple[str, ...] = ()
    not_users: tuple[str, ...] = ()
    only_roles: frozenset[Role] = frozenset()
    not_roles: frozenset[Role] = frozenset()
    only_words: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != _NO_FILTERS


_NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that decides how an event reads: watches with equal looks share each rendered line.

    `locale` is a language's code like "es", never empty here. `templates`: pairs of kind and template, sorted.
    """

    style: Style = Style.COMPACT
    locale: str = "en"
    links: LinkPolicy = LinkPolicy.DEFANG
    templates: tuple[tuple[EventKind, str], ...] = ()
    hidden_words: tuple[str, ...] = ()


DEFAULT_COOLDOWN_S = 600


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """What is relayed, and how. Every change raises `Watch.revision`."""

    kinds: frozenset[EventKind] = DEFAULT_KINDS
    min_diamonds: int = 0
    filters: Filters = Filters()
    look: Look = Look()
    removal: Removal = Removal.STRIKE
    follows: Follows = Follows.LINES
    ping_role_id: DiscordRoleId | None = None
    """Whom the go-live post pings."""
    ping_cooldown_s: int = DEFAULT_COOLDOWN_S
    """Seconds after a ping in which a new LIVE is announced without one."""
    offline: Offline = Offline.EDIT
    adults_anyway: bool = False
    """Somebody confirmed that LIVEs for adults are relayed into this channel, which is not age-restricted."""


class PauseReason(StrEnum):
    """Why a watch stands still: somebody asked for it, the bot was removed from the server, Discord refuses our posts, or the
    creator is for adults and the channel is not."""

    ASKED = "asked"
    LEFT = "left"
    FAULT = "fault"
    ADULTS = "adults"


MEANT = (PauseReason.ASKED, PauseReason.ADULTS)
"""Pauses that are part of what a server chose: a file tells them. The others are ours alone."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Active while `ended_at` and `paused_at` are None; never hard-deleted while its guild is known.

    `handle` is the creator's current one. A paused watch that is resumed starts at the log's tail.
    """

    id: WatchId
    guild_id: GuildId
    channel_id: ChannelId
    creator_id: CreatorId
    handle: Handle
    created_at: datetime
    created_by: DiscordUserId
    settings: WatchSettings = field(default_factory=WatchSettings)
    revision: int = 1
    ended_at: datetime | None = None
    paused_at: datetime | None = None
    paused_why: PauseReason | None = None
    resumed_at: datetime | None = None
    """The end of the last pause: what was written before is not relayed."""
