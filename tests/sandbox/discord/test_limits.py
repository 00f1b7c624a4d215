"""Buckets fill and empty by the time they are told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.discord import limits
from sandbox.discord.limits import Buckets, Limits, Rate, Window


def test_five_in_five_seconds_then_a_pause_until_the_window_ends() -> None:
    window = Window(Rate(5, 5.0))
    assert [window.take(100 + i).remaining for i in range(5)] == [4, 3, 2, 1, 0]
    assert window.take(104).remaining == 0
    refused = window.take(104.5)
    assert refused.remaining == window.left(104.5) == 0
    assert (refused.allowed, refused.reset_after_s, refused.reset_at_s) == (False, 0.5, 105)
    assert window.take(105).allowed


def test_a_refused_request_does_not_prolong_the_window() -> None:
    window = Window(Rate(1, 1.0))
    assert window.take(0).allowed
    assert not any(window.take(t / 10).allowed for t in range(1, 10))
    assert window.take(1.0).allowed


@given(st.lists(st.floats(0, 3), max_size=60), st.integers(1, 5))
def test_no_window_ever_lets_through_more_than_its_limit(gaps: list[float], limit: int) -> None:
    window, now, taken = Window(Rate(limit, 2.0)), 0.0, dict[float, int]()
    for gap in gaps:
        now += gap
        verdict = window.take(now)
        taken[verdict.reset_at_s] = taken.get(verdict.reset_at_s, 0) + verdict.allowed
    assert all(count <= limit for count in taken.values())


def test_each_channel_has_a_bucket_of_its_own() -> None:
    buckets, rate = Buckets(), Rate(1, 1.0)
    assert buckets.take("message_create", "1", rate, 0).allowed
    assert buckets.take("message_create", "2", rate, 0).allowed
    assert buckets.take("message_edit", "1", rate, 0).allowed
    assert not buckets.take("message_create", "1", rate, 0).allowed


def test_the_headers_name_the_limit_and_not_the_channel() -> None:
    verdict = Window(Rate(5, 5.0)).take(100)
    assert limits.headers(verdict, "message_create") == {
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": "4",
        "X-RateLimit-Reset": "105.000",
        "X-RateLimit-Reset-After": "5.000",
        "X-RateLimit-Bucket": limits.bucket_hash("message_create"),
    }


def test_scaled_limits_keep_their_counts() -> None:
    fast = Limits().scaled(0.1)
    assert fast.message_create == Rate(5, 0.5)
    assert fast.total == Rate(50, 0.1)
