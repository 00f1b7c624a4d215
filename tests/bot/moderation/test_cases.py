"""Where a case may go, and who may take it there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.events.ids import Handle, RoomId, ViewerId
from bot.model.case import Case, CaseKind, CaseState
from bot.model.ids import CaseId, CreatorId, DiscordUserId, GuildId
from bot.moderation.cases import CLOSED, TABLE, THE_BOT, Move, Person, Who, moved, unclaimed_since

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANN, BEN, CHIEF = Person(DiscordUserId(1)), Person(DiscordUserId(2)), Person(DiscordUserId(3), may_configure=True)
BOT = Person(THE_BOT)

CASE = Case(
    id=CaseId(7),
    guild_id=GuildId(1),
    number=4,
    key="k",
    kind=CaseKind.REMOVAL,
    creator_id=CreatorId(1),
    room_id=RoomId("r"),
    viewer_id=ViewerId("v"),
    viewer_handle=Handle("bob"),
    viewer_name="Bob",
    opened_at=NOW,
)


def test_a_claim_shows_its_owner_and_a_second_one_is_told_who_has_it() -> None:
    claimed = moved(CASE, Move.CLAIM, ANN, NOW)
    assert (claimed.state, claimed.owner_id, claimed.claimed_at) == (CaseState.CLAIMED, ANN.id, NOW)
    with pytest.raises(BadInput, match="<@1> has case #4"):
        moved(claimed, Move.CLAIM, BEN, NOW)
    with pytest.raises(BadInput, match="yours already"):
        moved(claimed, Move.CLAIM, ANN, NOW)


def test_what_somebody_has_is_closed_and_let_go_by_them_or_by_who_configures() -> None:
    claimed = moved(CASE, Move.CLAIM, ANN, NOW)
    for move in (Move.DONE, Move.FALSE_ALARM, Move.RELEASE):
        with pytest.raises(BadInput, match="<@1> has case #4"):
            moved(claimed, move, BEN, NOW)
        for person in (ANN, CHIEF):
            assert moved(claimed, move, person, NOW).state is not CaseState.CLAIMED
    assert moved(claimed, Move.DONE, CHIEF, NOW).owner_id == ANN.id, "who had it is remembered"


def test_a_case_that_somebody_left_behind_can_be_taken_over() -> None:
    taken = moved(moved(CASE, Move.CLAIM, ANN, NOW), Move.TAKE_OVER, BEN, NOW)
    assert taken.owner_id == BEN.id
    with pytest.raises(BadInput, match="yours already"):
        moved(taken, Move.TAKE_OVER, BEN, NOW)


def test_a_closed_case_is_only_reopened() -> None:
    done = moved(CASE, Move.DONE, ANN, NOW)
    assert (done.owner_id, done.closed_at) == (ANN.id, NOW)
    for move in set(Move) - {Move.REOPEN, Move.ESCALATE}:
        with pytest.raises(BadInput, match="closed already"):
            moved(done, move, ANN, NOW)
    again = moved(done, Move.REOPEN, BEN, NOW)
    assert (again.state, again.owner_id, again.closed_at) == (CaseState.OPEN, None, None)


def test_only_the_bot_escalates_and_it_does_nothing_else() -> None:
    with pytest.raises(BadInput):
        moved(CASE, Move.ESCALATE, CHIEF, NOW)
    with pytest.raises(BadInput):
        moved(CASE, Move.DONE, BOT, NOW)
    assert moved(CASE, Move.ESCALATE, BOT, NOW).escalated_at == NOW


def test_a_case_that_is_let_go_waits_anew() -> None:
    later = NOW + timedelta(hours=2)
    released = moved(moved(CASE, Move.CLAIM, ANN, NOW), Move.RELEASE, ANN, later)
    assert unclaimed_since(CASE) == NOW
    assert unclaimed_since(released) == later


def test_every_state_is_reached_and_left_again() -> None:
    assert {state for state, _ in TABLE} == set(CaseState) == {state for state, _ in TABLE.values()}
    assert {who for _, who in TABLE.values()} == set(Who)


@given(st.lists(st.tuples(st.sampled_from(Move), st.sampled_from([ANN, BEN, CHIEF, BOT])), max_size=12))
def test_whatever_is_pressed_in_whatever_order_the_case_is_consistent(moves: list[tuple[Move, Person]]) -> None:
    case = CASE
    for move, person in moves:
        try:
            after = moved(case, move, person, NOW)
        except BadInput:
            continue
        assert TABLE[case.state, move][0] is after.state
        case = after
    assert (case.closed_at is not None) == (case.state in CLOSED)
    assert case.owner_id is not None or case.state not in {CaseState.CLAIMED, *CLOSED}
    assert replace(case, state=CASE.state, owner_id=None, claimed_at=None, closed_at=None, escalated_at=None) == CASE
