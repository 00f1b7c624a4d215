"""Animated lines: whom they are about, and which are about super fans."""

from __future__ import annotations

import pytest

from bot.events import BarrageEvent, BarrageKind, PaidSubscribeEvent, SuperFanEvent, SuperFanJoinEvent
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.bot.tiktok.webcast.reading import read

BASE = pb.ToldBase(method="x", message_id=12, room_id=34)
BOB = pb.User(id=1, nickname="Bob")


@pytest.mark.parametrize(
    ("content", "common_content", "meant"),
    [
        ("ttlive_superFan_commentNotif_superFanJoined", "", SuperFanJoinEvent),
        ("", "TTLIVE_SUPERFAN_COMMENTNOTIF_SUPERFANJOINED", SuperFanJoinEvent),
        ("ttlive_superFan_became", "", SuperFanEvent),
        ("pm_mt_fan_live_join", "ttlive_superfan", SuperFanEvent),
        ("ttlive_superfanbox_opened", "", BarrageEvent),
        ("pm_mt_fan_live_join", "", BarrageEvent),
    ],
)
def test_super_fans_are_told_by_the_key(content: str, common_content: str, meant: type) -> None:
    message = pb.Barrage(
        base=BASE,
        kind=100,
        user=BOB,
        content=pb.FullText(key=content),
        common_content=pb.FullText(key=common_content),
    )
    event = read("WebcastBarrageMessage", message)
    assert type(event) is meant
    assert event.user is not None
    assert event.user.name == "Bob"


@pytest.mark.parametrize(
    ("number", "kind"),
    [(8, BarrageKind.GIFTER_LEVEL_UP), (11, BarrageKind.FAN_ENTERED), (4711, BarrageKind.OTHER)],
)
def test_a_line_has_a_kind_a_level_and_a_person(number: int, kind: BarrageKind) -> None:
    grade = pb.BarrageGrade(level=35, user=BOB)
    text = pb.FullText(key="k", pattern="joined")
    for message in (pb.Barrage(base=BASE, kind=number, user_grade=grade, content=text),
                    pb.Barrage(base=BASE, kind=number, fan_level=grade, common_content=text)):  # fmt: skip
        event = read("WebcastBarrageMessage", message)
        assert isinstance(event, BarrageEvent)
        assert (event.kind, event.number, event.level, event.text, event.display_text) == (kind, number, 35, "joined", "joined")
        assert event.user is not None


def test_a_given_subscription_names_giver_and_receiver() -> None:
    gift = pb.GiftedSubscription(sender_id=7, receiver_id=1, creator_id=9)
    event = read("WebcastSubNotifyMessage", pb.SubNotify(base=BASE, user=BOB, months=3, gifted=True, gift_source=2, gift=gift))
    assert isinstance(event, PaidSubscribeEvent)
    assert (event.months, event.gifted, event.gift.sender_id, event.gift.receiver_id) == (3, True, "7", "1")
