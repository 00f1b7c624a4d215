"""Battles: teams, results, the seconds left. What two captured hosts do is told in test_decode_captures."""

from __future__ import annotations

import pytest

from bot.events import BattleEvent, BattleScoreEvent, Phase, Result
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.bot.tiktok.webcast.reading import BASE, read

SETTINGS = pb.BattleSettings(battle_id=50, started_at_ms=1_696_447_000_000, duration_s=300, channel_id=60, status=1)


def test_sides_stand_in_the_same_order_in_every_message_of_a_battle() -> None:
    hosts = {9: pb.BattleHost(user=pb.BattleHostUser(id=9, handle="zoe")), 2: pb.BattleHost(user=pb.BattleHostUser(id=2))}
    opened = read("WebcastLinkMicBattle", pb.Battle(base=BASE, settings=SETTINGS, action=4, hosts=hosts))
    scored = read("WebcastLinkMicArmies", pb.BattleArmies(base=BASE, armies={9: pb.Army(score=1), 2: pb.Army(score=5)}))
    assert isinstance(opened, BattleEvent)
    assert isinstance(scored, BattleScoreEvent)
    assert [side.host_ids for side in opened.sides] == [side.host_ids for side in scored.sides] == [("2",), ("9",)]
    assert (opened.battle_id, opened.phase, opened.sides[1].user.handle) == ("50", Phase.STARTING, "zoe")
    assert [side.score for side in scored.sides] == [5, 1]


def test_a_win_is_a_win_although_its_number_is_zero() -> None:
    results = {
        1: pb.BattleResult(user_id=1, score=10),
        2: pb.BattleResult(user_id=2, result=1, score=3),
        3: pb.BattleResult(result=7),
    }
    event = read("WebcastLinkMicBattle", pb.Battle(base=BASE, action=6, results=results))
    assert isinstance(event, BattleEvent)
    assert [side.result for side in event.sides] == [Result.WIN, Result.LOSE, Result.UNKNOWN]
    assert (event.phase, event.cut_short) == (Phase.PUNISHING, True)


def test_an_open_battle_has_no_result() -> None:
    event = read("WebcastLinkMicBattle", pb.Battle(base=BASE, action=4, hosts={1: pb.BattleHost()}))
    assert isinstance(event, BattleEvent)
    assert [side.result for side in event.sides] == [Result.UNKNOWN]


def test_teams_are_sides_with_their_hosts() -> None:
    message = pb.Battle(
        base=BASE,
        action=5,
        team_results=[
            pb.TeamResult(team_id=2, users=[pb.TeamUser(user_id=5), pb.TeamUser(user_id=6)], result=1, total_score=9),
            pb.TeamResult(team_id=1, users=[pb.TeamUser(user_id=7), pb.TeamUser(user_id=8)], total_score=12),
        ],
        team_armies=[
            pb.TeamArmy(team_id=1, army=pb.Army(members=[pb.ArmyMember(user_id=3, score=2), pb.ArmyMember(user_id=4, score=6)]))
        ],
    )
    event = read("WebcastLinkMicBattle", message)
    assert isinstance(event, BattleEvent)
    first, second = event.sides
    assert (first.team_id, first.host_ids, first.score, first.result) == ("1", ("7", "8"), 12, Result.WIN)
    assert (second.team_id, second.host_ids, second.score, second.result) == ("2", ("5", "6"), 9, Result.LOSE)
    assert [each.user.id for each in first.contributors] == ["4", "3"]  # the best first


def test_teams_of_one_are_hosts() -> None:
    message = pb.Battle(
        base=BASE,
        hosts={5: pb.BattleHost(user=pb.BattleHostUser(id=5, handle="eve"))},
        team_armies=[pb.TeamArmy(team_id=1, users=[pb.TeamUser(user_id=5)])],
    )
    event = read("WebcastLinkMicBattle", message)
    assert isinstance(event, BattleEvent)
    assert [(side.user.handle, side.team_id) for side in event.sides] == [("eve", "")]


@pytest.mark.parametrize(
    ("status", "at_ms", "left"), [(1, 1_696_447_100_500, 199), (1, 1_696_447_999_000, 0), (3, 1_696_447_100_000, 0)]
)
def test_the_seconds_left_are_counted_on_tiktoks_clock(status: int, at_ms: int, left: int) -> None:
    settings = pb.BattleSettings(started_at_ms=1_696_447_000_000, duration_s=300, status=status)
    event = read("WebcastLinkMicArmies", pb.BattleArmies(base=BASE, settings=settings, score_updated_at_ms=at_ms))
    assert isinstance(event, BattleScoreEvent)
    assert event.seconds_left == left


def test_without_settings_nobody_knows_the_seconds_left() -> None:
    event = read("WebcastLinkMicArmies", pb.BattleArmies(base=BASE, score_updated_at_ms=1_696_447_100_500))
    assert isinstance(event, BattleScoreEvent)
    assert (event.seconds_left, event.phase) == (-1, Phase.OTHER)
