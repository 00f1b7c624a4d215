"""Several battles at once, and after each other."""

from __future__ import annotations

import base64
from itertools import pairwise

import msgspec
import pytest

from bot.events import BattleEvent, BattleScoreEvent, CommentEvent, Event, GapEvent, Handle, Phase, Result, RoomId
from bot.events.base import Common
from bot.events.battle_board import MOST_BATTLES, BattleBoard
from bot.events.battle_state import AnyBattleEvent, BattleView, Outcome, Sign, Stage
from bot.events.links import BattleCardEvent
from bot.tiktok.capture.file import read_lines
from bot.tiktok.tiktools.decode import decode_frame
from bot.tiktok.webcast.decode import decode
from tests.bot.tiktok.shared_data import captured
from tests.doubles.battles import FIGHT_S, closes, decides, last_scores, opens, scores, side
from tests.doubles.clock import START_MS

LATER_S = 600.0


def board(*events: Event) -> BattleBoard:
    folded = BattleBoard()
    for event in events:
        folded = folded.then(event)
    return folded


def view(battle_id: str, *events: Event) -> BattleView:
    found = board(*events).view(battle_id, START_MS + 1_000_000)
    assert found is not None
    return found


def without_id(event: AnyBattleEvent) -> AnyBattleEvent:
    """As the oldest layout, and some frames of the edge, tell it."""
    return msgspec.structs.replace(event, battle_id="", started_at_ms=0, duration_s=0)


def test_both_rooms_of_a_battle_are_one_battle() -> None:
    folded = board(opens("alice", "zoe"), opens("alice", "zoe", room="r2"))
    assert [(each.battle_id, each.rooms) for each in folded.views(START_MS)] == [("b1", ("r1", "r2"))]


def test_other_events_change_nothing() -> None:
    before = board(opens("alice", "zoe"))
    assert before.then(CommentEvent(text="hi")) is before
    assert before.view("b2", START_MS) is None


def test_a_board_keeps_as_many_battles_as_it_is_told_to_whatever_happens_on_it() -> None:
    folded = BattleBoard(most=MOST_BATTLES + 4)
    for number in range(MOST_BATTLES + 8):
        folded = folded.then(opens(f"host{number}", f"guest{number}", battle=f"b{number}", room=f"r{number}"))
        folded = folded.then(GapEvent(Common(room_id=RoomId(f"r{number}")), to_ms=START_MS))
        folded = folded.then(BattleCardEvent(battle_id=f"b{number}"))
    assert [key for key, _ in folded.battles] == [f"b{number}" for number in range(4, MOST_BATTLES + 8)]


def test_a_battle_that_was_followed_by_another_is_over() -> None:
    first = scores(side("alice", 9), side("zoe", 4), at_s=10)
    second = opens("alice", "kim", battle="b2", at_s=LATER_S)
    assert (view("b1", first, second).stage, view("b1", first, second).outcome) == (Stage.ENDED, Outcome.INCOMPLETE)
    assert view("b2", first, second).stage is Stage.STARTING
    late = decides(side("alice", 9, Result.WIN), side("zoe", 4, Result.LOSE))
    assert view("b1", first, second, late).winners == ("alice",)


def test_an_old_opening_that_arrives_late_ends_nothing() -> None:
    events = (opens("alice", "kim", battle="b2", at_s=LATER_S), opens("alice", "zoe"))
    assert view("b2", *events).stage is Stage.STARTING


def test_battles_of_other_hosts_go_on_beside_it() -> None:
    events = (opens("alice", "zoe"), opens("kim", "dan", battle="b2", at_s=LATER_S, room="r2"))
    assert view("b1", *events).stage is Stage.STARTING


def test_a_gap_marks_the_battles_of_its_room() -> None:
    gap = GapEvent(Common(room_id=opens("x").room_id), 1, 2)
    folded = board(opens("alice", "zoe"), opens("kim", "dan", battle="b2", room="r2"), gap)
    assert [(each.battle_id, each.had_gap) for each in folded.views(START_MS)] == [("b1", True), ("b2", False)]


def test_a_card_belongs_to_its_battle() -> None:
    card = BattleCardEvent(battle_id="b1", card="extra_time", extra_duration_s=30)
    assert view("b1", opens("alice", "zoe"), card).extra_duration_s == 30
    assert board(card).battles == ()


def test_messages_without_an_id_are_of_the_rooms_battle() -> None:
    told = [opens("alice", "zoe"), without_id(scores(side("alice", 9), side("zoe", 4), at_s=10))]
    assert [each.score for each in view("b1", *told).sides] == [9, 4]


def test_two_battles_without_an_id_are_told_apart_by_their_time() -> None:
    first = [
        without_id(scores(side("alice", 9), side("zoe", 4), at_s=10)),
        without_id(last_scores(side("alice", 9), side("zoe", 4))),
    ]
    second = [
        without_id(scores(side("alice", 0), side("zoe", 1), at_s=LATER_S)),
        without_id(last_scores(side("alice", 2), side("zoe", 8), at_s=LATER_S + FIGHT_S)),
    ]
    views = board(*first, second[0], first[1], second[1], first[0]).views(START_MS)
    assert sorted(each.winners for each in views) == [("alice",), ("zoe",)]


def test_only_the_last_battles_are_kept() -> None:
    folded = board(*(opens("a", "b", battle=f"b{n}", at_s=n * LATER_S) for n in range(MOST_BATTLES + 5)))
    ids = [each.battle_id for each in folded.views(START_MS)]
    assert ids == [f"b{n}" for n in range(5, MOST_BATTLES + 5)]


def test_a_whole_evening() -> None:
    wins = [(Result.WIN, Result.LOSE), (Result.DRAW, Result.DRAW)]
    events: list[Event] = []
    for n, (ours, theirs) in enumerate(wins):
        battle, at_s = f"b{n}", n * LATER_S
        events += [opens("a", "b", battle=battle, at_s=at_s), scores(side("a", 1), side("b", 1), at_s=at_s + 9, battle=battle)]
        events += [decides(side("a", 5, ours), side("b", 5, theirs), battle=battle, at_s=at_s + FIGHT_S), closes(battle=battle)]
    assert [each.outcome for each in board(*events).views(START_MS)] == [Outcome.WON, Outcome.DRAW]


def edge_frame(name: str, at_s: float, status: int, ours: int, theirs: int) -> list[Event]:
    """The JSON edge's words: no result, no id of the message; `status` 3 is its only end."""
    teams = [{"hostUserId": "2", "score": ours, "users": []}, {"hostUserId": "9", "score": theirs, "users": []}]
    settings = {"startTimeMs": START_MS, "duration": FIGHT_S}
    at_ms = START_MS + int(at_s * 1000)
    told = {"battleId": "b1", "status": status, "teams": teams, "battleSettings": settings, "timestamp": at_ms}
    frame = msgspec.json.encode({"event": name, "data": told})
    return list(decode_frame(frame, creator=Handle("alice"), received_at_ms=at_ms, room_id="r1"))


@pytest.mark.parametrize(("ended_s", "outcome"), [(FIGHT_S + 1, Outcome.WON), (FIGHT_S / 2, Outcome.INCOMPLETE)])
def test_the_edge_tells_an_end_but_no_result(ended_s: float, outcome: Outcome) -> None:
    begun = [*edge_frame("battle", 0, 2, 0, 0), *edge_frame("battleArmies", 30, 1, 12, 0)]
    found = view("b1", *begun, *edge_frame("battle", ended_s, 3, 12, 0))
    assert (found.stage, found.outcome, [each.score for each in found.sides]) == (Stage.PUNISHING, outcome, [12, 0])
    assert found.winners == (("2",) if outcome is Outcome.WON else ())


class Line(msgspec.Struct):
    n: int
    method: str
    host: str
    room_id: str
    payload: str


@pytest.fixture(scope="module")
def battles_of_2023() -> list[AnyBattleEvent]:
    """Every captured battle message, in the order of TikTok's clock."""
    events = []
    for raw in read_lines(str(captured("payloads.jsonl.gz"))):
        line = msgspec.json.decode(raw, type=Line)
        if line.method not in ("WebcastLinkMicBattle", "WebcastLinkMicArmies", "WebcastLinkMicBattlePunishFinish"):
            continue
        event = decode(
            line.method, base64.b64decode(line.payload), creator=Handle(line.host), received_at_ms=0, room_id=line.room_id
        )
        assert isinstance(event, BattleEvent | BattleScoreEvent)
        events.append(event)
    return sorted(events, key=lambda event: event.created_at_ms)


def test_the_captured_battles_come_out_as_tiktok_says(battles_of_2023: list[AnyBattleEvent]) -> None:
    folded = board(*battles_of_2023)
    decided = {
        event.battle_id: next(each.user.id for each in event.sides if each.result is Result.WIN)
        for event in battles_of_2023
        if event.phase is Phase.PUNISHING
    }
    assert len(decided) == 2
    views = {each.battle_id: each for each in folded.views(battles_of_2023[-1].created_at_ms)}
    assert {key: each.winners for key, each in views.items() if each.winners} == {key: (who,) for key, who in decided.items()}
    # Of the others only the middle or the very end was recorded: nobody may say who won.
    others = {each.outcome for key, each in views.items() if key not in decided}
    assert others == {Outcome.OPEN, Outcome.INCOMPLETE}
    closed = [each for each in views.values() if each.stage is Stage.ENDED and each.battle_id not in decided]
    assert closed
    assert all(Sign.DECIDED in each.missing for each in closed)


def test_in_any_order_the_captured_battles_have_the_same_winners(battles_of_2023: list[AnyBattleEvent]) -> None:
    def winners(events: list[AnyBattleEvent]) -> dict[str, tuple[str, ...]]:
        return {each.battle_id: each.winners for each in board(*events).views(0)}

    forward, backward = winners(battles_of_2023), winners(battles_of_2023[::-1])
    assert forward == backward
    assert all(one.created_at_ms <= other.created_at_ms for one, other in pairwise(battles_of_2023))
