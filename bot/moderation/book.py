"""Guilds' rules, ready to be asked about each comment. Pure.

A guild without rules costs a look into a dict; guilds that look for the same things share one matcher and, for each comment, one
search.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from bot.errors import BadInput
from bot.events import CommentEvent, EmoteEvent, Event, QuestionEvent
from bot.events.ids import ViewerId
from bot.model.ids import CreatorId, GuildId, RuleId
from bot.model.rule import Rule, RuleAction
from bot.moderation.detectors import Repeats, Wave
from bot.moderation.rules import Matcher, compiled

MOST_WAVED = 1_024
"""Comments of one creator whose wave is remembered, for a reader that reads a part of the log again."""

Shape = tuple[Rule, ...]
"""What rules look for, whosever they are."""

_NONE: tuple[Rule, ...] = ()

_log = logging.getLogger(__name__)


class Book:
    """The rules of all guilds that are for one purpose."""

    def __init__(self, belongs: Callable[[Rule], bool]) -> None:
        self.searches = 0
        """Comments searched, once for each matcher."""
        self._belongs = belongs
        self._guilds: dict[GuildId, tuple[tuple[Rule, ...], Matcher]] = {}
        self._matchers: dict[Shape, Matcher] = {}
        self._event: Event | None = None
        self._found: dict[int, tuple[int, ...]] = {}

    @property
    def guilds(self) -> AbstractSet[GuildId]:
        """Those that have any such rule."""
        return self._guilds.keys()

    @property
    def rules(self) -> int:
        """How many there are, of all guilds together."""
        return sum(len(mine) for mine, _ in self._guilds.values())

    def learn(self, changed: Mapping[GuildId, Sequence[Rule]]) -> None:
        """These are the guilds' rules now. What is asked meanwhile is answered as before."""
        guilds, matchers = dict(self._guilds), dict(self._matchers)
        for guild_id, all_rules in changed.items():
            mine = tuple(rule for rule in all_rules if rule.is_enabled and self._belongs(rule))
            guilds.pop(guild_id, None)
            if not mine:
                continue
            try:
                guilds[guild_id] = mine, matchers.setdefault(shape(mine), compiled(shape(mine)))
            except BadInput as error:
                # They were checked when they were written; a newer RE2 may see it otherwise.
                _log.warning("guild=%d goes without its watchlist: %s", guild_id, error)
        used = {id(matcher) for _, matcher in guilds.values()}
        self._matchers = {key: matcher for key, matcher in matchers.items() if id(matcher) in used}
        self._guilds = guilds

    def hits(self, guild_id: GuildId, event: Event, creator_id: CreatorId) -> tuple[Rule, ...]:
        """The guild's rules that this comment of that creator's LIVE hits; those for repeated text are not among them."""
        known = self._guilds.get(guild_id)
        if known is None:
            return _NONE
        mine, matcher = known
        places = self._places(matcher, event)
        return tuple(mine[place] for place in places if mine[place].creator_id in (None, creator_id)) if places else _NONE

    def repeats(self, guild_id: GuildId, creator_id: CreatorId) -> tuple[Rule, ...]:
        """The guild's rules that want to hear of repeated text in that creator's LIVEs."""
        known = self._guilds.get(guild_id)
        if known is None or not known[1].repeats:
            return _NONE
        mine = (known[0][each.id] for each in known[1].repeats)
        return tuple(rule for rule in mine if rule.creator_id in (None, creator_id))

    def _places(self, matcher: Matcher, event: Event) -> tuple[int, ...]:
        """One search for each comment and matcher: guilds are asked about the same event one after the other."""
        if self._event is not event:
            self._event, self._found = event, {}
        found = self._found.get(id(matcher))
        if found is None:
            self.searches += 1
            comment = as_comment(event)
            found = self._found[id(matcher)] = tuple(hit.rule.id for hit in matcher.hits(comment)) if comment else ()
        return found


class Waves:
    """Text that is repeated in one creator's LIVEs, for a reader that may read a part of the log again."""

    def __init__(self) -> None:
        self._repeats = Repeats()
        self._seq = 0
        self._waved: OrderedDict[int, Wave] = OrderedDict()

    def of(self, event: CommentEvent, seq: int) -> Wave | None:
        """The wave that this comment belongs to. What TikTok replays, and what only its author sees, belongs to none."""
        if seq <= self._seq:
            return self._waved.get(seq)
        self._seq = seq
        if event.is_history or event.visible_to_sender:
            return None
        viewer_id = event.user.id if event.user else ViewerId("")
        wave = self._repeats.note(event.text, viewer_id, seq, event.received_at_ms / 1000)
        if wave is not None:
            self._waved[seq] = wave
            if len(self._waved) > MOST_WAVED:
                self._waved.popitem(last=False)
        return wave


class Marks:
    """What the lines of one creator's LIVEs are to the guilds that relay them: to be hidden, or to stand out."""

    def __init__(self, book: Book, creator_id: CreatorId) -> None:
        self._book = book
        self._creator_id = creator_id
        self._waves = Waves()

    def of(self, event: Event, seq: int, guild_ids: Iterable[GuildId]) -> Mapping[GuildId, RuleAction]:
        """Of those guilds the ones whose rules say something about this event. To hide beats to highlight."""
        if not self._book.guilds or not isinstance(event, CommentEvent | EmoteEvent | QuestionEvent):
            return {}
        concerned = self._book.guilds & set(guild_ids)
        if not concerned:
            return {}
        hits = {guild_id: self._book.hits(guild_id, event, self._creator_id) for guild_id in concerned}
        repeats = {guild_id: self._book.repeats(guild_id, self._creator_id) for guild_id in concerned}
        if isinstance(event, CommentEvent) and any(repeats.values()) and self._waves.of(event, seq) is not None:
            hits = {guild_id: (*hits[guild_id], *repeats[guild_id]) for guild_id in concerned}
        return {guild_id: _strongest(found) for guild_id, found in hits.items() if found}


def shape(mine: Sequence[Rule]) -> Shape:
    """The rules as a matcher for whomever: each by its place, and nobody's."""
    return tuple(Rule(RuleId(place), GuildId(0), rule.kind, rule.pattern) for place, rule in enumerate(mine))


def as_comment(event: Event) -> CommentEvent | None:
    """Whatever a viewer writes, as a comment; None for what nobody wrote."""
    match event:
        case CommentEvent():
            return event
        case QuestionEvent():
            return CommentEvent(event.common, text=event.text)
        case EmoteEvent():
            return CommentEvent(event.common)
        case _:
            return None


def _strongest(found: Iterable[Rule]) -> RuleAction:
    is_hidden = any(rule.action is RuleAction.HIDE for rule in found)
    return RuleAction.HIDE if is_hidden else RuleAction.HIGHLIGHT
