"""What one Discord remembers, and for how long."""

from __future__ import annotations

from sandbox.discord import state
from sandbox.discord.limits import Limits
from sandbox.discord.state import RequestRecord, State


def test_nonces_are_remembered_per_channel_and_forgotten_in_time() -> None:
    clock = [1_790_000_000.0]
    held = State(lambda: clock[0], Limits())
    live = held.world.guild("fans").channel("live")
    first = live.say(live.guild.bot, "x")
    held.remember(live.id, "n", first)
    assert held.sent_before(live.id, "n") is first
    assert held.sent_before(live.id + 1, "n") is None
    clock[0] += held.nonce_window_s
    assert held.sent_before(live.id, "n") is None
    held.remember(live.id, "m", first)
    assert len(held._nonces) == 1


def test_the_request_log_is_bounded() -> None:
    held = State(lambda: 0.0, Limits())
    for n in range(state.REQUESTS_KEPT + 1):
        held.record(RequestRecord("GET", "/", "/", 200, 0, n, 0.0))
    assert len(held.requests) == state.REQUESTS_KEPT // 2 + 1
    assert held.requests[-1].at_ms == state.REQUESTS_KEPT


def test_a_violation_says_what_where_and_when() -> None:
    held = State(lambda: 5.0, Limits())
    held.violate("empty_message", "nothing to show", "POST /x")
    (violation,) = held.violations
    assert (violation.kind, violation.where, violation.at_ms) == ("empty_message", "POST /x", 5000)
    assert str(violation) == "empty_message: nothing to show (POST /x)"
