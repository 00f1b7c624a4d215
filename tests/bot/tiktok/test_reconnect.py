"""Try again, and when: a table of what failed."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from bot.tiktok.reconnect import NEVER, SWITCH_S, Reconnect, Turns, after

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


# ---------------------------------------------------------------------------------------------- several sources


def turns(*names: str, policy: Reconnect = POLICY) -> Turns:
    return Turns(names or ("webcast", "direct", "tiktools"), policy=policy, rng=Random(1))


def test_a_refused_source_rests_and_the_next_in_order_is_tried_soon() -> None:
    order = turns()
    retry = order.failed(ConnectionRefused("the sign server said 500"), 100.0)
    assert retry is not None
    assert order.current == 1
    assert SWITCH_S / 2 <= retry.wait_s <= SWITCH_S
    assert retry.reason == "the sign server said 500; trying direct"


def test_a_stream_that_breaks_once_is_opened_where_it_was_and_elsewhere_when_it_breaks_again() -> None:
    order = turns()
    first = order.failed(ConnectionLost("the socket broke"), 100.0)
    assert first is not None
    assert (order.current, first.reason) == (0, "the socket broke")
    second = order.failed(ConnectionLost("the socket broke"), 103.0)
    assert second is not None
    assert (order.current, second.reason) == (1, "the socket broke; trying direct")


def test_the_preferred_source_is_taken_again_when_its_wait_is_over_and_not_before() -> None:
    order = turns("webcast", "tiktools")
    order.failed(RateLimited("too many", retry_after_s=500), 0.0)
    assert order.current == 1
    order.failed(ConnectionRefused("no"), 10.0)
    assert order.current == 1, "it rests for 20 s at most, the other for 490 s more"
    order.failed(ConnectionRefused("no"), 501.0)
    assert order.current == 0


def test_when_all_rest_the_shortest_wait_is_waited_for() -> None:
    order = turns("webcast", "tiktools")
    order.failed(RateLimited("too many", retry_after_s=300), 0.0)
    retry = order.failed(RateLimited("too many here too", retry_after_s=900), 1.0)
    assert retry is not None
    assert (order.current, retry.wait_s) == (0, 299.0)


def test_a_source_that_does_not_serve_us_is_out_and_the_last_one_ends_it() -> None:
    order = turns("webcast", "tiktools")
    assert order.failed(SignRefused("this key is not served"), 0.0) is not None
    assert order.failed(ConnectionRefused("x"), 1.0) is not None
    assert order.current == 1
    assert order.failed(SignRefused("nor that one"), 99.0) is None
    assert order.reasons == {"webcast": "this key is not served", "tiktools": "nor that one"}


def test_a_stream_that_held_gives_everybody_another_chance_but_no_wait_is_cut_short() -> None:
    order = turns("webcast", "direct", "tiktools")
    order.failed(SignRefused("this key is not served"), 0.0)
    order.failed(RateLimited("too many", retry_after_s=10_000), 1.0)
    assert order.current == 2
    order.held()
    order.failed(ConnectionLost("x"), 5_000.0)
    order.failed(ConnectionLost("x"), 5_001.0)
    assert order.current == 0
    order.failed(SignRefused("still not"), 5_003.0)
    assert order.current == 2, "the second one still rests"


def test_before_the_first_stream_each_source_is_asked_once_whatever_the_policy() -> None:
    for policy in (POLICY, NEVER):
        order = turns("webcast", "tiktools", policy=policy)
        assert order.failed(ConnectionRefused("x"), 0.0, each_once=True) is not None
        assert order.current == 1
        assert order.failed(ConnectionRefused("y"), 1000.0, each_once=True) is None


def test_who_never_reconnects_does_not_switch_after_a_stream_was_open() -> None:
    assert turns(policy=NEVER).failed(ConnectionLost("x"), 0.0) is None


def test_a_single_source_is_waited_for_as_ever() -> None:
    one, rng = turns("webcast"), Random(1)
    retry = one.failed(ConnectionRefused("x"), 7.0)
    assert retry is not None
    assert retry.wait_s == pytest.approx(after(ConnectionRefused("x"), attempt=0, rng=rng, policy=POLICY))
    assert retry.reason == "x"


FAILURES = st.sampled_from(
    [
        ConnectionLost("a"),
        ConnectionRefused("b"),
        RateLimited("c", retry_after_s=77.0),
        RateLimited("c", retry_after_s=7000.0),
        SignRefused("d"),
        Unclear("e"),
    ]
)


@given(st.integers(1, 4), st.lists(st.tuples(FAILURES, st.floats(0, 100), st.booleans()), max_size=60), st.integers(0, 99))
def test_no_source_is_asked_before_its_wait_is_over_and_never_at_once(
    count: int, story: list[tuple[SourceError, float, bool]], seed: int
) -> None:
    order = Turns([str(each) for each in range(count)], policy=POLICY, rng=Random(seed))
    now, asked_to_wait_until = 0.0, dict.fromkeys(range(count), 0.0)
    for error, open_s, has_held in story:
        now += open_s
        if has_held:
            order.held()
        asked_to_wait_until[order.current] = now + (error.retry_after_s or 0.0)
        retry = order.failed(error, now)
        if retry is None:
            return
        assert retry.wait_s >= min(SWITCH_S, POLICY.first_s) / 2 - 1e-6
        now += retry.wait_s
        assert now >= asked_to_wait_until[order.current] - 1e-6
