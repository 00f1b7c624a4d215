"""What a PK card says of a battle, whatever of it arrives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import BattleEvent, BattleScoreEvent, GapEvent, Phase, Result, RoomId, User, ViewerId
from bot.events.base import Common
from bot.events.battle_board import BattleBoard
from bot.events.battle_state import SILENT_AFTER_MS
from bot.events.battles import Contributor, Side
from bot.events.ids import Handle
from bot.events.links import BattleCardEvent
from bot.model.ids import ChannelId, WatchId
from bot.model.message import Embed
from bot.model.watch import Look, Style
from bot.relay import battle_card
from bot.relay.battle_card import Match, Standing
from tests.doubles.battles import FIGHT_S, closes, decides, last_scores, opens, scores
from tests.doubles.clock import START_MS

ALICE = User(id=ViewerId("1"), handle=Handle("alice"), nickname="Alice")
ZOE = User(id=ViewerId("2"), handle=Handle("zoe"), nickname="Zoë")
BOB, EVE = User(id=ViewerId("91"), nickname="Bob"), User(id=ViewerId("92"), nickname="Eve")

Told = BattleEvent | BattleScoreEvent | BattleCardEvent | GapEvent


def side(user: User, score: int = 0, result: Result = Result.UNKNOWN, *given: tuple[User, int]) -> Side:
    return Side(user, score, result, tuple(Contributor(*each) for each in given), host_ids=(user.id,))


def begins() -> BattleEvent:
    """As `opens`, with names."""
    bare = opens("1", "2")
    return BattleEvent(
        bare.common, "b1", Phase.STARTING, FIGHT_S, (side(ALICE), side(ZOE)), "c1", started_at_ms=START_MS, action=4
    )


def match(*events: Told, home: str = "alice", heard_s: float = 0) -> Match:
    board = BattleBoard()
    for event in events:
        board = board.then(event)
    _, battle = board.battles[-1]
    return Match("b1", Handle(home), Look(), battle, START_MS + round(heard_s * 1000))


def at(seconds: float) -> int:
    return START_MS + round(seconds * 1000)


def card(*events: Told, now_s: float, home: str = "alice") -> Embed:
    [embed] = battle_card.shown(match(*events, home=home, heard_s=now_s), at(now_s)).embeds
    return embed


def plain(text: str) -> str:
    return text.replace("\u2068", "").replace("\u2069", "")


def told(embed: Embed) -> dict[str, str]:
    return {plain(each.name): plain(each.value) for each in embed.fields}


def test_a_battle_that_begins() -> None:
    embed = card(begins(), now_s=1)
    assert plain(embed.title) == "⚔️ PK: Alice vs Zoë"
    assert embed.colour == battle_card.BLUE
    assert told(embed) == {"Ends": f"<t:{START_MS // 1000 + FIGHT_S}:R>"}
    assert embed.footer == ""
    assert not battle_card.made(
        match(begins()), channel_id=ChannelId(1), watch_id=WatchId(1), created_at_ms=0, now_ms=at(1)
    ).is_over


def test_scores_with_the_watched_creator_first_and_a_bar_for_each() -> None:
    events = (begins(), scores(side(ALICE, 500), side(ZOE, 2000), at_s=20), scores(side(ALICE, 3000), side(ZOE, 2000), at_s=30))
    embed = card(*events, now_s=31)
    assert plain(embed.description).splitlines() == [
        f"`{'▰' * 12}` **3,000** Alice",
        f"`{'▰' * 8}{'▱' * 4}` **2,000** Zoë",
    ]
    assert told(embed) | {"Ends": ""} == {"Ends": "", "Margin": "1,000", "Lead changes": "1"}
    assert plain(card(*events, now_s=31, home="zoe").description).splitlines()[0].endswith("Zoë")


def test_overtime_and_boosters_are_shown() -> None:
    strike = BattleCardEvent(
        Common(room_id=RoomId("r1")),
        "b1",
        card="critical_strike",
        effective_at_s=START_MS // 1000 + 290,
        effect_s=30,
        multiplier=3,
        receiver_id="1",
    )
    events = (begins(), scores(side(ALICE, 5), side(ZOE, 2), at_s=295, extra_s=30), strike)
    embed = card(*events, now_s=300)
    assert plain(embed.title) == "⚔️ PK, overtime: Alice vs Zoë"
    assert told(embed)["Extra time"] == "30 s"
    assert told(embed)["Boosters"] == f"⚡ ×3 critical strike for Alice, until <t:{START_MS // 1000 + 320}:R>"
    assert "Boosters" not in told(card(*events, now_s=325))


def test_a_result_with_margin_and_who_gave_most() -> None:
    decided = decides(side(ALICE, 900, Result.LOSE, (BOB, 700)), side(ZOE, 1000, Result.WIN, (EVE, 1000)))
    embed = card(begins(), scores(side(ALICE, 900), side(ZOE, 950), at_s=290), decided, now_s=301)
    assert plain(embed.title) == "⚔️ PK over: Zoë wins"
    assert embed.colour == battle_card.GOLD
    assert plain(embed.description).splitlines()[1].endswith("Zoë 🏆")
    expected = {"Margin": "100", "MVP of Alice": "**Bob** (700)", "MVP of Zoë": "**Eve** (1,000)"}
    assert told(embed) == expected


def test_a_draw() -> None:
    decided = decides(side(ALICE, 1000, Result.DRAW), side(ZOE, 1000, Result.DRAW))
    assert plain(card(begins(), decided, now_s=301).title) == "⚔️ PK over, a draw: Alice vs Zoë"


def test_the_end_of_the_fight_waits_a_moment_for_the_result() -> None:
    over = (begins(), scores(side(ALICE, 1), at_s=100), last_scores(side(ALICE, 900), at_s=200))
    assert battle_card.standing(match(*over, heard_s=200), at(200)) is Standing.DECIDING
    assert plain(card(*over, now_s=200).title).startswith("⚔️ PK, waiting for the result")
    late_s = 200 + SILENT_AFTER_MS / 1000 + 1
    assert battle_card.standing(match(*over, heard_s=200), at(late_s)) is Standing.FINAL


@pytest.mark.parametrize(
    ("events", "now_s"),
    [
        ((begins(), scores(side(ALICE, 5), side(ZOE, 2), at_s=100)), FIGHT_S + SILENT_AFTER_MS / 1000 + 1),
        ((begins(), scores(side(ALICE, 5), side(ZOE, 2), at_s=100), closes()), FIGHT_S + 181),
        ((begins(), decides(side(ALICE), side(ZOE))), FIGHT_S + 1),
    ],
)
def test_without_a_result_and_final_scores_it_is_incomplete(events: tuple[Told, ...], now_s: float) -> None:
    [embed] = battle_card.shown(match(*events, heard_s=100), at(now_s)).embeds
    assert "the result is incomplete" in embed.title
    assert "neither a result nor final scores were told" in embed.footer
    assert embed.colour == battle_card.GREY
    assert "🏆" not in embed.description
    made = battle_card.made(match(*events), channel_id=ChannelId(1), watch_id=None, created_at_ms=0, now_ms=at(now_s))
    assert made.is_over


def test_a_battle_without_times_is_given_up_in_the_end() -> None:
    silent = BattleScoreEvent(Common(room_id=RoomId("r1")), "b1", (side(ALICE, 1), side(ZOE)), phase=Phase.ACTIVE)
    assert battle_card.standing(match(silent, heard_s=0), at(battle_card.LOST_MS / 1000)) is Standing.ON
    assert battle_card.standing(match(silent, heard_s=0), at(battle_card.LOST_MS / 1000 + 1)) is Standing.FINAL


def test_what_was_missed_is_admitted() -> None:
    seen = scores(side(ALICE, 5), side(ZOE, 2), at_s=100)
    assert card(seen, now_s=101).footer == "joined in the middle"
    gap = GapEvent(Common(room_id=RoomId("r1")), from_ms=1, to_ms=2)
    embed = card(begins(), seen, gap, scores(side(ALICE, 5), side(ZOE, 9), at_s=120), now_s=121)
    assert embed.footer == "a part of it was missed"
    assert told(embed)["Lead changes"] == "at least 1"
    cut = decides(side(ALICE, 1, Result.WIN), side(ZOE, 0, Result.LOSE), cut_short=True)
    assert card(begins(), cut, now_s=121).footer == "cut short"


def test_sides_without_names_are_numbered_and_teams_are_teams() -> None:
    unnamed = scores(Side(User(id=ViewerId("1")), 5), Side(User(id=ViewerId("2")), 2), at_s=10)
    assert card(unnamed, now_s=11).title == "⚔️ PK: creator 1 vs creator 2"
    teams = scores(Side(team_id="7", score=5, host_ids=("1", "2")), Side(team_id="8", host_ids=("3", "4")), at_s=10)
    assert card(teams, now_s=11).title == "⚔️ PK: Team 1 vs Team 2"


def test_an_invitation_is_no_card() -> None:
    asked = BattleEvent(Common(), "b1", Phase.OTHER, sides=(side(ALICE), side(ZOE)))
    assert not battle_card.is_worth_a_card(match(asked).battle)
    assert not battle_card.is_worth_a_card(match(closes()).battle), "nothing is known but that it is over"
    assert battle_card.is_worth_a_card(match(begins()).battle)


@pytest.mark.parametrize(("score", "best", "full"), [(0, 0, 0), (0, 9, 0), (9, 9, 12), (1, 9, 1), (-3, 9, 0), (5, 10, 6)])
def test_a_bar_shows_how_near_a_side_is(score: int, best: int, full: int) -> None:
    assert battle_card.bar(score, best) == "▰" * full + "▱" * (12 - full)


def test_a_state_that_nobody_can_read_is_none() -> None:
    made = battle_card.made(match(begins()), channel_id=ChannelId(1), watch_id=None, created_at_ms=0, now_ms=at(1))
    assert battle_card.of_card(made) == match(begins())
    assert battle_card.of_card(replace(made, state="{}")) is None


def test_the_best_of_a_side_has_room_in_the_rich_style_whatever_the_handle() -> None:
    hostile = User(id=ViewerId("91"), handle=Handle("a." * 1000), nickname="*_" * 200)
    sides = side(ALICE, 9, Result.WIN, (hostile, 9)), side(ZOE, 4, Result.LOSE)
    told = replace(match(decides(*sides)), look=Look(style=Style.RICH))
    made = battle_card.made(told, channel_id=ChannelId(1), watch_id=None, created_at_ms=0, now_ms=at(400))
    [best] = [each.value for each in made.message.embeds[0].fields if each.name.startswith("MVP")]
    assert best.endswith(" (9)")


names = st.text(max_size=60)
points = st.integers(0, 10**12)


@given(
    told=st.lists(st.tuples(names, names, points), min_size=1, max_size=8),
    mvp=names,
    now_s=st.integers(0, 900),
    decided=st.booleans(),
)
def test_whatever_the_names_and_scores_a_card_fits_and_survives_a_restart(
    told: list[tuple[str, str, int]], mvp: str, now_s: int, decided: bool
) -> None:
    sides = tuple(
        Side(
            User(id=ViewerId(str(number)), handle=Handle(handle), nickname=name),
            score,
            Result.UNKNOWN,
            (Contributor(User(nickname=mvp), score),),
            host_ids=(str(number),),
        )
        for number, (name, handle, score) in enumerate(told)
    )
    events: list[Told] = [scores(*sides, at_s=10)]
    if decided:
        events.append(decides(*sides))
    made = battle_card.made(match(*events), channel_id=ChannelId(1), watch_id=None, created_at_ms=0, now_ms=at(now_s))
    assert battle_card.of_card(made) == match(*events)
    [embed] = made.message.embeds
    assert len(embed.title) <= 256
    assert len(embed.description) <= 4096
    assert len(embed.fields) <= 25
    assert all(len(each.name) <= 256 and 0 < len(each.value) <= 1024 for each in embed.fields)
    assert (
        len(embed.title) + len(embed.description) + len(embed.footer) + sum(len(f.name) + len(f.value) for f in embed.fields)
        <= 6000
    )
    assert len(embed.description.splitlines()) == len(told)
