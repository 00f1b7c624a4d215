"""What an account may still do, instant by instant."""

from __future__ import annotations

from random import Random

import pytest

from bot.errors import ConnectionRefused, RateLimited, SignRefused, SourceError, Unclear
from bot.tiktok.allowance import ANONYMOUS_SIGNING, DAY_S, HOUR_S, Limit, Meter, spelled, used_up

RNG = Random(1)


def test_an_allowance_is_used_up_until_its_oldest_use_is_long_enough_ago() -> None:
    meter = Meter("the sign server", ANONYMOUS_SIGNING)
    for second in range(5):
        assert meter.held(second) is None
        meter.spend(second)
    held = meter.held(10.0)
    assert held is not None
    assert (held.until, held.why) == (60.0, "its 5 connects in 60 s are used up")
    assert held.wait(10.0) == "is not asked for 50 s: its 5 connects in 60 s are used up"
    assert meter.held(60.0) is None


def test_of_several_limits_the_one_that_holds_longest_counts() -> None:
    meter = Meter("the sign server", ANONYMOUS_SIGNING)
    for number in range(30):
        meter.spend(number * 20.0)
    held = meter.held(600.0)
    assert held is not None
    assert held.until == HOUR_S
    assert used_up((), [1.0, 2.0]) is None


@pytest.mark.parametrize(
    ("error", "held_for_s"),
    [
        (RateLimited("429", retry_after_s=90.0), (90.0, 90.0)),
        (RateLimited("429", retry_after_s=1e9), (DAY_S, DAY_S)),
        (SignRefused("the key"), (HOUR_S, HOUR_S)),
        (ConnectionRefused("500"), None),
        (Unclear("captcha"), None),
    ],
)
def test_a_wait_that_was_asked_for_and_a_refused_key_hold_everybody_at_once(
    error: SourceError, held_for_s: tuple[float, float] | None
) -> None:
    meter = Meter("it")
    meter.failed(error, 0.0, whom="alice", rng=RNG)
    held = meter.held(0.0)
    assert (held is None) is (held_for_s is None)
    if held is not None and held_for_s is not None:
        assert held_for_s[0] <= held.until <= held_for_s[1]
        assert held.why == error.reason


def test_failures_of_one_creator_are_about_them_those_of_three_tire_it_and_an_answer_wakes_it() -> None:
    meter = Meter("it")
    for _ in range(9):
        meter.failed(Unclear("captcha"), 0.0, whom="alice", rng=RNG)
    assert not meter.is_tired(0.0)
    for whom in ("bob", "carol"):
        meter.failed(Unclear("captcha"), 0.0, whom=whom, rng=RNG)
    assert meter.is_tired(0.0)
    assert not meter.is_tired(30.0)
    assert meter.held(0.0) is None
    meter.worked()
    assert not meter.is_tired(0.0)


def test_each_rest_is_longer_until_it_works_again() -> None:
    meter, rests = Meter("it"), []
    for _ in range(4):
        for whom in range(3):
            meter.failed(Unclear("captcha"), 0.0, whom=whom, rng=RNG)
        rests.append(next(second for second in range(2_000) if not meter.is_tired(second)))
    assert rests == sorted(rests)
    assert rests[-1] >= 4 * rests[0]


@pytest.mark.parametrize(("seconds", "text"), [(0, "1 s"), (119, "119 s"), (600, "10 min"), (9_000, "2.5 h")])
def test_a_wait_is_told_at_a_glance(seconds: float, text: str) -> None:
    assert spelled(seconds) == text


def test_a_limit_is_a_rate() -> None:
    assert Limit(30, 3600.0).per_s == pytest.approx(1 / 120)
