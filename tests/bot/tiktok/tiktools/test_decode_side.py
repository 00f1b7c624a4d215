"""The table of side events: a few of its rows in full, and what all of them promise."""

from __future__ import annotations

import json

import pytest

from bot.events import BarrageEvent, BarrageKind, BattleCardEvent, BattleTaskEvent, PinEvent, RankEvent, UnknownEvent
from bot.events.goals import EnvelopeEvent
from bot.events.links import LinkEvent, OpponentGiftEvent
from bot.tiktok.tiktools.decode_side import READERS
from tests.bot.tiktok.tiktools.reading import told, told_as


def test_a_card_is_played_by_somebody() -> None:
    event = told_as(
        BattleCardEvent,
        "battleItemCard",
        battleId="b",
        cardType=2,
        effect="gloves",
        multiplier=3,
        senderUserId="9",
        senderNickname="Mia",
        senderUniqueId="mia",
        activatedAtSec=1_780_000_000,
        durationSec=30,
    )
    assert event.user is not None
    assert (event.user.id, event.user.handle, event.card, event.multiplier, event.effect_s) == ("9", "mia", "gloves", 3, 30)


def test_a_task_of_a_battle_has_stages() -> None:
    stages = [told_as(BattleTaskEvent, "battleTask", taskAction=number).stage for number in (1, 2, 3, 4)]
    assert stages == ["started", "progress", "settled", ""]


@pytest.mark.parametrize("spelling", ["comment", "pinnedMessage"])
def test_a_pin_names_who_pinned_it(spelling: str) -> None:
    event = told_as(
        PinEvent, "roomPin", action=1, operatorUserId="3", originalMsgType="WebcastChatMessage", **{spelling: "welcome"}
    )
    assert event.operator is not None
    assert (event.text, event.kind, event.operator.id) == ("welcome", "chat", "3")


@pytest.mark.parametrize("spelling", ["diamondCount", "coins"])
def test_an_envelope_in_either_spelling(spelling: str) -> None:
    event = told_as(EnvelopeEvent, "envelope", envelopeId="e", **{spelling: 100})
    assert (event.envelope.id, event.envelope.diamonds) == ("e", 100)


def test_an_animated_line_has_the_kind_of_its_number() -> None:
    assert told_as(BarrageEvent, "barrage", msgType=8, content="level=12").kind is BarrageKind.GIFTER_LEVEL_UP
    assert told_as(BarrageEvent, "barrage", msgType=77).kind is BarrageKind.OTHER


def test_people_who_lie_flat_in_an_event_are_found() -> None:
    assert (linked := told_as(LinkEvent, "link", relatedUser={"id": "4", "uniqueId": "bo"}).user) is not None
    assert linked.handle == "bo"
    assert (giver := told_as(OpponentGiftEvent, "linkMicOpponentGift", senderUserId="9").user) is not None
    assert giver.id == "9"
    assert told_as(OpponentGiftEvent, "linkMicOpponentGift").user is None


def test_a_ranking_list_is_passed_on_as_it_is() -> None:
    event = told_as(RankEvent, "rankUpdate", rankType="hourly", rankList=[{"rank": 1, "score": 10**30}])
    assert event.rank_name == "hourly"
    assert json.loads(event.ranked) == [{"rank": 1, "score": 10**30}]


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_row_needs_nothing(name: str) -> None:
    event = told(name)
    assert not isinstance(event, UnknownEvent)
    assert event.message_id == "5"
