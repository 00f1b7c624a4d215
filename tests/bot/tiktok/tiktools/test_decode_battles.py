"""The edge's three shapes of a battle."""

from __future__ import annotations

import pytest

from bot.events import BattleEvent, BattleScoreEvent, Phase
from tests.bot.tiktok.tiktools.reading import told_as


def fan(user_id: str, score: int) -> dict[str, object]:
    return {"user": {"id": user_id, "uniqueId": f"fan{user_id}", "nickname": "n"}, "score": score}


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        (1, Phase.ACTIVE),
        (2, Phase.STARTING),
        (3, Phase.PUNISHING),
        (4, Phase.STARTING),
        (5, Phase.PUNISHING),
        (9, Phase.OTHER),
        (None, Phase.OTHER),
    ],
)
def test_where_a_battle_stands(status: object, phase: Phase) -> None:
    assert told_as(BattleEvent, "battle", battleId="b", status=status).phase is phase


def test_a_battle_of_two_hosts_with_their_fans() -> None:
    event = told_as(
        BattleEvent,
        "battle",
        battleId="b",
        status=1,
        battleDuration=300,
        battleSettings={"startTimeMs": 1_780_000_000_000, "endTimeMs": 1_780_000_300_000},
        teams=[
            {"hostUserId": "20", "score": "7", "users": [fan("1", 2), fan("2", 5)]},
            {"hostUserId": "3", "score": 9, "users": [], "hostUser": {"id": "3", "uniqueId": "alice"}},
        ],
    )
    assert (event.battle_id, event.duration_s, event.started_at_ms, event.ends_at_ms) == (
        "b",
        300,
        1_780_000_000_000,
        1_780_000_300_000,
    )
    assert [(side.host_ids, side.user.handle, side.score) for side in event.sides] == [(("3",), "alice", 9), (("20",), "", 7)]
    assert [each.user.id for each in event.sides[1].contributors] == ["2", "1"]


def test_hosts_of_one_team_fight_on_one_side() -> None:
    event = told_as(
        BattleScoreEvent,
        "battleArmies",
        status=1,
        hosts=[
            {
                "hostUserId": "1",
                "teamTotalScore": 30,
                "teamIdx": 0,
                "contributors": [{"userId": "8", "score": 9, "nickname": "b"}],
            },
            {"hostUserId": "2", "teamTotalScore": 12, "teamIdx": 1, "contributors": []},
            {
                "hostUserId": "3",
                "teamTotalScore": 30,
                "teamIdx": 0,
                "contributors": [{"userId": "9", "score": 21, "nickname": "a"}],
            },
            {"hostUserId": "4", "teamTotalScore": 12, "teamIdx": 1},
        ],
        teams=[{"hostUserId": "99", "score": 1}],
    )
    assert [(side.host_ids, side.team_id, side.score) for side in event.sides] == [(("1", "3"), "0", 30), (("2", "4"), "1", 12)]
    assert [(each.user.id, each.score) for each in event.sides[0].contributors] == [("9", 21), ("8", 9)]


@pytest.mark.parametrize(
    ("fields", "left_s"),
    [
        ({"secsRemaining": 42}, 42),
        ({"secsRemaining": 0}, 0),
        ({"secsRemaining": -3}, 0),
        ({"startedAtMs": 1_780_000_000_000, "durationSec": 300, "serverTsMs": 1_780_000_060_000}, 240),
        ({"battleSettings": {"startTimeMs": 1_780_000_000_001, "duration": 60}}, 60),
        ({"startedAtMs": 1, "durationSec": 300}, 0),
        ({"durationSec": 300}, -1),
        ({}, -1),
    ],
)
def test_how_much_time_is_left(fields: dict[str, object], left_s: int) -> None:
    assert told_as(BattleScoreEvent, "battleArmies", status=1, **fields).seconds_left == left_s


def test_a_decided_battle_has_no_time_left_whatever_its_clock_says() -> None:
    assert told_as(BattleScoreEvent, "battleArmies", status=3, secsRemaining=9).seconds_left == 0


def test_the_punishment_is_over() -> None:
    event = told_as(BattleEvent, "battlePunishFinish", battleId="b")
    assert (event.phase, event.battle_id) == (Phase.ENDED, "b")


@pytest.mark.parametrize("odd", [{"teams": [7, None, {}]}, {"hosts": [7, {}]}, {"battleUsers": "x"}, {"teams": {"a": 1}}])
def test_odd_sides_do_no_harm(odd: dict[str, object]) -> None:
    told_as(BattleEvent, "battle", status=1, **odd)
    told_as(BattleScoreEvent, "battleArmies", status=1, **odd)
