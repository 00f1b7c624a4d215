"""What a server's moderators want to hear of: a watchlist's entries."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.model.ids import CreatorId, GuildId, RuleId


class RuleKind(StrEnum):
    """What `Rule.pattern` holds."""

    KEYWORD = "keyword"
    """One word; `*` stands for any letters."""
    PHRASE = "phrase"
    """Several words in a row, whatever stands between them; `*` stands for one word."""
    REGEX = "regex"
    """A regular expression of RE2, found anywhere, whatever the case."""
    USER = "user"
    """A viewer, by handle or id: everything that they write."""
    DETECTOR = "detector"
    """The name of a `Detector`."""


class Detector(StrEnum):
    """What is found without a pattern."""

    LINKS = "links"
    """Addresses, and invites to other servers and messengers."""
    REPEATS = "repeats"
    """The same text again and again, by one account or by many."""


class RuleAction(StrEnum):
    """What a hit does. To hide a line from the relay does not take it back from TikTok."""

    ALERT = "alert"
    HIGHLIGHT = "highlight"
    HIDE = "hide"


DEFAULT_RULE_COOLDOWN_S = 60


@dataclass(frozen=True, slots=True)
class Rule:
    """`creator_id` None: all creators of the guild. `cooldown_s`: seconds between two alerts of this rule about one author."""

    id: RuleId
    guild_id: GuildId
    kind: RuleKind
    pattern: str
    action: RuleAction = RuleAction.ALERT
    creator_id: CreatorId | None = None
    cooldown_s: int = DEFAULT_RULE_COOLDOWN_S
    is_enabled: bool = True
