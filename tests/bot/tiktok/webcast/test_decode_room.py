"""Pins, announcements, anonymous viewers."""

from __future__ import annotations

import pytest

from bot.events import (
    GiftBroadcastEvent,
    GiftUnlockEvent,
    HourlyRankRewardEvent,
    MarqueeEvent,
    PinEvent,
    PrivilegeEvent,
    RankTextEvent,
    SubscriberPinEvent,
    UnauthorizedMemberEvent,
)
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.bot.tiktok.webcast.reading import read

BASE = pb.ToldBase(method="x", message_id=12, room_id=34)
BOB = pb.User(id=1, nickname="Bob")
CAROL = pb.User(id=2, nickname="Carol")


def test_a_pinned_comment_brings_its_text_its_author_and_who_pinned_it() -> None:
    message = pb.Pin(
        base=BASE,
        method="WebcastChatMessage",
        chat=pb.Chat(user=BOB, content="hello"),
        operator=CAROL,
        action=1,
        duration_s=60,
        pinned_at=1_696_447_177,
        pinned_message_id=77,
    )
    event = read("WebcastRoomPinMessage", message)
    assert isinstance(event, PinEvent)
    assert (event.kind, event.text, event.action, event.pinned_message_id) == ("chat", "hello", 1, "77")
    assert (event.pinned_at_ms, event.gift, event.count) == (1_696_447_177_000, None, 0)
    assert event.user is not None
    assert event.operator is not None
    assert (event.user.name, event.operator.name) == ("Bob", "Carol")


def test_a_pinned_gift_brings_the_gift() -> None:
    given = pb.GiftMessage(user=BOB, gift=pb.Gift(id=5655, name="Rose", diamonds=1, type=1), repeat_count=3)
    event = read("WebcastRoomPinMessage", pb.Pin(base=BASE, method="WebcastGiftMessage", gift=given, action=2))
    assert isinstance(event, PinEvent)
    assert event.gift is not None
    assert (event.gift.name, event.gift.streakable, event.count, event.text) == ("Rose", True, 3, "")


def test_a_pin_of_a_kind_of_tomorrow_is_a_pin_of_nothing() -> None:
    event = read("WebcastRoomPinMessage", pb.Pin(base=BASE, method="WebcastHologramMessage", action=1))
    assert isinstance(event, PinEvent)
    assert (event.kind, event.user, event.operator) == ("", None, None)


def test_a_goal_card_for_subscribers_has_progress() -> None:
    goal = pb.SubscriberGoal(text=pb.CardText(content="Support!"), progress=21, target=25)
    event = read("WebcastSubPinEventMessage", pb.SubscriberPin(base=BASE, action=1, card=pb.SubscriberCard(type=2, goal=goal)))
    assert isinstance(event, SubscriberPinEvent)
    assert (event.text, event.progress, event.target) == ("Support!", 21, 25)


@pytest.mark.parametrize(("pattern", "name"), [("Viewer%s", "Viewer363240"), ("", "363240"), ("Viewer", "363240")])
def test_a_viewer_who_is_not_logged_in_is_called_as_tiktok_calls_them(pattern: str, name: str) -> None:
    message = pb.UnauthorizedMember(base=BASE, action=1, name_prefix=pb.FullText(key="k", pattern=pattern), name="363240")
    event = read("WebcastUnauthorizedMemberMessage", message)
    assert isinstance(event, UnauthorizedMemberEvent)
    assert (event.name, event.name_key, event.user) == (name, "k", None)


def test_announcements_speak_by_their_sentence_or_their_own_words() -> None:
    sentence = pb.ToldBase(display_text=pb.FullText(key="pm_weekly", pattern="Weekly No. 1 is LIVE"))
    items = [pb.MarqueeItem(notify=pb.RoomNotify(base=sentence)), pb.MarqueeItem(notify=pb.RoomNotify(text="own words"))]
    marquee = read("WebcastMarqueeAnnouncementMessage", pb.Marquee(base=BASE, scene="s", items=items))
    assert isinstance(marquee, MarqueeEvent)
    assert [each.text for each in marquee.announcements] == ["Weekly No. 1 is LIVE", "own words"]
    broadcast = read("WebcastGiftBroadcastMessage", pb.GiftBroadcast(base=BASE, notify=pb.RoomNotify(base=sentence)))
    assert isinstance(broadcast, GiftBroadcastEvent)
    assert (broadcast.announcement.text_key, broadcast.display_text) == ("pm_weekly", "Weekly No. 1 is LIVE")
    privilege = read("WebcastPrivilegeAdvanceMessage", pb.Privilege(base=BASE, notify=pb.RoomNotify(base=sentence), scene=2))
    assert isinstance(privilege, PrivilegeEvent)
    assert (privilege.text, privilege.scene) == ("Weekly No. 1 is LIVE", 2)
    winners = [pb.RankWinner(user_id=9, notify=pb.RoomNotify(base=sentence))]
    reward = read("WebcastHourlyRankRewardMessage", pb.HourlyRankReward(base=BASE, winners=winners))
    assert isinstance(reward, HourlyRankRewardEvent)
    assert [(each.user_id, each.notify.text) for each in reward.winners] == [("9", "Weekly No. 1 is LIVE")]


def test_a_new_top_viewer_is_named_by_the_sentence_about_them() -> None:
    named = pb.Piece(user=pb.PieceUser(user=pb.PiecePerson(id=5, nickname="Dora", handle="dora")))
    text = pb.FullText(
        key="pm_mt_topviewer_comment", pattern="{0:user} became No. {1:string}", pieces=[named, pb.Piece(text="3")]
    )
    event = read(
        "WebcastRankTextMessage", pb.RankText(base=BASE, scene=1, rank_before=11, rank_after=3, others_text=text, user_id=5)
    )
    assert isinstance(event, RankTextEvent)
    assert (event.text, event.rank_after, event.user_id) == ("Dora became No. 3", 3, "5")
    assert event.user is not None
    assert (event.user.handle, event.user.nickname) == ("dora", "Dora")
    nameless = read("WebcastRankTextMessage", pb.RankText(base=BASE, user_id=5))
    assert nameless.user is not None
    assert nameless.user.id == "5"


def test_unlocked_gifts_are_listed() -> None:
    event = read("WebcastGiftUnlockMessage", pb.GiftUnlock(base=BASE, gifts=[pb.Gift(id=1, name="Rose", diamonds=1)]))
    assert isinstance(event, GiftUnlockEvent)
    assert [each.name for each in event.gifts] == ["Rose"]
