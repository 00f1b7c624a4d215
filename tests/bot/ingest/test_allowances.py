"""What was spent outlives the process that spent it."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.allowances import dumped, loaded
from bot.ingest.sources import Sources, Use, Wait, Way
from bot.tiktok.allowance import ANONYMOUS_SIGNING, Limit

SIGNED = Way("webcast", "no key", ANONYMOUS_SIGNING)
PAID = Way("webcast", "our key", (Limit(3, 86_400.0),))
PLAIN = Way("plain")
NOW_MS = 1_700_000_000_000


def restarted(sources: Sources, *, now: float, after_s: float) -> Sources:
    """The process ends at `now` and comes back `after_s` later with a monotonic clock that begins at 0."""
    text = dumped(sources, now=now, now_ms=NOW_MS)
    again = Sources(sources.ways, rng=Random(2))
    again.recall(loaded(text, again.ways, now=0.0, now_ms=NOW_MS + round(after_s * 1000)))
    return again


def test_a_restart_gives_no_second_allowance() -> None:
    sources = Sources([SIGNED, PLAIN], rng=Random(1))
    for now in range(5):
        sources.spend(SIGNED, float(now))
    again = restarted(sources, now=5.0, after_s=10.0)

    assert again.choose(0.0) == Use(PLAIN, "webcast (no key) waits 45 s: its 5 connects in 60 s are used up")
    assert again.choose(45.0) == Use(SIGNED)
    assert [each.left for each in again.left_of(SIGNED, 0.0)] == [0, 25]
    assert [each.left for each in again.left_of(SIGNED, 45.0)] == [1, 25]


def test_what_no_limit_reaches_back_to_is_forgotten() -> None:
    sources = Sources([SIGNED], rng=Random(1))
    sources.spend(SIGNED, 0.0)
    assert not restarted(sources, now=1.0, after_s=3600.0).standing(SIGNED).connects


def test_a_way_that_is_gone_and_a_way_without_limits_are_nobodys_business() -> None:
    sources = Sources([SIGNED, PLAIN], rng=Random(1))
    sources.spend(SIGNED, 0.0)
    sources.spend(PLAIN, 0.0)
    assert loaded(dumped(sources, now=1.0, now_ms=NOW_MS), [PAID, PLAIN], now=0.0, now_ms=NOW_MS) == {}


def test_a_clock_that_was_put_back_forgets_nothing_and_waits_no_longer_than_the_limit() -> None:
    sources = Sources([PAID], rng=Random(1))
    for now in (0.0, 1.0, 2.0):
        sources.spend(PAID, now)
    choice = restarted(sources, now=2.0, after_s=-7200.0).choose(0.0)
    assert isinstance(choice, Wait)
    assert choice.until == 86_400.0


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '{"webcast (no key)": 7}', '{"webcast (no key)": ["x"]}', "\ud800"])
def test_garbage_is_as_if_nothing_had_been_spent(text: str) -> None:
    assert loaded(text, [SIGNED], now=0.0, now_ms=NOW_MS) == {}


@given(st.text(), st.dictionaries(st.sampled_from([str(SIGNED), "x"]), st.lists(st.integers(), max_size=50)))
def test_whatever_stands_there_no_allowance_grows_and_nothing_breaks(text: str, spent: dict[str, list[int]]) -> None:
    loaded(text, [SIGNED], now=0.0, now_ms=NOW_MS)
    sources = Sources([SIGNED], rng=Random(1))
    sources.recall(loaded(str(spent).replace("'", '"'), [SIGNED], now=0.0, now_ms=NOW_MS))
    assert len(sources.standing(SIGNED).connects) <= 30
    assert all(at <= 0.0 for at in sources.standing(SIGNED).connects)
    assert all(0 <= each.left <= each.most for each in sources.left_of(SIGNED, 0.0))
