"""Who may open the push socket: a table."""

from __future__ import annotations

import pytest

from sandbox.tiktok.handshake import Attempt, Ticket, judge

BROWSER = "Mozilla/5.0"
ROUTE = {"wrss": "a+b=", "cursor": "1_2"}


def ticket(*, is_used: bool = False, user_agent: str = BROWSER) -> Ticket:
    return Ticket("700", ROUTE, "tt-1", user_agent, issued_at_ms=1_000_000, position=0, is_used=is_used)


def attempt(*, user_agent: str = BROWSER, ttwid: str = "tt-1", **query: str) -> Attempt:
    return Attempt({"aid": "1988", "room_id": "700", **ROUTE, **query}, user_agent, ttwid)


def verdict(tried: Attempt, signed: Ticket | None, *, age_s: float = 1) -> str | None:
    refusal = judge(tried, signed, now_ms=1_000_000 + int(age_s * 1000), valid_for_s=30)
    return refusal.message if refusal else None


def test_the_signed_address_with_its_cookie_and_browser_opens() -> None:
    assert verdict(attempt(), ticket()) is None
    assert verdict(attempt(), ticket(), age_s=30) is None
    assert verdict(attempt(user_agent="Mozilla/5.0 other"), ticket(user_agent="")) is None


@pytest.mark.parametrize(
    ("tried", "message"),
    [
        (attempt(user_agent=""), "DEVICE_BLOCKED"),
        (attempt(user_agent="Python/3.11 websockets/17"), "DEVICE_BLOCKED"),
        (attempt(user_agent="Mozilla/5.0 other"), "DEVICE_BLOCKED"),
        (attempt(ttwid=""), "DEVICE_BLOCKED"),
        (attempt(ttwid="tt-2"), "DEVICE_BLOCKED"),
        (attempt(aid="1"), "illegal app_id"),
        (attempt(wrss="a b="), "illegal app_id"),
        (attempt(cursor=""), "illegal app_id"),
        (attempt(room_id="701"), "illegal app_id"),
    ],
)
def test_anything_that_differs_from_what_was_signed_is_refused(tried: Attempt, message: str) -> None:
    assert verdict(tried, ticket()) == message


def test_an_address_that_nobody_signed_is_refused() -> None:
    assert verdict(attempt(), None) == "illegal app_id"


def test_a_signature_grows_stale() -> None:
    assert verdict(attempt(), ticket(), age_s=30.1) == "illegal secret key"
    assert verdict(attempt(), ticket(is_used=True)) == "illegal secret key"
