"""Try again, and when: a table of what failed."""

from __future__ import annotations

from random import Random

import pytest

from bot.errors import (
    AgeRestricted,
    BlockedHandshake,
    ConnectionLost,
    ConnectionRefused,
    CreatorNotFound,
    CreatorOffline,
    RateLimited,
    SignRefused,
    SourceError,
    Unclear,
)
from bot.tiktok.reconnect import NEVER, Reconnect, after

POLICY = Reconnect()


def wait(error: SourceError, attempt: int = 0, policy: Reconnect = POLICY) -> float | None:
    return after(error, attempt=attempt, rng=Random(1), policy=policy)


@pytest.mark.parametrize(
    ("error", "at_least", "at_most"),
    [
        (ConnectionLost("x"), 1, 2),
        (ConnectionRefused("x"), 10, 20),
        (BlockedHandshake("x"), 10, 20),
        (RateLimited("x", retry_after_s=77), 77, 77),
        (RateLimited("x", retry_after_s=1), 10, 20),
        (Unclear("x"), 15, 30),
        (Unclear("x", retry_after_s=3600), 3600, 3600),
    ],
)
def test_the_first_wait_depends_on_what_failed(error: SourceError, at_least: float, at_most: float) -> None:
    waited = wait(error)
    assert waited is not None
    assert at_least <= waited <= at_most


def test_waits_double_up_to_a_limit() -> None:
    waits = [wait(ConnectionLost("x"), attempt) for attempt in range(10)]
    assert all(waited is not None and waited <= 60 for waited in waits)
    assert waits[5] is not None
    assert waits[5] >= 30


@pytest.mark.parametrize("error", [CreatorNotFound("x"), SignRefused("x"), AgeRestricted("x"), CreatorOffline("x")])
def test_an_answer_is_not_asked_for_again(error: SourceError) -> None:
    assert wait(error) is None


def test_attempts_have_an_end() -> None:
    assert wait(ConnectionLost("x"), 9) is not None
    assert wait(ConnectionLost("x"), 10) is None
    assert wait(ConnectionLost("x"), policy=NEVER) is None


def test_who_waits_for_a_live_looks_at_that_pace_however_often() -> None:
    policy = Reconnect(wait_for_live_s=60)
    assert all(54 <= (wait(CreatorOffline("x"), attempt, policy) or 0) <= 66 for attempt in (0, 10, 1000))
    assert wait(CreatorNotFound("x"), policy=policy) is None


def test_a_policy_that_would_never_wait_is_refused() -> None:
    with pytest.raises(ValueError, match="wait_for_live_s"):
        Reconnect(wait_for_live_s=0)
    with pytest.raises(ValueError, match="first_s"):
        Reconnect(first_s=0)
