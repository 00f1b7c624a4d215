"""Habits: who goes live at about the same time of the week."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.usual import NEAR_MS, WEEK_MS, WEEKS, is_usual, since_ms

NOW = 1_700_000_000_000
HOUR = 3_600_000
MINUTE = 60_000


def weeks_ago(*weeks: int, off_ms: int = 0) -> list[int]:
    return [NOW - week * WEEK_MS + off_ms for week in weeks]


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        ([], False),
        (weeks_ago(1), False),
        (weeks_ago(1, 1), False),
        (weeks_ago(1, 3), True),
        (weeks_ago(1, off_ms=40 * MINUTE) + weeks_ago(2, off_ms=-40 * MINUTE), True),
        (weeks_ago(1, 2, off_ms=61 * MINUTE), False),
        (weeks_ago(1, 2, off_ms=-61 * MINUTE), False),
        (weeks_ago(5, 6), False),
        (weeks_ago(0, 1), False),
    ],
)
def test_twice_at_about_this_time_of_the_week_is_a_habit(starts: list[int], expected: bool) -> None:
    assert is_usual(starts, now_ms=NOW) is expected


def test_another_day_at_this_hour_is_no_habit() -> None:
    assert not is_usual([NOW - days * 24 * HOUR for days in (1, 2, 3, 4, 5, 6)], now_ms=NOW)


@given(st.lists(st.integers(NOW - 60 * 24 * HOUR, NOW), max_size=30), st.integers(-NEAR_MS, NEAR_MS))
def test_what_is_forgotten_changes_nothing(starts: list[int], off_ms: int) -> None:
    kept = [start for start in starts if start >= since_ms(NOW)]
    assert is_usual(kept, now_ms=NOW) is is_usual(starts, now_ms=NOW)
    assert is_usual([*starts, *weeks_ago(1, WEEKS, off_ms=off_ms)], now_ms=NOW)
