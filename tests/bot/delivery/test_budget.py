"""The arithmetic of patience: when a lane wants to post, how many requests a second may see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.budget import (
    BUNCH_S,
    LONGEST_WAIT_S,
    MOST_INVALID,
    QUIET_S,
    InvalidAnswers,
    Pace,
    RequestBudget,
    interval_s,
    wanted_at,
)


@pytest.mark.parametrize(("due_lanes", "expected"), [(0, 1.25), (1, 1.25), (50, 1.25), (60, 1.5), (200, 5.0), (2_000, 50.0)])
def test_all_lanes_together_stay_under_forty_posts_a_second(due_lanes: int, expected: float) -> None:
    assert interval_s(1.25, due_lanes) == expected
    assert Pace(1.25, due_lanes).interval_s == expected


def test_a_slower_lane_by_configuration_stays_slower() -> None:
    assert interval_s(30.0, 1_000) == 30.0


def test_a_lone_line_goes_after_a_moment_of_quiet() -> None:
    assert wanted_at(first_line_at=10.0, last_line_at=10.0) == 10.0 + QUIET_S


def test_a_line_does_not_wait_for_ever_for_quiet() -> None:
    assert wanted_at(first_line_at=10.0, last_line_at=99.0) == 10.0 + LONGEST_WAIT_S


@given(st.lists(st.floats(0, 2), min_size=1, max_size=200), st.integers(1, 50))
def test_no_window_of_one_second_sees_more_requests_than_allowed(pauses: list[float], per_second: int) -> None:
    budget, now, spent = RequestBudget(per_second), 0.0, []
    for pause in pauses:
        now += pause / 10
        now += budget.wait_s(now)
        budget.spend(now)
        spent.append(now)
    for first, beyond in zip(spent, spent[per_second:], strict=False):
        assert beyond - first >= 1.0 - 1e-9


def test_the_budget_is_free_again_after_its_window() -> None:
    budget = RequestBudget(2)
    budget.spend(0.0)
    budget.spend(0.5)
    assert budget.wait_s(0.6) == pytest.approx(0.4)
    assert budget.free(0.6) == 0
    assert (budget.wait_s(1.0), budget.free(1.0)) == (0.0, 1)


def test_those_who_leave_at_once_are_a_ninth_so_that_one_late_bunch_is_not_too_many() -> None:
    budget = RequestBudget(45)
    for _ in range(5):
        assert budget.wait_s(3.0) == 0.0
        budget.spend(3.0)
    assert budget.wait_s(3.0) == pytest.approx(BUNCH_S)
    assert budget.free(3.0) == 0
    assert (budget.wait_s(3.1), budget.free(3.1)) == (0.0, 5)


def test_a_global_pause_holds_everything_back() -> None:
    budget = RequestBudget(45)
    budget.close(until=7.0)
    budget.close(until=3.0)
    assert (budget.wait_s(5.0), budget.free(5.0), budget.free(7.0)) == (2.0, 0, 5)


def test_refusals_are_forgotten_after_ten_minutes() -> None:
    invalid = InvalidAnswers()
    for second in range(MOST_INVALID):
        invalid.add(second / 10)
    assert invalid.too_many(300.0)
    assert not invalid.too_many(10_000.0)
    assert invalid.total == MOST_INVALID


def test_one_refusal_less_than_the_limit_is_not_too_many() -> None:
    invalid = InvalidAnswers()
    for _ in range(MOST_INVALID - 1):
        invalid.add(1.0)
    assert not invalid.too_many(2.0)
