"""Which rules a comment hits."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.events import CommentEvent, MessageId, RoomId, ViewerId
from bot.model.comment import CommentRow
from bot.model.ids import CreatorId, GuildId, RuleId
from bot.model.rule import Detector, Rule, RuleAction, RuleKind
from bot.moderation import rules as module
from bot.moderation.rules import Cooldowns, check, compiled, places, rehearse
from tests.doubles.events import about, comment

ALICE, BEA = CreatorId(1), CreatorId(2)


def rule(kind: RuleKind, pattern: str, number: int = 1, **more: object) -> Rule:
    return Rule(RuleId(number), GuildId(1), kind, pattern, **more)  # type: ignore[arg-type]


def hit(text: str, *rules: Rule, by: str = "bob", creator_id: CreatorId | None = None) -> list[int]:
    return [each.rule.id for each in compiled(rules).hits(comment(text, by), creator_id=creator_id)]


def row(text: str, seq: int = 1, by: str = "id-bob", at_s: int = 0, creator: CreatorId = ALICE) -> CommentRow:
    return CommentRow(creator, seq, RoomId("100"), MessageId(str(seq)), ViewerId(by), text, 0, 1000 * at_s)


@pytest.mark.parametrize(
    ("kind", "pattern", "hits", "misses"),
    [
        (
            RuleKind.KEYWORD,
            "bad",
            [
                "bad",
                "so BAD!",
                "bád",
                "ＢＡＤ",
                "𝔟𝔞𝔡",
                "bаd",
                "b a d",
                "b.a.d",
                "b-a-d",
                "b\u200bad",
                "🅱🅰🅳",
                "bad😂",
                "x\nbad",
                "b^a^d",
            ],
            ["baddy", "b4d", "baaad", "ba d", "", "abad", "b-ad"],
        ),
        (RuleKind.KEYWORD, "*damn*", ["goddamnit", "DAMN"], ["dam n"]),
        (RuleKind.KEYWORD, "坏话", ["这是坏话吗"], ["坏"]),
        (RuleKind.KEYWORD, "🍆", ["a🍆b"], ["🍇"]),
        (RuleKind.KEYWORD, "плохо", ["Плохо!", "п л о х о"], ["плох"]),
        (RuleKind.PHRASE, "very bad", ["very--- bad", "VERY   bad", "véry\u200b bad"], ["verybad", "very so bad"]),
        (RuleKind.PHRASE, "buy * followers", ["buy 1000 followers now", "Buy, cheap followers"], ["buy followers"]),
        (RuleKind.REGEX, r"\bf+o+\b", ["FFFOO", "ｆｏｏ", "fóó", "so fo!"], ["foot"]),
        (RuleKind.REGEX, r"\d{3}-\d{4}", ["call 555-1234", "５５５-１２３４"], ["5551234"]),
        (RuleKind.REGEX, "пло+хо", ["ПЛООХО"], ["плх"]),
        (RuleKind.USER, "@Bob", ["anything", ""], []),
        (RuleKind.USER, "id-bob", ["anything"], []),
        (RuleKind.USER, "carol", [], ["anything"]),
        (
            RuleKind.DETECTOR,
            "links",
            ["look https://x.example/a", "discord . gg/abc", "www.site.example", "bit.ly/x"],
            ["call.me"],
        ),
        (RuleKind.DETECTOR, "repeats", [], ["the same text again"]),
    ],
)
def test_a_rule_finds(kind: RuleKind, pattern: str, hits: list[str], misses: list[str]) -> None:
    each = rule(kind, pattern)
    check(each)
    assert [text for text in hits if not hit(text, each)] == []
    assert [text for text in misses if hit(text, each)] == []


def test_all_rules_that_are_hit_are_named_in_their_order_once() -> None:
    rules = [
        rule(RuleKind.REGEX, "bad|BAD", 1),
        rule(RuleKind.USER, "bob", 2),
        rule(RuleKind.KEYWORD, "good", 3),
        rule(RuleKind.KEYWORD, "bad", 4),
        rule(RuleKind.DETECTOR, "links", 5),
    ]
    assert hit("bád https://x.example", *rules) == [1, 2, 4, 5]
    assert hit("fine", *rules, by="carol") == []


def test_many_hits_stand_in_the_order_of_the_rules() -> None:
    words = {1: "bad", 64: "bad", 70: "bad"}
    rules = [rule(RuleKind.KEYWORD, words.get(number, f"other{number}"), number) for number in range(100)]

    assert hit("bad", *rules) == [1, 64, 70]


def test_a_rule_that_is_switched_off_finds_nothing() -> None:
    assert hit("bad", rule(RuleKind.KEYWORD, "bad", is_enabled=False)) == []


def test_a_rule_for_one_creator_leaves_the_others_alone() -> None:
    rules = [rule(RuleKind.KEYWORD, "bad", 1, creator_id=ALICE), rule(RuleKind.KEYWORD, "bad", 2)]

    assert hit("bad", *rules, creator_id=ALICE) == [1, 2]
    assert hit("bad", *rules, creator_id=BEA) == [2]


def test_a_comment_without_an_author_hits_no_user() -> None:
    event = CommentEvent(about(), text="bad")

    assert compiled([rule(RuleKind.USER, "bob"), rule(RuleKind.KEYWORD, "bad", 2)]).hits(event)[0].rule.id == 2


def test_of_an_endless_comment_the_beginning_is_looked_at() -> None:
    assert hit("x " * 200 + "bad", rule(RuleKind.KEYWORD, "bad"))
    assert not hit("x " * 300 + "bad", rule(RuleKind.KEYWORD, "bad"))


@pytest.mark.parametrize(
    ("kind", "pattern", "said"),
    [
        (RuleKind.KEYWORD, " ", "something to look for"),
        (RuleKind.KEYWORD, "!?", "needs a letter"),
        (RuleKind.KEYWORD, "*", "needs a letter"),
        (RuleKind.KEYWORD, "very bad", "choose a phrase"),
        (RuleKind.PHRASE, "a*b*c*d", "at most 2 stars"),
        (RuleKind.PHRASE, "x" * 101, "at most 100 characters, this one has 101"),
        (RuleKind.REGEX, "(", "cannot be used: missing"),
        (RuleKind.REGEX, r"(?=x)", "cannot be used"),
        (RuleKind.REGEX, r"\1", "cannot be used"),
        (RuleKind.REGEX, "x*", "empty text"),
        (RuleKind.REGEX, r"\pL{10}", "too large"),
        (RuleKind.REGEX, r"(x{100}){100}", "cannot be used|too large"),
        (RuleKind.USER, "@", "by handle"),
        (RuleKind.DETECTOR, "magic", "There is no detector magic. There are: links, repeats."),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(kind: RuleKind, pattern: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        check(rule(kind, pattern))


def test_a_server_has_so_many_rules_and_so_large_ones() -> None:
    with pytest.raises(BadInput, match="at most 1000 rules"):
        check(rule(RuleKind.KEYWORD, "x"), [rule(RuleKind.KEYWORD, "y")] * module.MOST_RULES)
    large = [rule(RuleKind.REGEX, f"a.{{90}}{number}") for number in range(14)]
    with pytest.raises(BadInput, match="too large together"):
        check(rule(RuleKind.REGEX, "a.{90}x"), large)
    with pytest.raises(BadInput, match="negative"):
        check(rule(RuleKind.KEYWORD, "x", cooldown_s=-1))


def test_as_many_rules_as_are_allowed_fit_into_their_memory() -> None:
    def longest(chars: str) -> list[Rule]:
        texts = ("".join(Random(number).choices(chars, k=module.MOST_PATTERN_CHARS)) for number in range(module.MOST_RULES))
        return [rule(RuleKind.PHRASE, text, number) for number, text in enumerate(texts)]

    rules = longest("abcdefgh à")
    check(rules[-1], rules[:-1])
    assert [each.rule.id for each in compiled(rules).hits(comment(rules[77].pattern.upper()))] == [77]

    *others, last = longest("🍆🍇🍈")
    with pytest.raises(BadInput, match="too large together"):
        check(last, others)


@given(st.text(max_size=300), st.sampled_from(list(RuleKind)), st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_hostile_text_and_hostile_rules_never_raise_anything_else(text: str, kind: RuleKind, pattern: str) -> None:
    each = rule(kind, pattern)
    try:
        check(each)
    except BadInput:
        return
    found = hit(text, each)
    assert all(0 <= start <= end <= len(text) for start, end in places(each, text))
    assert found in ([], [1])


def test_the_slowest_rules_take_time_linear_to_the_text() -> None:
    matcher = compiled(rule(RuleKind.REGEX, f"a.{{{length}}}bx", length) for length in range(20, 40))
    rng = Random(1)

    def took(chars: int) -> float:
        texts = ["".join(rng.choices("ab", k=chars)) for _ in range(20)]
        started = time.perf_counter()
        for text in texts:
            matcher.hits(comment(text))
        return time.perf_counter() - started

    took(500)
    assert took(500) < 10 * 5 * took(50) + 0.05


@pytest.mark.parametrize(
    ("kind", "pattern", "text", "found"),
    [
        (RuleKind.KEYWORD, "bad", "so bád, b a d", ["bád", "b a d"]),
        (RuleKind.REGEX, "o+", "f😂oo fo", ["oo", "o"]),
        (RuleKind.REGEX, "bad", "b\u200bad", []),
        (RuleKind.DETECTOR, "links", "see https://x.example/a now", ["https://x.example/a"]),
        (RuleKind.USER, "bob", "hi", []),
    ],
)
def test_the_places_of_a_hit_can_be_shown(kind: RuleKind, pattern: str, text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in places(rule(kind, pattern), text)] == found


def test_a_rule_alerts_once_within_its_cool_down_about_each_author() -> None:
    cooldowns = Cooldowns()
    slow, quick = rule(RuleKind.KEYWORD, "x", 1, cooldown_s=60), rule(RuleKind.KEYWORD, "y", 2, cooldown_s=0)

    assert [cooldowns.allow(slow, "bob", now) for now in (0, 59.9, 60, 61)] == [True, False, True, False]
    assert cooldowns.allow(slow, "carol", 61)
    assert [cooldowns.allow(quick, "bob", 61) for _ in range(2)] == [True, True]


def test_cool_downs_are_bounded() -> None:
    cooldowns = Cooldowns(most=2)
    each = rule(RuleKind.KEYWORD, "x")
    assert [cooldowns.allow(each, by, 0) for by in ("a", "b", "c", "a", "c")] == [True, True, True, True, False]


@given(
    st.lists(st.tuples(st.floats(0, 1000), st.sampled_from("ab"), st.sampled_from([1, 2])), max_size=60).map(sorted),
    st.integers(0, 100),
)
@settings(max_examples=200, deadline=None)
def test_alerts_of_a_rule_about_an_author_are_a_cool_down_apart_and_none_is_missed(
    asked: list[tuple[float, str, int]], cooldown_s: int
) -> None:
    cooldowns = Cooldowns()
    alerted: dict[tuple[str, int], float] = {}
    for now, by, number in asked:
        allowed = cooldowns.allow(rule(RuleKind.KEYWORD, "x", number, cooldown_s=cooldown_s), by, now)
        last = alerted.get((by, number))
        assert allowed == (last is None or now - last >= cooldown_s)
        if allowed:
            alerted[by, number] = now


def test_a_rehearsal_shows_the_newest_hits_and_counts_all() -> None:
    rules = [
        rule(RuleKind.KEYWORD, "bad", 1, cooldown_s=60),
        rule(RuleKind.USER, "carol", 2, action=RuleAction.HIDE),
        rule(RuleKind.KEYWORD, "elsewhere", 3, creator_id=BEA),
    ]
    rows = [row("bad", seq, at_s=seq) for seq in range(1, 31)]
    rows += [row("hello", 31, by="id-carol", at_s=31), row("elsewhere", 32, at_s=32), row("elsewhere", 1, at_s=33, creator=BEA)]
    found = rehearse(compiled(rules), rows, handles={ViewerId("id-carol"): "carol"}, most=3)

    assert [(each.rule.id, each.row.seq) for each in found.found] == [(3, 1), (2, 31), (1, 30)]
    assert found.found[2].places == ((0, 3),)
    assert (found.hits, found.alerts) == (32, 2)


def test_a_rehearsed_spam_wave_is_one_alert() -> None:
    rules = [rule(RuleKind.DETECTOR, Detector.REPEATS)]
    rows = [row("buy followers here", seq, at_s=seq) for seq in range(1, 21)]
    found = rehearse(compiled(rules), rows)

    assert (found.hits, found.alerts) == (17, 1)
    assert rehearse(compiled([rule(RuleKind.DETECTOR, "repeats", creator_id=BEA)]), rows).hits == 0


def test_the_largest_expressions_of_a_guild_are_few_and_its_words_are_a_thousand() -> None:
    large = [rule(RuleKind.REGEX, f"a[ab]{{{times}}}c", times) for times in range(60, 80)]
    check(large[10], large[:10])
    with pytest.raises(BadInput, match="too large together"):
        check(large[-1], large[:-1])
    words = [rule(RuleKind.KEYWORD, f"word{number}", number) for number in range(module.MOST_RULES - 1)]
    check(rule(RuleKind.KEYWORD, "bad"), words)


def test_so_many_words_may_have_a_star_before_their_end() -> None:
    starred = [rule(RuleKind.KEYWORD, f"*w{number}", number) for number in range(module.MOST_STARRED)]
    for allowed in (rule(RuleKind.KEYWORD, "bad*"), rule(RuleKind.REGEX, "a*b")):
        check(allowed, starred)
    for refused in (rule(RuleKind.KEYWORD, "*bad*"), rule(RuleKind.PHRASE, "buy * followers")):
        check(refused, starred[1:])
        with pytest.raises(BadInput, match="star before their end"):
            check(refused, starred)
