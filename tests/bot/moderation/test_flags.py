"""What moderators hear of: a flag for a comment, one that grows for a wave."""

from __future__ import annotations

from dataclasses import replace

from msgspec.structs import replace as changed

from bot.events import Event, JoinEvent
from bot.events.codec import Envelope, Logged
from bot.language import language
from bot.model.ids import CreatorId, GuildId, RuleId
from bot.model.rule import Detector, Rule, RuleKind
from bot.moderation.book import Book
from bot.moderation.flags import MINUTE_MS, MOST_A_MINUTE, Flag, Flags, described, reason
from tests.doubles.clock import START_MS
from tests.doubles.events import about, comment

OURS, THEIRS = GuildId(1), GuildId(2)
ALICE = CreatorId(7)
SINCE = {OURS: START_MS, THEIRS: START_MS}
BAD = Rule(RuleId(1), OURS, RuleKind.KEYWORD, "bad")
REPEATS = Rule(RuleId(2), OURS, RuleKind.DETECTOR, Detector.REPEATS)
T = language("en")
MINUTE = START_MS - START_MS % MINUTE_MS + MINUTE_MS
"""Where a minute begins."""


def flags(*rules: Rule) -> Flags:
    book = Book(lambda _: True)
    book.learn({OURS: rules})
    return Flags(ALICE, book)


def logged(event: Event, seq: int) -> Logged:
    return Logged(Envelope(1, ALICE, seq, 0, "", event.received_at_ms), event)  # type: ignore[arg-type]


def heard(made: Flags, event: Event, seq: int = 1) -> Flag | None:
    found = made.heard(logged(event, seq), SINCE)
    assert set(found) <= {OURS}
    return found.get(OURS)


def test_a_hit_is_a_flag_of_one_comment_with_every_rule_that_it_hits() -> None:
    worse = replace(BAD, id=RuleId(3), pattern="word")
    found = heard(flags(BAD, worse), comment("a bad word", room="9"), 4)
    assert found is not None
    assert (found.key, found.rules, found.room_id, found.first_seq, found.comments) == ("rule:7:4", (BAD, worse), "9", 4, 1)
    assert found.viewer.handle == "bob"
    assert heard(flags(BAD), comment("good")) is None
    assert heard(flags(BAD), JoinEvent(about())) is None


def test_the_same_author_is_quiet_for_the_cool_down_and_nobody_else_is() -> None:
    made = flags(replace(BAD, cooldown_s=60))
    assert heard(made, comment("bad"), 1)
    assert heard(made, comment("bad", at_ms=START_MS + 59_000), 2) is None
    assert heard(made, comment("bad", "eve", at_ms=START_MS + 59_000), 3)
    assert heard(made, comment("bad", at_ms=START_MS + 60_000), 4)


def test_a_wave_is_one_flag_that_grows_and_its_comments_raise_no_other() -> None:
    made = flags(BAD, REPEATS)
    found = [heard(made, comment("a bad and long text", f"v{number}"), number) for number in range(1, 9)]
    assert [each.key if each else "" for each in found] == [f"rule:7:{n}" for n in range(1, 5)] + ["wave:7:1"] * 4
    last = found[-1]
    assert last is not None
    assert (last.comments, last.accounts, last.first_seq, last.last_seq, last.rules) == (8, 8, 1, 8, (REPEATS,))


def test_what_only_its_author_sees_or_nobody_is_known_to_have_written_is_passed_over() -> None:
    made = flags(BAD)
    assert heard(made, changed(comment("bad"), visible_to_sender=True)) is None
    assert heard(made, changed(comment("bad"), common=about(None))) is None


def test_what_was_written_before_the_watch_is_not_the_guilds() -> None:
    made = flags(BAD)
    old = comment("bad", at_ms=START_MS - 1)
    replayed = changed(comment("bad"), is_history=True, common=about(comment("bad").user, created_at_ms=START_MS - 5_000))
    missed = changed(replayed, common=about(comment("bad").user, created_at_ms=START_MS))
    assert [heard(made, each, seq) is not None for seq, each in enumerate([old, replayed, missed])] == [False, False, True]


def test_the_reason_is_the_guilds_own_words_and_never_the_viewers() -> None:
    made = flags(BAD, *(replace(BAD, id=RuleId(number), pattern=f"w{number}") for number in range(4, 8)))
    found = heard(made, comment("bad w4 w5 w6 w7 and my secret"))
    assert found is not None
    assert reason(T, found) == "keyword “bad”, keyword “w4”, keyword “w5” +2"
    wave = replace(found, rules=(REPEATS,), comments=12, accounts=7)
    assert reason(T, wave) == "repeated text, by 7 accounts"
    assert reason(T, replace(wave, accounts=1)) == "repeated text"
    assert described(T, replace(REPEATS, pattern="of a newer version")) == "of a newer version"


def test_what_one_rule_hits_often_in_a_minute_is_counted_on_the_last_flag() -> None:
    made = flags(BAD)
    found = [heard(made, comment(f"bad {seq}", f"v{seq}", at_ms=MINUTE), seq) for seq in range(1, 301)]
    assert len({each.key for each in found if each}) == MOST_A_MINUTE
    last = found[-1]
    assert last is not None
    assert (last.key, last.comments, last.accounts) == (f"rule:7:{MOST_A_MINUTE}", 291, 291)
    assert (last.first_seq, last.last_seq, last.viewer.handle) == (MOST_A_MINUTE, 300, f"v{MOST_A_MINUTE}")
    assert reason(T, last) == "keyword “bad”, by 291 accounts"
    fresh = heard(made, comment("bad", at_ms=MINUTE + MINUTE_MS), 301)
    assert fresh is not None
    assert (fresh.key, fresh.comments) == ("rule:7:301", 1)


def test_a_rule_that_hits_often_keeps_no_other_quiet() -> None:
    made = flags(BAD, replace(BAD, id=RuleId(3), pattern="worse"))
    for seq in range(1, 50):
        heard(made, comment("bad", f"v{seq}", at_ms=MINUTE), seq)
    found = heard(made, comment("worse", at_ms=MINUTE), 50)
    assert found is not None
    assert (found.key, found.comments) == ("rule:7:50", 1)


def test_a_log_that_is_read_again_within_the_minute_comes_to_the_same_flags() -> None:
    said = [comment("bad", f"v{seq}", at_ms=MINUTE + seq) for seq in range(40)]
    one, other = flags(BAD), flags(BAD)
    assert [heard(one, each, seq) for seq, each in enumerate(said)] == [heard(other, each, seq) for seq, each in enumerate(said)]
