"""Posts taken apart: because Discord refuses one, or TikTok took lines back."""

from __future__ import annotations

from dataclasses import replace

from bot.delivery.intents import Strike, halves, notes_apart, urgency_of, without_struck
from bot.events.ids import MessageId, RoomId, ViewerId
from bot.model.draft import Line, Urgency
from bot.model.ids import WatchId
from tests.bot.delivery.test_lane import ALICE, fly, lane_with, strike_of
from tests.doubles.desk import chat


def test_a_refused_post_falls_in_two_that_pass_the_same_stretch_of_the_log() -> None:
    lane = lane_with(chat(2), chat(5), chat(9))
    lane.passed(ALICE, 12)
    fly(lane)
    left, right = halves(lane.flights[0].intent)
    assert [line.seq for line in left.lines + right.lines] == [2, 5, 9]
    assert (left.first_seq, left.through_seq, right.first_seq, right.through_seq) == (2, 4, 5, 12)
    assert len({lane.flights[0].intent.nonce, left.nonce, right.nonce}) == 3


def test_a_post_counts_in_the_log_it_was_read_from_whatever_becomes_of_it() -> None:
    lane = lane_with(chat(1), chat(2, viewer="eve"), chat(3))
    fly(lane)
    intent = lane.flights[0].intent
    rest = without_struck(intent, [strike_of(4, viewers=("eve",))], now_ms=2)
    assert {each.creator_id for each in (intent, *halves(intent), *rest)} == {ALICE.creator_id}


def test_a_single_line_cannot_be_halved_even_with_a_note_above() -> None:
    lane = lane_with(chat(1), chat(2), capacity=1)
    fly(lane)
    intent = lane.flights[0].intent
    note, lines, _ = notes_apart(intent)
    assert [line.text for line in note] == ["-# 1 line left out"]
    assert [line.seq for line in lines] == [2]
    assert halves(intent) == []


def test_what_was_struck_leaves_a_post_that_discord_does_not_hold() -> None:
    lane = lane_with(chat(1), chat(2, viewer="eve"))
    fly(lane)
    lane.strike(ALICE, strike_of(3, viewers=("eve",)))
    (rest,) = without_struck(lane.flights[0].intent, lane.flights[0].strikes, now_ms=2)
    assert [line.seq for line in rest.lines] == [1]
    assert rest.through_seq == 2
    lane.strike(ALICE, strike_of(4, viewers=("bob",)))
    assert without_struck(lane.flights[0].intent, lane.flights[0].strikes, now_ms=2) == []


def test_a_post_is_as_urgent_as_its_most_urgent_line() -> None:
    lane = lane_with(chat(1), chat(2, urgency=Urgency.DELETION), chat(3))
    fly(lane)
    assert urgency_of(lane.flights[0].intent) is Urgency.DELETION


def test_a_wipe_hits_what_somebody_wrote_and_not_what_they_gave() -> None:
    strike = Strike(WatchId(1), 9, "r", frozenset(), frozenset({"7001"}), 0.0)
    gift = Line(1, "🎁 x", room_id=RoomId("r"), viewer_id=ViewerId("7001"))
    assert not strike.hits(gift)
    assert strike.hits(replace(gift, message_id=MessageId("m1")))
