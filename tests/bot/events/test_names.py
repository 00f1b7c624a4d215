"""Whoever comes from another library finds every name that they know."""

from __future__ import annotations

import json
import os

import pytest

from bot.errors import BadInput
from bot.events import (
    BattleEvent,
    ColoredCommentEvent,
    CommentEvent,
    FollowEvent,
    GiftEvent,
    JoinEvent,
    KaraokeRequestEvent,
    LinkLayoutEvent,
    LinkMicLayoutEvent,
    LiveEndedEvent,
    MemberActionEvent,
    PaidSubscribeEvent,
    RoomTextEvent,
    ScheduledLiveEvent,
    ShareEvent,
    SubscriberPinEvent,
    UnknownEvent,
    ViewersEvent,
)
from bot.events.codec import EVENT_CLASSES
from bot.events.names import classes_named, names
from tests.bot.tiktok.shared_data import CAPTURES

TIKTOKLIVE = """
AccessControlEvent AccessRecallEvent BarrageEvent BoostCardEvent BottomEvent CapsuleEvent CaptionEvent CommentEvent
ControlEvent EmoteChatEvent EnvelopeEvent GameRankNotifyEvent GiftBroadcastEvent GiftDynamicRestrictionEvent GiftEvent
GiftPanelUpdateEvent GiftPromptEvent GoalUpdateEvent GuideEvent HourlyRankRewardEvent ImDeleteEvent InRoomBannerEvent
LikeEvent LinkLayerEvent LinkEvent LinkMicArmiesEvent LinkMicBattleEvent LinkMicBattleItemCardEvent
LinkMicBattlePunishFinishEvent LinkmicBattleTaskEvent LinkMicFanTicketMethodEvent LinkMicLayoutStateEvent
LinkMicMethodEvent LinkStateEvent LiveGameIntroEvent LiveIntroEvent MarqueeAnnouncementEvent JoinEvent
MessageDetectEvent NoticeEvent OecLiveShoppingEvent PartnershipDropsUpdateEvent PartnershipGameOfflineEvent
PartnershipPunishEvent PerceptionEvent PollEvent QuestionNewEvent RankTextEvent RankUpdateEvent RoomNotifyEvent
RoomEvent RoomPinEvent RoomUserSeqEvent RoomVerifyEvent SocialEvent SpeakerEvent SubNotifyEvent SubPinEventEvent
SystemEvent ToastEvent UnauthorizedMemberEvent ViewerPicksUpdateEvent ConnectEvent DisconnectEvent LiveEndEvent
LivePauseEvent LiveUnpauseEvent FollowEvent ShareEvent SuperFanEvent SuperFanJoinEvent SuperFanBoxEvent UnknownEvent
WebsocketResponseEvent comment gift like join follow share more_share viewer_count_update viewer_update emote envelope
question intro_message subscribe weekly_ranking ranking_update user_ranking_update mic_battle mic_battle_start
mic_armies mic_battle_update live_end connect disconnect unknown error debug
"""

CONNECTOR = """
connected disconnected error rawData decodedData websocketConnected websocketData enterRoom chat member gift roomUser
social like questionNew linkMicBattle linkMicArmies liveIntro emote envelope controlMessage barrage system hourlyRank
goalUpdate roomMessage captionMessage imDelete inRoomBanner rankUpdate pollMessage rankText linkMicBattleItemCard
linkMicBattlePunishFinish linkMicBattleTask linkMicFanTicketMethod linkMicMethod unauthorizedMember oecLiveShopping
msgDetect linkMessage roomVerify linkLayer roomPin accessControl accessRecall boostCard bottomMessage capsule
gameRankNotify giftBroadcast giftDynamicRestriction giftPanelUpdate giftPrompt guide linkMicLayoutState linkState
liveGameIntro marqueeAnnouncement notice partnershipDropsUpdate partnershipGameOffline partnershipPunish perception
roomNotify speaker subNotify subPinEvent toast viewerPicksUpdate follow share superFan superFanJoin superFanBox
streamEnd
"""

WITHOUT_EVENT = {"ping", "pong", "_journal", "debug", "websocketData"}
KNOWN_BY_NAME_ONLY = {
    *("gapHighlightPushGuide", "gameAutoPostNotice", "cohostSettingsUpdate", "unknown"),
    "UnknownEvent",
}


@pytest.mark.parametrize("name", [*TIKTOKLIVE.split(), *CONNECTOR.split()])
def test_every_name_of_tiktoklive_and_of_the_connector_is_an_event_of_ours(name: str) -> None:
    meant = classes_named(name)
    assert bool(meant) is (name not in WITHOUT_EVENT)
    if name not in KNOWN_BY_NAME_ONLY:
        assert UnknownEvent not in meant or meant == frozenset(EVENT_CLASSES)


def test_every_event_of_the_hosted_feed_is_one_of_ours_and_most_under_its_own_name() -> None:
    path = CAPTURES.parent / "tiktools" / "events.json"
    if not path.exists():
        reason = f"NOT TESTED AGAINST THE HOSTED FEED'S LIST: {path} is absent"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    listed = json.loads(path.read_text(encoding="utf-8"))
    own = {each.type for each in EVENT_CLASSES}
    aliases = []
    for name, described in listed.items():
        if name == "_meta" or name in ("_base", "_user", "_battleTeam", "_battleHost"):
            continue
        meant = classes_named(name)
        assert bool(meant) is (name not in WITHOUT_EVENT), name
        if described["status"] == "typed from source" and name != "unknown":
            assert UnknownEvent not in meant, name
            if name not in own:
                aliases.append(name)
    assert sorted(aliases) == ["battlePunishFinish", "rate_limited", "roomInfo", "social"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("comment", {CommentEvent}),
        ("chat", {CommentEvent}),
        ("Gift_Event", {GiftEvent}),
        ("member", {JoinEvent, MemberActionEvent}),
        ("join", {JoinEvent}),
        ("social", {FollowEvent, ShareEvent}),
        ("viewer_count_update", {ViewersEvent}),
        ("mic_battle_start", {BattleEvent}),
        ("streamEnd", {LiveEndedEvent}),
        ("subscribe", {PaidSubscribeEvent}),
        ("SubPinEventEvent", {SubscriberPinEvent}),
        ("WallpaperEvent", {UnknownEvent}),
        ("RoomEventEvent", {ScheduledLiveEvent}),
        ("RoomEvent", {RoomTextEvent}),
        ("LinkLayoutEvent", {LinkLayoutEvent}),
        ("LinkMicLayoutStateEvent", {LinkMicLayoutEvent}),
        ("linkMicLayoutState", {LinkMicLayoutEvent}),
        ("CommentsEvent", {CommentEvent, ColoredCommentEvent}),
        ("karaokeReq", {KaraokeRequestEvent}),
        ("event", set(EVENT_CLASSES)),
        ("ping", set()),
    ],
)
def test_a_name_means_these_classes(name: str, meant: set[type]) -> None:
    assert classes_named(name) == meant


def test_every_class_is_found_under_its_own_name_and_type() -> None:
    for each in EVENT_CLASSES:
        assert each in classes_named(each.__name__), each
        assert each in classes_named(each.type), each


@pytest.mark.parametrize(("typed", "near"), [("commment", "comment"), ("gfit", "gift"), ("rommUserSeq", "roomUserSeq")])
def test_a_slip_is_answered_with_the_nearest_name(typed: str, near: str) -> None:
    with pytest.raises(BadInput, match=f"Did you mean {near}"):
        classes_named(typed)


@pytest.mark.parametrize("typed", ["", "@everyone", "ξξξ", "x" * 5000])
def test_nonsense_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        classes_named(typed)
    assert not typed or typed not in str(refused.value)


def test_every_name_that_is_offered_is_understood() -> None:
    for name in names():
        classes_named(name)
