"""Battles: teams, results, the seconds left. What two captured hosts do is told in test_decode_captures."""

from __future__ import annotations

import pytest

from bot.events import BattleEvent, BattleScoreEvent, Event, Phase, Result
from bot.events.ids import Handle
from bot.tiktok.webcast.decode import DecodeError, decode
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


def field(number: int, value: int | bytes) -> bytes:
    """One field as the wire has it: small numbers and short texts, as our own schema has no names for the oldest layout."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value)]) + value


def read_bytes(method: str, body: bytes) -> Event:
    return decode(method, field(1, BASE.SerializeToString()) + body, creator=Handle("alice"), received_at_ms=5)


def test_the_oldest_layout_names_its_hosts_without_a_key() -> None:
    users = [field(1, 5) + field(2, b"Eve") + field(4, b"eve"), field(1, 3) + field(2, b"Zoe") + field(4, b"zoe")]
    event = read_bytes("WebcastLinkMicBattle", b"".join(field(10, field(2, field(1, user))) for user in users))
    assert isinstance(event, BattleEvent)
    assert [(side.user.handle, side.host_ids) for side in event.sides] == [("zoe", ("3",)), ("eve", ("5",))]
    assert (event.phase, event.battle_id) == (Phase.STARTING, "")


@pytest.mark.parametrize(("status", "phase", "at_the_end"), [(1, Phase.ACTIVE, False), (2, Phase.PUNISHING, True)])
def test_the_oldest_layout_says_ongoing_or_finished(status: int, phase: Phase, at_the_end: bool) -> None:
    group = field(1, field(1, 77) + field(3, b"Bob")) + field(2, 40)
    items = field(3, field(1, 5) + field(2, group)) + field(3, field(1, 3) + field(2, field(2, 9)))
    event = read_bytes("WebcastLinkMicArmies", items + field(7, status))
    assert isinstance(event, BattleScoreEvent)
    assert [(side.host_ids, side.score) for side in event.sides] == [(("3",), 9), (("5",), 40)]
    assert [each.user.nickname for each in event.sides[1].contributors] == ["Bob"]
    assert (event.phase, event.at_the_end, event.seconds_left) == (phase, at_the_end, 0 if at_the_end else -1)


def test_the_newest_layout_may_have_teams_of_one_and_no_maps() -> None:
    teams = [
        pb.TeamArmy(
            team_id=n, users=[pb.TeamUser(user_id=n + 4)], total_score=n * 10, army=pb.Army(members=[pb.ArmyMember(user_id=n)])
        )
        for n in (1, 2, 3)
    ]
    scored = read("WebcastLinkMicArmies", pb.BattleArmies(base=BASE, team_armies=teams, settings=SETTINGS))
    results = [
        pb.TeamResult(team_id=n, users=[pb.TeamUser(user_id=n + 4)], result=int(n != 3), total_score=n * 10) for n in (1, 2, 3)
    ]
    decided = read("WebcastLinkMicBattle", pb.Battle(base=BASE, action=5, team_results=results, settings=SETTINGS))
    assert isinstance(scored, BattleScoreEvent)
    assert isinstance(decided, BattleEvent)
    assert [(side.user.id, side.team_id, side.score) for side in scored.sides] == [("5", "", 10), ("6", "", 20), ("7", "", 30)]
    assert [side.contributors[0].user.id for side in scored.sides] == ["1", "2", "3"]
    assert [side.result for side in decided.sides] == [Result.LOSE, Result.LOSE, Result.WIN]


def test_a_message_that_is_far_too_long_is_refused() -> None:
    with pytest.raises(DecodeError, match="has 131074 bytes"):
        decode("WebcastLinkMicArmies", b"\x1a\x00" * 65_537, creator=Handle("alice"), received_at_ms=5)


def test_extra_time_is_told_with_every_message_that_has_settings() -> None:
    settings = pb.BattleSettings(
        battle_id=50, started_at_ms=1_696_447_000_000, duration_s=300, status=1, extra_duration_s=60, ends_at_ms=9
    )
    messages = [
        read("WebcastLinkMicBattle", pb.Battle(base=BASE, settings=settings)),
        read("WebcastLinkMicArmies", pb.BattleArmies(base=BASE, settings=settings)),
        read("WebcastLinkMicBattlePunishFinish", pb.BattlePunishFinish(base=BASE, settings=settings)),
    ]
    for event in messages:
        assert isinstance(event, BattleEvent | BattleScoreEvent)
        assert (event.started_at_ms, event.duration_s) == (1_696_447_000_000, 300)
        assert (event.extra_duration_s, event.ends_at_ms) == (60, 9)
