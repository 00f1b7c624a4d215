"""A Discord server: as we keep it, and as the gateway shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.model.ids import ChannelId, DiscordRoleId, DiscordUserId, GuildId
from bot.model.permissions import missing, to_post

DEFAULT_COMMENT_DAYS = 7


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """What a server's admins chose for all of its watches. `locale`: a language's code, empty for the server's own."""

    admin_channel_id: ChannelId | None = None
    """Where faults are told; without one, the server's channel for moderators, else its owner by a direct message."""
    manager_role_id: DiscordRoleId | None = None
    moderator_role_id: DiscordRoleId | None = None
    locale: str = ""
    alert_channel_id: ChannelId | None = None
    """Where moderators are told of removed comments; without one there are no alerts."""
    alert_role_id: DiscordRoleId | None = None
    """Whom an alert pings when nobody took it for `escalate_after_s`; 0: never."""
    escalate_after_s: int = 600
    comment_days: int = DEFAULT_COMMENT_DAYS
    """How long this server may look at the text of comments. The instance may keep it shorter."""


@dataclass(frozen=True, slots=True)
class Guild:
    """`left_at`: since when the bot is not there any more; 30 days later everything of it is erased."""

    id: GuildId
    known_at: datetime
    settings: GuildSettings = GuildSettings()
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """A server as the gateway shows it now. During an outage of Discord's it is not available, and nothing of it is certain."""

    id: GuildId
    owner_id: DiscordUserId
    locale: str = "en"
    updates_channel_id: ChannelId | None = None
    """Where Discord itself tells the server's moderators what they should know."""
    is_available: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """A channel or thread as the gateway shows it now. `granted`: what the bot may do there, as Discord's bits.

    `is_public`: @everyone can read it. Of a private thread only Discord knows who is in it: it is not.
    `is_for_adults`: Discord calls it age-restricted; a thread is what its channel is.
    """

    channel_id: ChannelId
    granted: int
    is_thread: bool = False
    is_locked: bool = False
    takes_text: bool = True
    is_public: bool = False
    is_for_adults: bool = False

    @property
    def can_post(self) -> bool:
        """Whether nothing that we see speaks against a post."""
        return self.takes_text and not self.is_locked and not missing(to_post(is_thread=self.is_thread), self.granted)
