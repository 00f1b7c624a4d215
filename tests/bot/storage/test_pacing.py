from __future__ import annotations

from itertools import pairwise

import pytest

from bot.storage.pacing import WINDOW_S, Pace

COMMIT_S = 0.001


def commit(pace: Pace, now: float) -> float:
    """A commit that begins now; returns when it ends."""
    pace.committed(started=now)
    return now + COMMIT_S


def test_a_write_after_a_quiet_moment_is_committed_at_once() -> None:
    pace = Pace()
    assert pace.wait_s(0.0) == 0
    end = commit(pace, 0.0)
    assert pace.wait_s(end + WINDOW_S) == 0


def test_under_load_there_is_one_commit_in_each_window() -> None:
    pace, starts, now = Pace(), [0.0], commit(Pace(), 0.0)
    pace.committed(started=0.0)
    for _ in range(50):
        wait = pace.wait_s(now)
        pace.waited(arrived=7)
        starts.append(now + wait)
        now = commit(pace, now + wait)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert gaps == [pytest.approx(WINDOW_S)] * 50


def test_a_lone_writer_who_waits_for_each_answer_hardly_ever_waits_for_company() -> None:
    pace, now, waited = Pace(), 0.0, 0.0
    for _ in range(1000):
        wait = pace.wait_s(now)
        if wait:
            pace.waited(arrived=0)
        waited += wait
        now = commit(pace, now + wait)
    assert waited < 0.1 * now


def test_when_company_comes_back_gathering_is_resumed() -> None:
    pace = Pace()
    now = commit(pace, 0.0)
    assert pace.wait_s(now) > 0
    pace.waited(arrived=0)
    waits = 0
    for _ in range(200):
        now = commit(pace, now)
        if pace.wait_s(now):
            pace.waited(arrived=3)
            waits += 1
    assert waits > 180
