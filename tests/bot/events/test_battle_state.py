"""A battle out of its messages: told whole, told in part, told twice, told in the wrong order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import BattleEvent, Phase, Result
from bot.events.battle_state import MOVES, SILENT_AFTER_MS, AnyBattleEvent, Battle, BattleView, Outcome, Sign, Stage, sign_of
from bot.events.links import BattleCardEvent, BattleTaskEvent
from tests.doubles.battles import FIGHT_S, closes, decides, last_scores, opens, scores, side
from tests.doubles.clock import START_MS

WIN, LOSE, DRAW = Result.WIN, Result.LOSE, Result.DRAW


def told(*events: AnyBattleEvent) -> Battle:
    battle = Battle("b1")
    for event in events:
        battle = battle.then(event)
    return battle


def seen(*events: AnyBattleEvent, at_s: float = FIGHT_S + 200) -> BattleView:
    return told(*events).view(START_MS + int(at_s * 1000))


WHOLE = (
    opens("alice", "zoe"),
    scores(side("alice", 10, given={"bob": 10}), side("zoe", 0), at_s=20),
    scores(side("alice", 10, given={"bob": 10}), side("zoe", 25, given={"eve": 20, "kim": 5}), at_s=100),
    scores(side("alice", 90, given={"bob": 60, "dan": 30}), side("zoe", 25, given={"eve": 20, "kim": 5}), at_s=290),
    decides(side("alice", 95, WIN, {"bob": 65, "dan": 30}), side("zoe", 40, LOSE, {"eve": 20, "kim": 20})),
    closes(),
)


def test_a_battle_that_is_told_whole() -> None:
    stages = [told(*WHOLE[: n + 1]).stage for n in range(len(WHOLE))]
    assert stages == [Stage.STARTING, Stage.ACTIVE, Stage.ACTIVE, Stage.ACTIVE, Stage.PUNISHING, Stage.ENDED]
    view = seen(*WHOLE)
    assert (view.outcome, view.winners, view.margin, view.lead_changes) == (Outcome.WON, ("alice",), 55, 2)
    assert [(each.score, each.is_final, each.result) for each in view.sides] == [(95, True, WIN), (40, True, LOSE)]
    assert [each.mvp.user.nickname for each in view.sides if each.mvp] == ["bob", "eve"]
    assert (view.missing, view.had_gap, view.cut_short, view.rooms, view.channel_id) == ((), False, False, ("r1",), "c1")


@pytest.mark.parametrize(("at_s", "left"), [(-1, 301), (0, 300), (100.5, 200), (299.9, 1), (300, 0), (302, 0)])
def test_the_time_that_is_left(at_s: float, left: int) -> None:
    assert seen(WHOLE[0], at_s=at_s).seconds_left == left


def test_a_battle_that_is_over_has_no_time_left() -> None:
    assert seen(*WHOLE[:5], at_s=10).seconds_left == 0


def test_extra_time_is_overtime_and_moves_the_end() -> None:
    view = seen(opens("alice", "zoe"), scores(side("alice", 1), side("zoe", 2), at_s=290, extra_s=60), at_s=310)
    assert (view.stage, view.extra_duration_s, view.seconds_left) == (Stage.OVERTIME, 60, 50)
    assert view.missing == ()


def test_a_card_may_win_extra_time() -> None:
    battle = told(WHOLE[0]).boosted(BattleCardEvent(battle_id="b1", card="extra_time", extra_duration_s=30))
    view = battle.view(START_MS)
    assert (view.stage, view.seconds_left) == (Stage.OVERTIME, FIGHT_S + 30)


def test_boosters_are_shown_while_they_last() -> None:
    glove = BattleCardEvent(
        battle_id="b1", card="critical_strike", effective_at_s=START_MS // 1000 + 10, effect_s=30, multiplier=3, receiver_id="zoe"
    )
    reward = BattleTaskEvent(battle_id="b1", stage="rewarded", reward_starts_at_s=START_MS // 1000 + 20, reward_s=5, multiplier=2)
    won = BattleCardEvent(battle_id="b1", card="award")
    battle = told(WHOLE[0]).boosted(reward).boosted(glove).boosted(glove).boosted(won)
    shown = {at_s: [each.kind for each in battle.view(START_MS + at_s * 1000).boosters] for at_s in (9, 10, 22, 26, 41)}
    assert shown == {9: [], 10: ["critical_strike"], 22: ["critical_strike", "task"], 26: ["critical_strike"], 41: []}
    assert (battle.boosters[0].multiplier, battle.boosters[0].for_host_id) == (3, "zoe")


def test_who_joins_in_the_middle_knows_the_times_and_says_what_was_missed() -> None:
    view = seen(scores(side("alice", 10), side("zoe", 4), at_s=100), at_s=120)
    assert (view.stage, view.outcome, view.seconds_left) == (Stage.ACTIVE, Outcome.OPEN, 180)
    assert view.missing == (Sign.OPENED,)


def test_a_countdown_alone_tells_the_end() -> None:
    score = msgspec.structs.replace(scores(side("alice", 1), side("zoe", 2), at_s=100), started_at_ms=0, seconds_left=50)
    assert seen(score, at_s=120).seconds_left == 30


def test_nobody_knows_the_end_of_a_battle_without_times() -> None:
    score = msgspec.structs.replace(scores(side("alice", 1), side("zoe", 2), at_s=100), started_at_ms=0, duration_s=0)
    assert seen(score).seconds_left is None


def test_a_message_that_arrives_after_all_is_not_missing_any_more() -> None:
    late = (WHOLE[1], WHOLE[4], WHOLE[0])
    assert seen(*late[:2]).missing == (Sign.OPENED,)
    assert seen(*late).missing == ()
    assert seen(*late).stage is Stage.PUNISHING


def test_an_end_without_a_decision_has_no_winner() -> None:
    view = seen(*WHOLE[:4], closes())
    assert (view.stage, view.outcome, view.winners) == (Stage.ENDED, Outcome.INCOMPLETE, ())
    assert view.missing == (Sign.DECIDED,)


def test_scores_at_the_end_decide_when_the_result_was_missed() -> None:
    view = seen(*WHOLE[:4], last_scores(side("alice", 95), side("zoe", 40)), closes())
    assert (view.outcome, view.winners, view.missing) == (Outcome.WON, ("alice",), (Sign.DECIDED,))
    assert [each.result for each in view.sides] == [WIN, LOSE]


def test_equal_scores_at_the_end_are_a_draw() -> None:
    view = seen(opens("alice", "zoe"), last_scores(side("alice", 7), side("zoe", 7)))
    assert (view.outcome, view.margin, [each.result for each in view.sides]) == (Outcome.DRAW, 0, [DRAW, DRAW])


@pytest.mark.parametrize(
    "end",
    [
        # The fight was over too early: whoever left may have lost while leading.
        [last_scores(side("alice", 95), side("zoe", 40), at_s=200)],
        # A score of the punishment does not tell when the fight ended.
        [scores(side("alice", 95), side("zoe", 40), at_s=320, phase=Phase.PUNISHING)],
        # Cut short, and no result told.
        [decides(side("alice", 95), side("zoe", 40), cut_short=True)],
        # Hosts of whom the decision tells nothing: zero to zero is not a draw.
        [decides(side("alice"), side("zoe"))],
        # One side's score alone.
        [last_scores(side("alice", 95))],
        # Two last scores that contradict each other.
        [last_scores(side("alice", 95), side("zoe", 40)), last_scores(side("alice", 95), side("zoe", 140))],
        # On the wire a win is zero, and so is nothing.
        [decides(side("alice", 95, WIN), side("zoe", 40, WIN))],
        # Two decisions that contradict each other.
        [decides(side("alice", 9, WIN), side("zoe", 4, LOSE)), decides(side("alice", 9, LOSE), side("zoe", 4, WIN))],
    ],
)
def test_what_is_not_known_is_not_guessed(end: list[AnyBattleEvent]) -> None:
    view = seen(opens("alice", "zoe"), *end)
    assert (view.outcome, view.winners) == (Outcome.INCOMPLETE, ())


def test_extra_time_is_part_of_the_full_time() -> None:
    granted = scores(side("alice", 95), side("zoe", 40), at_s=299, extra_s=60)
    early = last_scores(side("alice", 95), side("zoe", 40), at_s=301, extra_s=60)
    assert seen(granted, early).outcome is Outcome.INCOMPLETE
    assert seen(granted, last_scores(side("alice", 95), side("zoe", 40), at_s=360, extra_s=60)).winners == ("alice",)


def test_tiktoks_result_counts_even_against_the_scores() -> None:
    view = seen(opens("alice", "zoe"), decides(side("alice", 95, LOSE), side("zoe", 40, WIN), at_s=200, cut_short=True))
    assert (view.winners, view.cut_short) == (("zoe",), True)


def test_a_result_in_an_opening_is_none() -> None:
    opening = msgspec.structs.replace(opens("alice", "zoe"), sides=(side("alice", 0, WIN), side("zoe", 0, LOSE)))
    assert [each.result for each in seen(opening, at_s=1).sides] == [Result.UNKNOWN, Result.UNKNOWN]


def test_an_overtaken_score_lowers_nothing() -> None:
    view = seen(WHOLE[0], WHOLE[3], WHOLE[1], WHOLE[2], at_s=295)
    assert [each.score for each in view.sides] == [90, 25]
    assert view.lead_changes == 0
    after = seen(*WHOLE[:5], WHOLE[3])
    assert [each.score for each in after.sides] == [95, 40]


def test_a_penalty_may_lower_the_final_score() -> None:
    lowered = decides(side("alice", 50, LOSE), side("zoe", 60, WIN))
    for order in ((*WHOLE[:4], lowered), (lowered, *WHOLE[:4])):
        assert [each.score for each in seen(*order).sides] == [50, 60]


def test_two_rooms_that_report_one_battle_make_one_battle() -> None:
    both = [room for event in WHOLE for room in (event, in_room(event, "r2"))]
    twice, once = seen(*both), seen(*WHOLE)
    assert replace(twice, rooms=once.rooms) == once
    assert twice.rooms == ("r1", "r2")


def in_room(event: AnyBattleEvent, room: str) -> AnyBattleEvent:
    return msgspec.structs.replace(event, common=msgspec.structs.replace(event.common, room_id=room))


def test_teams_are_sides_also_when_a_message_lists_their_hosts_alone() -> None:
    red, blue = side("1 2", 30, WIN, team="7"), side("3 4", 20, LOSE, team="8")
    view = seen(opens("1", "2", "3", "4"), scores(red, blue, at_s=50), opens("1", "2", "3", "4"), decides(red, blue))
    assert [(each.key, each.host_ids, each.score) for each in view.sides] == [
        ("team 7", ("1", "2"), 30),
        ("team 8", ("3", "4"), 20),
    ]
    assert (view.winners, view.margin) == (("team 7",), 10)


def test_everyone_for_himself_has_one_winner_or_a_draw_of_the_best() -> None:
    view = seen(opens("1", "2", "3"), last_scores(side("1", 5), side("2", 9), side("3", 9)))
    assert (view.outcome, [each.result for each in view.sides]) == (Outcome.DRAW, [LOSE, DRAW, DRAW])


def test_a_battle_that_falls_silent_is_given_up_but_not_forgotten() -> None:
    battle = told(*WHOLE[:4])
    due_ms = START_MS + FIGHT_S * 1000
    assert battle.view(due_ms + SILENT_AFTER_MS).outcome is Outcome.OPEN
    assert battle.view(due_ms + SILENT_AFTER_MS + 1).outcome is Outcome.INCOMPLETE
    assert battle.then(WHOLE[4]).view(due_ms + SILENT_AFTER_MS + 1).winners == ("alice",)


def test_a_gap_is_told_until_the_end() -> None:
    assert told(*WHOLE[:2]).gapped().view(START_MS).had_gap
    assert not told(*WHOLE).gapped().view(START_MS).had_gap


def test_an_invitation_moves_nothing() -> None:
    invited = BattleEvent(battle_id="b1", action=1)
    assert (sign_of(invited), told(invited).stage) == (Sign.PROPOSED, Stage.WAITING)


def test_the_table_is_whole_and_never_goes_back() -> None:
    order = list(Stage)
    for stage in Stage:
        assert set(MOVES[stage]) == set(Sign)
        for move in MOVES[stage].values():
            assert order.index(move.to) >= order.index(stage)
            assert move.to is not stage or not move.missed


# ------------------------------------------------------------------------------------------------ properties


@st.composite
def battles(draw: st.DrawFn) -> tuple[list[AnyBattleEvent], frozenset[str]]:
    """All messages of a battle in order, and its true winners (none: a draw)."""
    hosts = [str(n) for n in range(1, draw(st.integers(2, 4)) + 1)]
    totals = dict.fromkeys(hosts, 0)
    extra_s = draw(st.sampled_from([0, 0, 60]))
    cut_short = draw(st.booleans())
    ends_s = draw(st.integers(10, FIGHT_S + extra_s - 5)) if cut_short else FIGHT_S + extra_s
    events: list[AnyBattleEvent] = [opens(*hosts)]
    for at_s in sorted(draw(st.lists(st.integers(1, ends_s - 1), max_size=8))):
        totals[draw(st.sampled_from(hosts))] += draw(st.integers(0, 5))
        extra = extra_s if at_s > FIGHT_S / 2 else 0
        events.append(scores(*(side(host, totals[host]) for host in hosts), at_s=at_s, extra_s=extra))
    totals[draw(st.sampled_from(hosts))] += draw(st.integers(0, 5))
    best = [host for host in hosts if totals[host] == max(totals.values())]
    # Who breaks off loses, whatever the score: TikTok's word is not always that of the scores.
    winners = frozenset({draw(st.sampled_from(hosts))} if cut_short else best if len(best) == 1 else ())
    shown = [side(host, totals[host]) for host in hosts]
    events.append(last_scores(*shown, at_s=ends_s, extra_s=extra_s))
    results = [DRAW if not winners and host in best else WIN if host in winners else LOSE for host in hosts]
    told_result = draw(st.booleans())
    events.append(
        decides(
            *(
                side(host, totals[host], result if told_result else Result.UNKNOWN)
                for host, result in zip(hosts, results, strict=True)
            ),
            at_s=ends_s + 0.5,
            cut_short=cut_short,
        )
    )
    for later in draw(st.lists(st.integers(1, 170), max_size=3)):
        events.append(scores(*shown, at_s=ends_s + later, phase=Phase.PUNISHING, extra_s=extra_s))
    events.append(closes(at_s=ends_s + 180))
    return events, winners


@given(st.data())
def test_no_loss_repetition_or_disorder_makes_a_wrong_winner(data: st.DataObject) -> None:
    events, winners = data.draw(battles())
    arriving = data.draw(st.lists(st.sampled_from(events), max_size=2 * len(events)))
    battle = Battle("b1")
    for event in arriving:
        battle = battle.then(in_room(event, data.draw(st.sampled_from(["r1", "r2"]))))
        view = battle.view(START_MS + 1_000_000)
        if view.outcome is Outcome.WON:
            assert frozenset(view.winners) == winners
        elif view.outcome is Outcome.DRAW:
            assert not winners


@given(st.data())
def test_what_is_known_in_the_end_does_not_depend_on_the_order(data: st.DataObject) -> None:
    events, _ = data.draw(battles())
    kept = data.draw(st.lists(st.sampled_from(events), unique_by=id, min_size=1))
    one, other = seen(*kept), seen(*data.draw(st.permutations([*kept, *kept])))
    assert without_course(one) == without_course(other)


def without_course(view: BattleView) -> BattleView:
    """What was missing at which time, and how often the lead was seen to change, are about the order."""
    return replace(view, missing=(), lead_changes=0)


@given(battles())
def test_a_battle_told_whole_is_never_incomplete_unless_tiktok_keeps_silent(
    told_battle: tuple[list[AnyBattleEvent], frozenset[str]],
) -> None:
    events, winners = told_battle
    view = seen(*events)
    decision = next(event for event in events if isinstance(event, BattleEvent) and event.phase is Phase.PUNISHING)
    if view.outcome is Outcome.INCOMPLETE:
        assert decision.cut_short
        assert not any(each.result for each in decision.sides)
    else:
        assert frozenset(view.winners) == winners
    assert view.missing in ((), (Sign.SCORED,))


def all_in(events: Iterable[AnyBattleEvent]) -> list[str]:
    return [str(sign_of(event)) for event in events]


def test_each_message_says_one_thing() -> None:
    assert all_in(WHOLE) == ["opened", "scored", "scored", "scored", "decided", "closed"]
