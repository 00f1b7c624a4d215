"""What waits for a channel and is about somebody who asked to be forgotten is not posted any more."""

from __future__ import annotations

from bot.delivery.lane import Lane
from bot.events.ids import ViewerId
from bot.model.draft import Line
from bot.model.forgetting import Traces
from bot.model.ids import ChannelId
from tests.bot.delivery.test_lane import ALICE, BEA, fly
from tests.doubles.desk import ROOM, chat

EVE = Traces("7001", ("eve",), ("Eve",))


def of(seq: int, viewer: str) -> Line:
    return Line(seq, f"said {seq}", room_id=ROOM, viewer_id=ViewerId(viewer))


def test_their_lines_go_from_every_queue_and_the_others_stay() -> None:
    lane = Lane(ChannelId(10), capacity=10)
    for watch in (ALICE, BEA):
        for line in (of(1, "7001"), of(2, "7002"), of(3, "7001")):
            lane.offer(watch, line, now=0.0)
    assert lane.forget(EVE.wrote) == 4
    assert lane.waiting == 2
    assert lane.forget(EVE.wrote) == 0
    lane.stop(BEA.id)
    assert fly(lane)[-1] == 2
    lane.landed()
    assert list(lane.cursors()) == [], "the post carried the cursor past all three"


def test_their_combo_neither_begins_nor_grows_any_more() -> None:
    lane = Lane(ChannelId(10), capacity=10)
    mine, theirs = f"{ROOM}:7001:5655:17:0", f"{ROOM}:7002:5655:18:0"
    for seq, grows in ((1, mine), (2, theirs)):
        lane.offer(ALICE, Line(seq, "×1", room_id=ROOM, grows=grows, is_open=True), now=10_000.0)
    assert lane.forget(EVE.wrote) == 1
    flight = lane.compose(now=10_005.0, now_ms=1)
    assert flight is not None
    assert [line.grows for line in flight.intent.lines] == [theirs]


def test_what_flies_is_left_to_the_ledger() -> None:
    lane = Lane(ChannelId(10), capacity=10)
    lane.offer(ALICE, of(1, "7001"), now=0.0)
    lane.offer(ALICE, chat(2), now=0.0)
    assert fly(lane) == [1, 2]
    assert lane.forget(EVE.wrote) == 0
    assert len(lane.flights) == 1
