"""What does a watchlist of 1,000 patterns cost for each comment, beyond RE2's own search?

The floor in the same run is one bare `re2.Set.Match` of the same comments' bytes, the same 1,000 patterns in it as they were
typed, whatever the case: no look-alikes, no letters apart, no rule named. Ours goes from the event to the rules that it hits.

- *words*: 1,000 keywords; *mixed*: 700 keywords, 200 phrases, 100 regular expressions;
- *hostile*: random letters over patterns that make RE2 build state after state; the floor does the same work.

Comments are made up: words by Zipf's law, a quarter with emoji or other letters (27 of the 115 captured ones have some), one in a
hundred hits.

    python -m bench.patterns [--comments 20000] [--rounds 15]
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Sequence
from random import Random

import re2

from bot.events import CommentEvent, Common, Handle, MessageId, RoomId, User, ViewerId
from bot.model.ids import GuildId, RuleId
from bot.model.rule import Rule, RuleKind
from bot.moderation.rules import SET_BYTES, Matcher, compiled

PATTERNS = 1_000
SLICE = 500
SYLLABLES = ["ba", "do", "ku", "ri", "mo", "sta", "le", "fi", "gon", "ter", "chi", "pra", "zu", "ne", "al", "you", "th", "er"]
ADORNED = ["😂😂", "❤️", "👏🏽", "🔥🔥🔥", "Zoë", "München", "привет", "नमस्ते", "你好", "ＯＫ", "señor"]

Typed = tuple[RuleKind, str]


def invented(count: int, rng: Random, *, taken: frozenset[str] = frozenset()) -> list[str]:
    """Words that nobody has heard, each once."""
    words: dict[str, None] = {}
    while len(words) < count:
        word = "".join(rng.choices(SYLLABLES, k=rng.randint(2, 4)))
        if word not in taken:
            words[word] = None
    return list(words)


def comments(count: int, words: Sequence[str], wanted: Sequence[str], rng: Random) -> list[CommentEvent]:
    """Comments of 1 to 12 words."""
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    made = []
    for number in range(count):
        text = rng.choices(words, weights, k=rng.randint(1, 12))
        if rng.random() < 0.25:
            text.insert(rng.randrange(len(text) + 1), rng.choice(ADORNED))
        if rng.random() < 0.01:
            text.append(rng.choice(wanted))
        user = User(id=ViewerId(str(number % 900)), handle=Handle(f"user{number % 900}"))
        common = Common(MessageId(str(number)), RoomId("7"), Handle("alice"), 1, 1, user)
        said = " ".join(text)
        made.append(CommentEvent(common, text=said.capitalize() if rng.random() < 0.3 else said))
    return made


def scrawl(count: int, rng: Random) -> list[CommentEvent]:
    """Comments of 150 random letters."""
    return [CommentEvent(Common(MessageId(str(number))), text="".join(rng.choices("ab", k=150))) for number in range(count)]


def mixed(words: Sequence[str]) -> list[Typed]:
    """700 keywords, 200 phrases, 100 expressions."""
    phrases = [(RuleKind.PHRASE, f"{one} {other}") for one, other in zip(words[700:900], words[:200], strict=True)]
    regexes = [(RuleKind.REGEX, rf"\b{word}+[0-9]*\b") for word in words[900:]]
    return [*((RuleKind.KEYWORD, word) for word in words[:700]), *phrases, *regexes]


def matcher(patterns: Sequence[Typed]) -> Matcher:
    """Ours."""
    return compiled(Rule(RuleId(number), GuildId(1), kind, text) for number, (kind, text) in enumerate(patterns))


def bare(patterns: Sequence[Typed]) -> re2.Set:
    """The floor's."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = SET_BYTES
    automaton = re2.Set.SearchSet(options)
    for kind, text in patterns:
        automaton.Add(text if kind is RuleKind.REGEX else re2.escape(text))
    automaton.Compile()
    return automaton


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(name: str, patterns: Sequence[Typed], events: Sequence[CommentEvent], rounds: int) -> None:
    """Print both and the ratio.

    By turns over the same slice of comments, the best time of each slice: a neighbour on the machine disturbs both alike.
    """
    ours, floor = matcher(patterns), bare(patterns)
    slices = [events[start : start + SLICE] for start in range(0, len(events), SLICE)]
    bytes_of = [[event.text.encode() for event in some] for some in slices]
    least, each = [float("inf")] * len(slices), [float("inf")] * len(slices)
    first = (0.0, 0.0)
    gc.collect()
    for number in range(rounds):
        for place, (some, texts) in enumerate(zip(slices, bytes_of, strict=True)):
            bare_s = seconds(lambda texts=texts: [floor.Match(text) for text in texts])  # type: ignore[misc]
            ours_s = seconds(lambda some=some: [ours.hits(event) for event in some])  # type: ignore[misc]
            least[place], each[place] = min(least[place], bare_s), min(each[place], ours_s)
            if not number:
                first = (first[0] + bare_s, first[1] + ours_s)
    hit = sum(bool(ours.hits(event)) for event in events)
    floor_us, ours_us = (1e6 * sum(best) / len(events) for best in (least, each))
    print(  # noqa: T201
        f"{name:<8} {len(patterns):>5,} patterns   bare re2.Set {floor_us:>7.2f} us a comment   ours {ours_us:>7.2f} us"
        f"   ratio {ours_us / floor_us:.2f}   first round {first[1] / first[0]:.2f}   hit {hit / len(events):.1%}"
    )


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comments", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    rng = Random(1)
    wanted = invented(PATTERNS, rng)
    events = comments(options.comments, invented(5_000, rng, taken=frozenset(wanted)), wanted, rng)
    size = sum(len(event.text) for event in events) / len(events)
    print(f"{len(events):,} comments of {size:.0f} characters, {sum(e.text.isascii() for e in events) / len(events):.0%} ASCII")  # noqa: T201
    compare("words", [(RuleKind.KEYWORD, word) for word in wanted], events, options.rounds)
    compare("mixed", mixed(wanted), events, options.rounds)
    hostile = [(RuleKind.REGEX, f"a.{{{length}}}b{end}") for length in range(20, 33) for end in "xyz"]
    compare("hostile", hostile, scrawl(options.comments // 20, rng), 3)


if __name__ == "__main__":
    main()
