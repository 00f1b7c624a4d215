"""Each close, each notice and each HTTP refusal has its own consequence, and no quota is spent in a loop."""

from __future__ import annotations

import pytest

from bot.tiktok.tiktools.closes import DAY_S, EVICTED_S, HOUR_S, Action, Nudge, after_close, after_refusal, nudge_of

NOW_MS = 1_780_000_000_000
ANONYMOUS = Nudge("anon_limit", "Anonymous limit reached.", 0)


@pytest.mark.parametrize(
    ("code", "told", "action", "wait_s"),
    [
        (4404, "Creator is not currently live", Action.UNCLEAR, None),
        (4000, "", Action.UNCLEAR, None),
        (4004, "", Action.UNCLEAR, None),
        (4006, "", Action.UNCLEAR, None),
        (4001, "", Action.ENDED, None),
        (4005, "", Action.ENDED, None),
        (4005, "Stream ended", Action.ENDED, None),
        (4005, "Tier limit reached", Action.WAIT, EVICTED_S),
        (4401, "Invalid or expired JWT", Action.QUARANTINE, DAY_S),
        (4401, "Evaluation period ended", Action.QUARANTINE, DAY_S),
        (4003, "", Action.QUARANTINE, DAY_S),
        (4429, "Daily Demo Limit Reached. Upgrade Required. (15 WS sessions / 24h on Community)", Action.WAIT, DAY_S),
        (4429, "Evicted - newer connection arrived (FIFO)", Action.WAIT, EVICTED_S),
        (4429, "Demo session ended", Action.WAIT, HOUR_S),
        (4429, "sandbox allows 60 connects per hour", Action.WAIT, HOUR_S),
        (4429, "", Action.WAIT, HOUR_S),
        (4429, "something new", Action.WAIT, HOUR_S),
        (4002, "", Action.WAIT, HOUR_S),
        (4555, "Daily Demo Limit Reached", Action.WAIT, DAY_S),
        (4555, "", Action.RETRY, None),
        (4556, "Relay connection error", Action.RETRY, None),
        (4500, "", Action.RETRY, None),
        (4007, "", Action.RETRY, 60.0),
        (1000, "", Action.RETRY, None),
        (1001, "", Action.RETRY, 15.0),
        (1005, "", Action.RETRY, None),
        (1006, "", Action.RETRY, None),
        (1008, "", Action.WAIT, HOUR_S),
        (1009, "", Action.RETRY, None),
        (1011, "", Action.RETRY, None),
        (1012, "service restart", Action.RETRY, 15.0),
        (4999, "?", Action.RETRY, None),
    ],
)
def test_what_a_close_means(code: int, told: str, action: Action, wait_s: float | None) -> None:
    consequence = after_close(code, told, has_key=True)
    assert (consequence.action, consequence.wait_s) == (action, wait_s)
    assert str(code) in consequence.reason
    assert told.split("(")[0].strip() in consequence.reason


def test_what_is_about_one_room_rests_nobody_else_and_what_is_about_the_account_always_waits() -> None:
    for code in range(4000, 5000):
        consequence = after_close(code, "", has_key=True)
        assert consequence.is_about_account <= (consequence.wait_s is not None)
        if consequence.action in (Action.UNCLEAR, Action.ENDED):
            assert consequence.wait_s is None


@pytest.mark.parametrize(
    ("nudge", "has_key", "action", "wait_s"),
    [
        (ANONYMOUS, False, Action.WAIT, HOUR_S),
        (Nudge("demo_limit", "", 0), True, Action.WAIT, DAY_S),
        (Nudge("session_limit", "", 600_000), False, Action.WAIT, HOUR_S),
        (Nudge("session_limit", "", 7_200_000), True, Action.RETRY, None),
        (Nudge("brand_new_limit", "", 0), True, Action.WAIT, HOUR_S),
    ],
)
def test_a_notice_explains_a_close_that_says_nothing(nudge: Nudge, has_key: bool, action: Action, wait_s: float | None) -> None:
    consequence = after_close(1000, "", nudge, has_key=has_key)
    assert (consequence.action, consequence.wait_s) == (action, wait_s)
    assert nudge.message.rstrip(".") in consequence.reason


def test_of_a_notice_and_a_close_the_more_careful_holds() -> None:
    assert after_close(4429, "Daily Demo Limit Reached", ANONYMOUS, has_key=False).wait_s == DAY_S
    assert after_close(4429, "Evicted - newer connection", ANONYMOUS, has_key=False).wait_s == HOUR_S
    assert after_close(4401, "Invalid key", ANONYMOUS, has_key=True).action is Action.QUARANTINE


def test_a_notice_of_any_shape_is_read() -> None:
    assert nudge_of({"type": "anon_limit", "message": "a\n b", "sessionMaxMs": "600000"}) == ("anon_limit", "a b", 600_000)
    assert nudge_of({"type": "rate_limited", "error": "slow"}).message == "slow"
    assert nudge_of({"type": 7, "message": [], "sessionMaxMs": -1}) == ("7", "", 0)


@pytest.mark.parametrize(
    ("status", "action"),
    [
        (401, Action.QUARANTINE),
        (402, Action.QUARANTINE),
        (403, Action.QUARANTINE),
        (404, Action.RETRY),
        (429, Action.WAIT),
        (200, Action.RETRY),
        (500, Action.RETRY),
        (503, Action.RETRY),
    ],
)
def test_what_an_http_answer_means(status: int, action: Action) -> None:
    consequence = after_refusal(status, {}, now_ms=NOW_MS)
    assert consequence.action is action
    assert str(status) in consequence.reason


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "7", "ratelimit-reset": "99"}, 7.0),
        ({"ratelimit-reset": "99", "x-ratelimit-reset": "1780000500"}, 99.0),
        ({"x-ratelimit-reset": "1780000500"}, 500.0),
        ({"x-ratelimit-reset": "5"}, 1.0),
        ({"retry-after": "soon", "ratelimit-reset": "nan"}, 60.0),
        ({"retry-after": "1e9"}, DAY_S),
        ({}, 60.0),
    ],
)
def test_how_long_a_request_limit_lasts(headers: dict[str, str], wait_s: float) -> None:
    assert after_refusal(429, headers, now_ms=NOW_MS).wait_s == wait_s


def test_a_reason_is_one_short_line() -> None:
    reason = after_close(4429, "x\n" * 5000, has_key=True).reason
    assert "\n" not in reason
    assert len(reason) < 400
