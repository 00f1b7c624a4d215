"""What a guild's watchlist wants its moderators to hear of, comment by comment. Pure.

A comment that hits several rules is one flag. Repeated text is one flag that grows, and while it goes on its comments raise no
others: forty accounts with the same words are one thing to look at. So are all that hit one rule once it hit often in a minute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.events import CommentEvent, RoomId, User, ViewerId
from bot.events.codec import Logged
from bot.language import N_, Language
from bot.model.ids import CreatorId, GuildId, RuleId
from bot.model.rule import Detector, Rule, RuleKind
from bot.moderation.book import Book, Waves, as_comment
from bot.moderation.detectors import Wave
from bot.moderation.rules import Cooldowns
from bot.text import cut

SECOND_MS = 1_000
"""TikTok gives most instants in whole seconds, cut off."""

KINDS = {
    RuleKind.KEYWORD: N_("keyword"),
    RuleKind.PHRASE: N_("phrase"),
    RuleKind.REGEX: N_("regular expression"),
    RuleKind.USER: N_("user"),
}
DETECTORS = {Detector.LINKS: N_("links and invites"), Detector.REPEATS: N_("repeated text")}

MOST_A_MINUTE = 10
"""Flags of one rule in one creator's LIVE. What comes after them within the minute is counted on the last: 300 accounts with the
same word are few things to look at.
"""

MINUTE_MS = 60_000
"""By the log's own time, so a log that is read again comes to the same flags."""

MOST_ACCOUNTS = 1_000
"""That are told apart in a minute; the rest are not counted as accounts."""

MOST_PATTERN_CHARS = 60
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Flag:
    """A comment that rules hit, or a wave of them. `key`: the same when the log is read again, and while a wave grows.

    `viewer` wrote it, or what made it a wave, or the first of many that hit the same rule.
    """

    key: str
    rules: tuple[Rule, ...]
    creator_id: CreatorId
    room_id: RoomId
    viewer: User
    first_seq: int
    last_seq: int
    comments: int = 1
    accounts: int = 1


class _Crowd:
    """What one rule of a guild hit within a minute."""

    def __init__(self) -> None:
        self._flags = 0
        self._last: Flag | None = None
        self._accounts: set[ViewerId] = set()

    def joined(self, flag: Flag) -> Flag:
        if self._last is None or self._flags < MOST_A_MINUTE:
            self._flags += 1
            self._accounts = {flag.viewer.id}
            self._last = flag
            return flag
        if len(self._accounts) < MOST_ACCOUNTS:
            self._accounts.add(flag.viewer.id)
        grown = self._last.comments + 1
        self._last = replace(self._last, last_seq=flag.last_seq, comments=grown, accounts=len(self._accounts))
        return self._last


class Flags:
    """One creator's. Tell it everything, in the order of the log."""

    def __init__(self, creator_id: CreatorId, book: Book) -> None:
        self._creator_id = creator_id
        self._book = book
        self._waves = Waves()
        self._cooldowns = Cooldowns()
        self._minute = 0
        self._crowds: dict[tuple[GuildId, RuleId], _Crowd] = {}

    def heard(self, entry: Logged, since_ms: Mapping[GuildId, int]) -> Mapping[GuildId, Flag]:
        """What this event is to the guilds that watch, each since an instant. Cool-downs begin."""
        event, seq = as_comment(entry.event), entry.seq
        if event is None or event.visible_to_sender or event.user is None or not event.user.id:
            return {}
        concerned = [guild_id for guild_id in since_ms if guild_id in self._book.guilds]
        repeats = {guild_id: self._book.repeats(guild_id, self._creator_id) for guild_id in concerned}
        # A question is no comment, and is not asked in waves.
        wave = self._waves.of(event, seq) if event is entry.event and any(repeats.values()) else None
        found: dict[GuildId, Flag] = {}
        for guild_id in concerned:
            if not _is_news(event, since_ms[guild_id]):
                continue
            if wave is not None and repeats[guild_id]:
                found[guild_id] = self._of_wave(wave, repeats[guild_id], event)
            elif hits := self._allowed(self._book.hits(guild_id, entry.event, self._creator_id), event):
                found[guild_id] = self._of_crowd(guild_id, self._of_one(hits, event, seq), event)
        return found

    def _of_crowd(self, guild_id: GuildId, flag: Flag, event: CommentEvent) -> Flag:
        """This flag, or the last one of its first rule, grown, when there were enough in this minute."""
        minute = event.received_at_ms // MINUTE_MS
        if minute != self._minute:
            self._minute, self._crowds = minute, {}
        crowd = self._crowds.setdefault((guild_id, flag.rules[0].id), _Crowd())
        return crowd.joined(flag)

    def _allowed(self, hits: Sequence[Rule], event: CommentEvent) -> tuple[Rule, ...]:
        viewer_id = event.user.id if event.user else ""
        return tuple(rule for rule in hits if self._cooldowns.allow(rule, viewer_id, event.received_at_ms / 1000))

    def _of_one(self, hits: tuple[Rule, ...], event: CommentEvent, seq: int) -> Flag:
        key = f"rule:{self._creator_id}:{seq}"
        return Flag(key, hits, self._creator_id, event.room_id, event.user or User(), seq, seq)

    def _of_wave(self, wave: Wave, waved: tuple[Rule, ...], event: CommentEvent) -> Flag:
        return Flag(
            key=f"wave:{self._creator_id}:{wave.first_seq}",
            rules=waved,
            creator_id=self._creator_id,
            room_id=event.room_id,
            viewer=event.user or User(),
            first_seq=wave.first_seq,
            last_seq=wave.last_seq,
            comments=wave.count,
            accounts=wave.accounts,
        )


def reason(t: Language, flag: Flag) -> str:
    """Why there is a flag, in the guild's own words and never the viewer's.

    It stays with the case, so an account on the list is not named: the case is about it, and may have to forget it.
    """
    named = [t(KINDS[rule.kind]) if rule.kind is RuleKind.USER else described(t, rule) for rule in flag.rules]
    said = ", ".join(named[:MOST_NAMED]) + (f" +{len(named) - MOST_NAMED}" if len(named) > MOST_NAMED else "")
    if flag.accounts == 1:
        return said
    return t.n("{rule}, by {count} account", "{rule}, by {count} accounts", flag.accounts, rule=said)


def described(t: Language, rule: Rule) -> str:
    """`keyword “bad”`, `links and invites`. Not escaped."""
    if rule.kind is RuleKind.DETECTOR:
        name = DETECTORS.get(Detector(rule.pattern)) if rule.pattern in set(Detector) else None
        return t(name) if name else rule.pattern
    return f"{t(KINDS[rule.kind])} “{cut(rule.pattern, MOST_PATTERN_CHARS)}”"


def _is_news(event: CommentEvent, since_ms: int) -> bool:
    """At a connect TikTok replays comments that may be older than the guild's watch."""
    at_ms = event.created_at_ms + SECOND_MS if event.is_history else event.received_at_ms
    return at_ms >= since_ms
