"""Whose rules a comment hits, what a line is to a guild, and what it costs those who have no rules."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from bot.events import EmoteEvent, Event, GiftEvent, QuestionEvent
from bot.model.ids import CreatorId, GuildId, RuleId
from bot.model.rule import Detector, Rule, RuleAction, RuleKind
from bot.moderation.book import MOST_WAVED, Book, Marks, Waves
from tests.doubles.clock import START_MS
from tests.doubles.events import about, comment, viewer

OURS, THEIRS, OTHERS = GuildId(1), GuildId(2), GuildId(3)
ALICE, ZOE = CreatorId(7), CreatorId(8)
HIDE, HIGHLIGHT = RuleAction.HIDE, RuleAction.HIGHLIGHT


def rule(pattern: str, number: int = 1, **more: object) -> Rule:
    made = Rule(RuleId(number), OURS, RuleKind.KEYWORD, pattern, HIDE)
    return replace(made, **more)  # type: ignore[arg-type]


def book(**guilds: list[Rule]) -> Book:
    made = Book(lambda _: True)
    ids = {"ours": OURS, "theirs": THEIRS}
    made.learn({ids[name]: rules for name, rules in guilds.items()})
    return made


def test_a_guild_hears_of_its_own_rules_and_by_its_own_ids() -> None:
    mine, other = rule("bad", 11), rule("worse", 12)
    made = book(ours=[rule("off", 10, is_enabled=False), mine, other], theirs=[rule("bad", 21, guild_id=THEIRS)])
    said = comment("a bad one")
    assert made.hits(OURS, said, ALICE) == (mine,)
    assert [each.id for each in made.hits(THEIRS, said, ALICE)] == [21]
    assert made.hits(OTHERS, said, ALICE) == ()
    assert made.rules == 3


def test_a_rule_for_one_creator_is_quiet_in_anothers_live() -> None:
    made = book(ours=[rule("bad", creator_id=ALICE)])
    assert made.hits(OURS, comment("bad"), ALICE)
    assert not made.hits(OURS, comment("bad"), ZOE)


def test_guilds_that_look_for_the_same_share_one_search_of_each_comment() -> None:
    made = book(ours=[rule("bad", 1)], theirs=[rule("bad", 2, action=HIGHLIGHT, creator_id=ALICE)])
    said = comment("bad")
    assert made.hits(OURS, said, ALICE)[0].action is HIDE
    assert made.hits(THEIRS, said, ALICE)[0].action is HIGHLIGHT
    assert not made.hits(THEIRS, said, ZOE)
    assert made.searches == 1
    made.hits(OURS, comment("good"), ALICE)
    assert made.searches == 2


def test_who_has_no_rules_costs_no_search() -> None:
    made = book(ours=[rule("bad")])
    marks = Marks(made, ALICE)
    assert marks.of(comment("bad"), 1, [THEIRS, OTHERS]) == {}
    assert made.searches == 0


def test_what_is_learned_takes_the_place_of_what_was_known() -> None:
    made = book(ours=[rule("bad")], theirs=[rule("bad")])
    made.learn({OURS: [rule("worse")], THEIRS: []})
    assert made.guilds == {OURS}
    assert not made.hits(OURS, comment("bad"), ALICE)
    assert made.hits(OURS, comment("worse"), ALICE)


def test_rules_that_do_not_compile_any_more_stop_nobody_else() -> None:
    made = book(ours=[rule("(", kind=RuleKind.REGEX)], theirs=[rule("bad")])
    assert made.guilds == {THEIRS}


# --- Marks -------------------------------------------------------------------------------------------------------------------


def marks(*rules: Rule) -> Marks:
    return Marks(book(ours=list(rules)), ALICE)


@pytest.mark.parametrize(
    ("event", "is_marked"),
    [
        (comment("bad"), True),
        (QuestionEvent(about(viewer("eve")), text="is this bad?"), True),
        (comment("good"), False),
        (GiftEvent(about(viewer("bob"))), False),
    ],
)
def test_what_viewers_write_is_looked_at(event: Event, *, is_marked: bool) -> None:
    assert marks(rule("bad")).of(event, 1, [OURS, THEIRS]) == ({OURS: HIDE} if is_marked else {})


def test_a_user_on_the_list_is_found_in_all_that_they_write_and_in_no_gift() -> None:
    listed = marks(rule("bob", kind=RuleKind.USER, action=HIGHLIGHT))
    for event in (comment("x"), EmoteEvent(about(viewer("bob"))), QuestionEvent(about(viewer("bob")), text="x")):
        assert listed.of(event, 1, [OURS]) == {OURS: HIGHLIGHT}
    assert listed.of(GiftEvent(about(viewer("bob"))), 1, [OURS]) == {}


def test_to_hide_beats_to_highlight() -> None:
    assert marks(rule("bad", action=HIGHLIGHT), rule("word", 2)).of(comment("bad word"), 1, [OURS]) == {OURS: HIDE}


def test_a_guild_that_does_not_relay_this_is_not_asked() -> None:
    assert marks(rule("bad")).of(comment("bad"), 1, [THEIRS]) == {}


def test_repeated_text_is_marked_from_the_wave_on_also_when_it_is_read_again() -> None:
    listed = marks(rule(Detector.REPEATS, kind=RuleKind.DETECTOR))
    said = [comment("buy it from me", at_ms=START_MS + number) for number in range(6)]
    first = [listed.of(event, seq, [OURS]) for seq, event in enumerate(said, start=1)]
    assert first == [{}, {}, {}, {OURS: HIDE}, {OURS: HIDE}, {OURS: HIDE}]
    assert [listed.of(event, seq, [OURS]) for seq, event in enumerate(said, start=1)] == first


# --- Waves -------------------------------------------------------------------------------------------------------------------


def test_what_is_replayed_or_unseen_is_in_no_wave() -> None:
    waves = Waves()
    for number, more in enumerate([{"is_history": True}, {"visible_to_sender": True}] * 5, start=1):
        assert waves.of(changed(comment("buy it from me"), **more), number) is None


def test_the_waves_of_a_long_evening_do_not_grow_without_bound() -> None:
    waves = Waves()
    for seq in range(1, MOST_WAVED + 10):
        waves.of(comment("buy it from me", at_ms=START_MS + seq), seq)
    assert waves.of(comment("buy it from me"), 4) is None, "forgotten"
    assert waves.of(comment("buy it from me"), MOST_WAVED) is not None
