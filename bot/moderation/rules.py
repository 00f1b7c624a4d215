"""A watchlist, ready to be asked: which rules does a comment hit? Pure.

Words and phrases are found as a reader reads them (`bot.words`: look-alikes, accents, invisible characters, signs for blanks,
letters apart). A regular expression sees the comment as typed and, where that differs, as read with its signs kept. All
patterns of a kind are searched at once, by RE2, in time linear to the text: whoever may write rules cannot stall the bot.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import re2

from bot.errors import BadInput
from bot.events import CommentEvent, ViewerId
from bot.model.comment import CommentRow
from bot.model.ids import CreatorId, RuleId
from bot.model.rule import Detector, Rule, RuleAction, RuleKind
from bot.moderation.detectors import Repeats, links
from bot.words import needs_reading, patterns, read, read_signs, typed
from bot.words import places as places_of_words

MOST_RULES = 1_000
"""Of one guild."""

MOST_PATTERN_CHARS = 100
MOST_STARS = 2
"""In one word or phrase: each makes the search's constant larger."""

MOST_STARRED = 200
"""Of one guild's words and phrases that have a star before their end: those are what makes a search of many slow."""

MOST_INSTRUCTIONS = 1_000
"""Of one expression, as RE2 counts them: `bad` has 7, `a.{50}b` 406, `\\pL{10}` 12,000."""

MOST_INSTRUCTIONS_TOGETHER = 1_000
"""Of one guild's expressions. Each is looked at for each new state of the search, so this bounds the slowest comment.

Words and phrases without stars need no such bound: a search of theirs comes to few states, however many there are.
"""

LARGEST_BYTES = 1 << 20
"""What RE2 may use to compile one expression."""

SET_BYTES = 16 << 20
"""What RE2 may use for a guild's words, and for its expressions: so much only when comments are as different as they can be.

At the bound it starts over, which is slow and still linear.
"""

MOST_TEXT_CHARS = 500
"""Of a comment that are looked at. TikTok's limit is 150."""

MOST_COOLING = 4_096
"""Pairs of rule and author; the oldest is forgotten first, and may alert again early."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule found what it looks for in a comment."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class Matcher:
    """What `compiled` made. Rules may be of several guilds: a comment of a creator whom many guilds watch is read once."""

    rules: tuple[Rule, ...]
    repeats: tuple[Rule, ...]
    """Those that want `detectors.Repeats`, which `hits` knows nothing of."""
    _words: _Set | None
    _expressions: _Set | None
    _users: dict[str, tuple[int, ...]]
    _links: tuple[int, ...]

    def hits(self, event: CommentEvent, *, creator_id: CreatorId | None = None) -> tuple[Hit, ...]:
        """The rules that this comment hits, in their order. `creator_id`: whose LIVE it is; without it every rule counts."""
        user = event.user
        found = self._found(event.text, user.id if user else "", user.handle if user else "")
        return self._hits(found, creator_id) if found else ()

    def row_hits(self, row: CommentRow, handle: str = "") -> tuple[Hit, ...]:
        """The same for a comment that was kept, whose author goes by `handle`."""
        found = self._found(row.text, row.viewer_id, handle)
        return self._hits(found, row.creator_id) if found else ()

    def _hits(self, found: set[int], creator_id: CreatorId | None) -> tuple[Hit, ...]:
        rules = (self.rules[place] for place in sorted(found))
        return tuple(Hit(rule) for rule in rules if creator_id is None or rule.creator_id in (None, creator_id))

    def _found(self, text: str, viewer_id: str, handle: str) -> set[int] | None:
        if len(text) > MOST_TEXT_CHARS:
            text = text[:MOST_TEXT_CHARS]
        found: list[int] = []
        if self._words:
            found += self._words.found(read(text))
        if self._expressions:
            found += self._expressions.found(typed(text))
            if needs_reading(text):
                found += self._expressions.found(read_signs(text))
        if self._users:
            found += self._users.get(viewer_id, ())
            found += self._users.get(handle.lower(), ())
        if self._links and links(text):
            found += self._links
        return set(found) if found else None


@dataclass(frozen=True, slots=True)
class _Set:
    """Patterns that are searched at once. `places`: of which rule each is."""

    automaton: re2.Set
    places: tuple[int, ...]

    def found(self, text: bytes) -> Sequence[int]:
        matched = self.automaton.Match(text)
        return [self.places[number] for number in matched] if matched else ()


def compiled(rules: Iterable[Rule]) -> Matcher:
    """The matcher of the rules that are enabled. They were checked (`check`) when they were written; raises `BadInput` too."""
    enabled = tuple(rule for rule in rules if rule.is_enabled)
    words: list[tuple[int, str]] = []
    expressions: list[tuple[int, str]] = []
    users: defaultdict[str, list[int]] = defaultdict(list)
    finds_links = []
    for place, rule in enumerate(enabled):
        match rule.kind:
            case RuleKind.KEYWORD | RuleKind.PHRASE:
                words.append((place, _word_pattern(rule.pattern)))
            case RuleKind.REGEX:
                expressions.append((place, rule.pattern))
            case RuleKind.USER:
                users[_user(rule.pattern)].append(place)
            case RuleKind.DETECTOR if rule.pattern == Detector.LINKS:
                finds_links.append(place)
    return Matcher(
        rules=enabled,
        repeats=tuple(rule for rule in enabled if rule.kind is RuleKind.DETECTOR and rule.pattern == Detector.REPEATS),
        _words=_set(words, _options(SET_BYTES, is_read=True)),
        _expressions=_set(expressions, _options(SET_BYTES)),
        _users={name: tuple(places) for name, places in users.items()},
        _links=tuple(finds_links),
    )


def check(rule: Rule, others: Sequence[Rule] = ()) -> None:
    """Raise `BadInput` if this rule cannot be used, alone or beside the guild's `others`."""
    if len(others) >= MOST_RULES:
        raise BadInput("A server's watchlist has at most {most} rules.", most=MOST_RULES)
    if not rule.pattern.strip():
        raise BadInput("A rule needs something to look for.")
    if len(rule.pattern) > MOST_PATTERN_CHARS:
        raise BadInput(
            "A rule has at most {most} characters, this one has {count}.", most=MOST_PATTERN_CHARS, count=len(rule.pattern)
        )
    if rule.cooldown_s < 0:
        raise BadInput("A cool-down cannot be negative.")
    match rule.kind:
        case RuleKind.KEYWORD | RuleKind.PHRASE:
            _check_words(rule, others)
        case RuleKind.REGEX:
            _check_expression(rule, others)
        case RuleKind.USER:
            _check_user(rule)
        case RuleKind.DETECTOR:
            _check_detector(rule)
    compiled([*others, rule])


def _check_user(rule: Rule) -> None:
    if not _user(rule.pattern):
        raise BadInput("Name the viewer by handle, like @bob, or by id.")


def _check_detector(rule: Rule) -> None:
    if rule.pattern not in set(Detector):
        raise BadInput("There is no detector {name}. There are: {names}.", name=rule.pattern, names=", ".join(Detector))


def _check_words(rule: Rule, others: Sequence[Rule]) -> None:
    if rule.pattern.count("*") > MOST_STARS:
        raise BadInput("A word or phrase has at most {most} stars.", most=MOST_STARS)
    if rule.kind is RuleKind.KEYWORD and len(rule.pattern.split()) > 1:
        raise BadInput("A keyword is one word. For several in a row choose a phrase.")
    if not _word_patterns(rule.pattern):
        raise BadInput("A word or phrase needs a letter, a digit or an emoji.")
    if _is_starred(rule) and sum(map(_is_starred, others)) >= MOST_STARRED:
        raise BadInput("At most {most} words and phrases of a server have a star before their end.", most=MOST_STARRED)


def _is_starred(rule: Rule) -> bool:
    return rule.kind in (RuleKind.KEYWORD, RuleKind.PHRASE) and "*" in rule.pattern.rstrip("* ")


def _check_expression(rule: Rule, others: Sequence[Rule]) -> None:
    size = _instructions(rule.pattern)
    if size > MOST_INSTRUCTIONS:
        raise BadInput("This regular expression is too large: repeat less, or name fewer kinds of characters.")
    sizes = size + sum(_instructions(each.pattern) for each in others if each.kind is RuleKind.REGEX)
    if sizes > MOST_INSTRUCTIONS_TOGETHER:
        raise BadInput("This server's regular expressions are too large together: remove or simplify some.")
    if re2.compile(rule.pattern, _options(LARGEST_BYTES)).search(""):
        raise BadInput("This regular expression finds an empty text, so it would hit every comment.")


def _instructions(pattern: str) -> int:
    try:
        return int(re2.compile(pattern, _options(LARGEST_BYTES)).programsize)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise BadInput("This regular expression cannot be used: {reason}.", reason=reason[:100]) from None


def _set(numbered: Sequence[tuple[int, str]], options: re2.Options) -> _Set | None:
    if not numbered:
        return None
    automaton = re2.Set.SearchSet(options)
    try:
        for _, pattern in numbered:
            automaton.Add(pattern)
        automaton.Compile()
    except re2.error:
        raise BadInput("These rules are too large together: remove or simplify some.") from None
    return _Set(automaton, tuple(place for place, _ in numbered))


def _options(most_bytes: int, *, is_read: bool = False) -> re2.Options:
    """For text as it was typed, or as it `is_read`: in small letters already."""
    options = re2.Options()
    options.case_sensitive = is_read
    options.log_errors = False
    options.max_mem = most_bytes
    return options


def _word_patterns(word: str) -> list[str]:
    return patterns(word, lambda text: read(text).decode())


def _word_pattern(word: str) -> str:
    return f" (?:{'|'.join(_word_patterns(word))}) "


def _user(pattern: str) -> str:
    return pattern.strip().removeprefix("@").lower()


def places(rule: Rule, text: str) -> tuple[tuple[int, int], ...]:
    """Where the rule finds something in the typed text, to show it to a moderator; empty if no place can be told."""
    text = text[:MOST_TEXT_CHARS]
    match rule.kind:
        case RuleKind.KEYWORD | RuleKind.PHRASE:
            return tuple(places_of_words(re2.compile(_word_pattern(rule.pattern), _options(LARGEST_BYTES)), text))
        case RuleKind.REGEX if typed(text) == text.encode(errors="replace"):
            return tuple(match.span() for match in re2.compile(rule.pattern, _options(LARGEST_BYTES)).finditer(text))
        case RuleKind.DETECTOR if rule.pattern == Detector.LINKS:
            return links(text)
    return ()


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A comment that a rule hits, and where."""

    rule: Rule
    row: CommentRow
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What rules would have done. `found` are the newest, newest first; `hits` and `alerts` (after cool-downs) count all."""

    found: tuple[Rehearsed, ...]
    hits: int
    alerts: int


def rehearse(
    matcher: Matcher, rows: Iterable[CommentRow], *, handles: Mapping[ViewerId, str] | None = None, most: int = 25
) -> Rehearsal:
    """What the rules would have matched in these comments, which come in the order of the log.

    `handles`: the authors' as last seen, for rules about users. A spam wave is one alert.
    """
    newest: deque[tuple[Rule, CommentRow]] = deque(maxlen=most)
    hits = alerts = 0
    repeats: defaultdict[CreatorId, Repeats] = defaultdict(Repeats)
    cooldowns = Cooldowns()
    for row in rows:
        now = row.received_at_ms / 1000
        hit = [each.rule for each in matcher.row_hits(row, (handles or {}).get(row.viewer_id, ""))]
        alerts += sum(rule.action is RuleAction.ALERT and cooldowns.allow(rule, row.viewer_id, now) for rule in hit)
        if matcher.repeats and (wave := repeats[row.creator_id].note(row.text, row.viewer_id, row.seq, now)):
            waved = [rule for rule in matcher.repeats if rule.creator_id in (None, row.creator_id)]
            alerts += wave.is_new * sum(rule.action is RuleAction.ALERT for rule in waved)
            hit += waved
        hits += len(hit)
        newest.extend((rule, row) for rule in hit)
    found = tuple(Rehearsed(rule, row, places(rule, row.text)) for rule, row in reversed(newest))
    return Rehearsal(found, hits, alerts)


class Cooldowns:
    """When each rule last alerted about each author. `now` is monotonic seconds."""

    def __init__(self, most: int = MOST_COOLING) -> None:
        self._most = most
        self._alerted: OrderedDict[tuple[RuleId, str], float] = OrderedDict()

    def allow(self, rule: Rule, viewer_id: str, now: float) -> bool:
        """Whether this hit may alert; if so, the cool-down begins. A viewer without an id shares one with all such."""
        key = (rule.id, viewer_id)
        last = self._alerted.get(key)
        if last is not None and now - last < rule.cooldown_s:
            return False
        self._alerted[key] = now
        self._alerted.move_to_end(key)
        if len(self._alerted) > self._most:
            self._alerted.popitem(last=False)
        return True
