"""Which way next: a table of small stories, and properties that hold for any of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConnectionRefused, SignRefused
from bot.ingest.sources import LOOK_AGAIN_S, Sources, Use, Wait, Way
from bot.tiktok.allowance import ANONYMOUS_SIGNING, MOST_REST_S, Limit

SIGNED = Way("webcast", "no key", ANONYMOUS_SIGNING)
DIRECT = Way("direct", most_open=2)
PLAIN = Way("plain")


def of(*ways: Way, seed: int = 1) -> Sources:
    return Sources(ways, rng=Random(seed))


def refused(retry_after_s: float | None = None) -> ConnectionRefused:
    return ConnectionRefused("the sign server has trouble", retry_after_s=retry_after_s)


def until(choice: Use | Wait) -> float:
    assert isinstance(choice, Wait)
    return choice.until


def test_the_preferred_way_is_used_without_a_word() -> None:
    assert of(SIGNED, DIRECT).choose(0.0) == Use(SIGNED)


def test_the_sixth_anonymous_connect_of_a_minute_goes_another_way_or_waits() -> None:
    alone, two = of(SIGNED), of(SIGNED, PLAIN)
    for now in range(5):
        alone.spend(SIGNED, float(now))
        two.spend(SIGNED, float(now))
    choice = two.choose(5.0)
    assert choice == Use(PLAIN, "webcast (no key) waits 55 s: its 5 connects in 60 s are used up")
    assert until(alone.choose(5.0)) == 60.0
    assert alone.choose(60.0) == Use(SIGNED)


def test_what_the_hour_allows_binds_beside_what_the_minute_allows() -> None:
    sources = of(SIGNED)
    now = 0.0
    for _ in range(30):
        choice = sources.choose(now)
        now = now if isinstance(choice, Use) else choice.until
        sources.spend(SIGNED, now)
    assert until(sources.choose(now)) == 3600.0


def test_a_wait_that_was_asked_for_binds_everybody_at_once_and_is_never_shortened() -> None:
    sources = of(SIGNED, PLAIN)
    assert sources.failed(SIGNED, refused(300), 10.0, whom="alice") == 300
    sources.failed(SIGNED, refused(5), 11.0, whom="bob")
    for now in (10.0, 200.0, 309.9):
        assert sources.choose(now) == Use(PLAIN, sources.choose(now).reason)
    assert "the sign server has trouble" in sources.choose(11.0).reason
    assert sources.choose(310.0) == Use(SIGNED)


def test_nobody_is_asked_to_wait_for_longer_than_a_day() -> None:
    assert of(PLAIN).failed(PLAIN, refused(1e12), 0.0, whom="alice") == MOST_REST_S


def test_one_creator_who_always_fails_stops_nobody_but_three_in_a_row_do() -> None:
    sources = of(PLAIN)
    for attempt in range(50):
        assert sources.failed(PLAIN, refused(), float(attempt), whom="alice") == 0
    assert sources.failed(PLAIN, refused(), 50.0, whom="bob") == 0
    rest_s = sources.failed(PLAIN, refused(), 50.0, whom="carol")
    assert 5 <= rest_s <= 10
    assert until(sources.choose(50.0)) == 50.0 + rest_s


def test_a_stream_that_opens_forgives_everything_but_what_was_asked_for() -> None:
    sources = of(PLAIN)
    sources.failed(PLAIN, refused(), 0.0, whom="alice")
    sources.failed(PLAIN, refused(), 0.0, whom="bob")
    sources.worked(PLAIN)
    assert sources.failed(PLAIN, refused(), 0.0, whom="carol") == 0
    sources.failed(PLAIN, refused(60), 0.0, whom="carol")
    sources.worked(PLAIN)
    assert until(sources.choose(1.0)) == 60.0


def test_rests_grow_as_long_as_nothing_works() -> None:
    sources, now, rests = of(PLAIN), 0.0, []
    for _ in range(10):
        for whom in range(3):
            rest_s = sources.failed(PLAIN, refused(), now, whom=whom)
        rests.append(rest_s)
        now += rest_s
    assert rests[4] > rests[0]
    assert 300 <= rests[-1] <= 600


def test_a_key_that_is_refused_is_refused_for_all() -> None:
    sources = of(PLAIN)
    assert sources.failed(PLAIN, SignRefused("the sign server does not know this API key"), 0.0, whom="alice") > 0


def test_what_failed_for_one_creator_is_there_for_the_others() -> None:
    sources = of(SIGNED, PLAIN)
    assert sources.choose(0.0, {SIGNED: 20.0}) == Use(PLAIN, "webcast (no key) waits 20 s: it failed for this creator just now")
    assert sources.choose(0.0) == Use(SIGNED)
    assert sources.choose(20.0, {SIGNED: 20.0}) == Use(SIGNED)
    assert until(sources.choose(0.0, {SIGNED: 20.0, PLAIN: 9.0})) == 9.0


def test_only_so_many_streams_are_open_at_once() -> None:
    sources = of(DIRECT)
    sources.spend(DIRECT, 0.0)
    sources.spend(DIRECT, 0.0)
    assert until(sources.choose(1.0)) == 1.0 + LOOK_AGAIN_S
    sources.left(DIRECT)
    assert sources.choose(1.0) == Use(DIRECT)


def test_a_connect_that_was_never_made_is_not_counted() -> None:
    sources = of(SIGNED)
    for now in range(5):
        sources.spend(SIGNED, float(now))
    sources.unspent(SIGNED, 3.0)
    assert sources.choose(5.0) == Use(SIGNED)
    assert sources.standing(SIGNED).open == 4


def test_there_must_be_a_way_and_none_twice() -> None:
    for ways in ((), (PLAIN, PLAIN)):
        with pytest.raises(ValueError, match="must be a way"):
            of(*ways)


# --- properties ------------------------------------------------------------------------------------------------------------

LIMITS = st.builds(Limit, most=st.integers(1, 4), within_s=st.sampled_from([1.0, 7.5, 60.0, 3600.0]))
ACTS = st.lists(
    st.tuples(
        st.floats(0, 50),
        st.sampled_from(["worked", "refused", "told to wait", "left", "never made"]),
        st.integers(0, 5),
        st.floats(0, 500),
    ),
    max_size=60,
)


@dataclass
class Life:
    """A process that asks, connects and waits as it is told, and notes everything."""

    connects: dict[Way, list[float]] = field(default_factory=dict)
    choices: list[Use | Wait] = field(default_factory=list)
    rested: list[tuple[Way, float, float]] = field(default_factory=list)
    """Way, when it was told to wait, until when."""


def lived(limits: list[tuple[Limit, ...]], acts: list[tuple[float, str, int, float]], seed: int) -> Life:
    ways = [Way(f"way {number}", limits=each) for number, each in enumerate(limits)]
    sources, life, now = of(*ways, seed=seed), Life({way: [] for way in ways}), 0.0
    for gone_s, act, whom, wait_s in acts:
        now += gone_s
        choice = sources.choose(now)
        life.choices.append(choice)
        if isinstance(choice, Wait):
            assert now < choice.until, "a wait that is no wait is a busy loop"
            now = choice.until
            choice = sources.choose(now)
            assert isinstance(choice, Use), "a wait leads to a source"
        sources.spend(choice.way, now)
        if act == "never made":
            sources.unspent(choice.way, now)
            continue
        life.connects[choice.way].append(now)
        if act == "worked":
            sources.worked(choice.way)
        elif act != "left":
            asked = wait_s if act == "told to wait" else None
            rest_s = sources.failed(choice.way, refused(asked), now, whom=whom)
            assert asked is None or rest_s >= asked
            life.rested.append((choice.way, now, now + rest_s))
        sources.left(choice.way)
    return life


ways_and_acts: Callable[[Callable[..., None]], Callable[..., None]] = given(
    limits=st.lists(st.lists(LIMITS, max_size=2).map(tuple), min_size=1, max_size=3), acts=ACTS, seed=st.integers(0, 99)
)


@ways_and_acts
def test_no_window_ever_holds_more_connects_than_allowed(
    limits: list[tuple[Limit, ...]], acts: list[tuple[float, str, int, float]], seed: int
) -> None:
    for way, at in lived(limits, acts, seed).connects.items():
        for limit in way.limits:
            for start in at:
                # Half open, and a hair shorter: times are floats.
                assert sum(start <= each < start + limit.within_s - 1e-6 for each in at) <= limit.most


@ways_and_acts
def test_nobody_connects_where_a_rest_is_not_over(
    limits: list[tuple[Limit, ...]], acts: list[tuple[float, str, int, float]], seed: int
) -> None:
    life = lived(limits, acts, seed)
    for way, began, ends in life.rested:
        # The connect that brought the rest was at its very beginning.
        assert not [at for at in life.connects[way] if began < at < ends]


@ways_and_acts
def test_there_is_always_a_source_or_a_finite_wait_with_a_reason(
    limits: list[tuple[Limit, ...]], acts: list[tuple[float, str, int, float]], seed: int
) -> None:
    for choice in lived(limits, acts, seed).choices:
        assert isinstance(choice, Use) or (isfinite(choice.until) and choice.reason)


@ways_and_acts
def test_the_same_seed_leads_the_same_life(
    limits: list[tuple[Limit, ...]], acts: list[tuple[float, str, int, float]], seed: int
) -> None:
    assert lived(limits, acts, seed) == lived(limits, acts, seed)
