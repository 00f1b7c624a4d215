"""Joining in the middle of a battle, by the room's details."""

from __future__ import annotations

from typing import Any

import pytest

from bot.events import Handle
from bot.events.battle_board import BattleBoard
from bot.events.battle_state import Outcome, Sign, Stage
from bot.tiktok.room_battle import battle_of_room
from tests.doubles.battles import FIGHT_S, decides, side
from tests.doubles.clock import START_MS


def details(**settings: object) -> dict[str, Any]:
    known = {"battle_id": 50, "start_time_ms": START_MS, "duration": FIGHT_S, "finished": 0}
    scores = [{"user_id": 9, "score": 4}, {"anchor_id": "2", "score": 7}, {"user_id": True}, "?"]
    return {"id_str": "34", "link_mic": {"channel_id": 60, "battle_settings": known | settings, "battle_scores": scores}}


def test_the_rooms_details_are_as_good_as_a_score() -> None:
    event = battle_of_room(details(), creator=Handle("alice"), received_at_ms=START_MS + 5)
    assert event is not None
    assert (event.room_id, event.battle_id, event.channel_id, event.creator) == ("34", "50", "60", "alice")
    board = BattleBoard().then(event)
    view = board.view("50", START_MS + 100_000)
    assert view is not None
    assert (view.stage, view.seconds_left, view.outcome, view.missing) == (Stage.ACTIVE, 200, Outcome.OPEN, (Sign.OPENED,))
    assert [(each.key, each.score) for each in view.sides] == [("2", 7), ("9", 4)]
    silent = board.then(decides(side("2", 7), side("9", 4), battle="50", cut_short=True)).view("50", START_MS)
    assert silent is not None
    assert silent.outcome is Outcome.INCOMPLETE


@pytest.mark.parametrize(
    "data", [{}, {"link_mic": None}, {"link_mic": {"battle_settings": []}}, details(battle_id=0), details(finished=1)]
)
def test_a_room_without_a_battle_tells_none(data: dict[str, Any]) -> None:
    assert battle_of_room(data, creator=Handle("alice"), received_at_ms=1) is None


def test_what_cannot_be_read_is_left_out() -> None:
    odd = {"link_mic": {"battle_settings": {"battle_id": "7", "start_time_ms": "x", "duration": -1}, "battle_scores": {}}}
    event = battle_of_room(odd, creator=Handle("alice"), received_at_ms=1)
    assert event is not None
    assert (event.battle_id, event.started_at_ms, event.duration_s, event.sides) == ("7", 0, 0, ())
