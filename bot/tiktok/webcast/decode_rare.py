"""The rarer messages: which class a method's payload is, and which function makes the event of it. Pure.

The other half of the table in `decode.py`. Most of these messages are copied field by field (`decode_copied.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message as ProtobufMessage

from bot import events
from bot.events import Event
from bot.tiktok.webcast import decode_fans as fans
from bot.tiktok.webcast import decode_goals as goals
from bot.tiktok.webcast import decode_links as links
from bot.tiktok.webcast import decode_room as room
from bot.tiktok.webcast.decode_copied import copied
from bot.tiktok.webcast.decode_feed import FEED
from bot.tiktok.webcast.decode_parts import Arrival
from bot.tiktok.webcast.pb import webcast_pb2 as pb

Row = tuple[type[ProtobufMessage], Callable[[Any, bytes, Arrival], Event]]


def _copy(kind: type[ProtobufMessage], event: type[Event]) -> Row:
    return kind, copied(kind, event)


_ROOM_TEXT = _copy(pb.RoomText, events.RoomTextEvent)
_ROOM_VERIFY = _copy(pb.RoomVerify, events.RoomVerifyEvent)
_LINK_MIC = _copy(pb.LinkMic, events.LinkMicEvent)

RARE: Mapping[str, Row] = {
    # Sentences, cards, pins.
    "WebcastRoomMessage": _ROOM_TEXT,
    "RoomMessage": _ROOM_TEXT,
    "WebcastSystemMessage": _copy(pb.SystemText, events.SystemEvent),
    "WebcastNoticeMessage": _copy(pb.Notice, events.NoticeEvent),
    "WebcastToastMessage": _copy(pb.Toast, events.ToastEvent),
    "WebcastSpeakerMessage": _copy(pb.Speaker, events.SpeakerEvent),
    "WebcastLiveIntroMessage": _copy(pb.Intro, events.IntroEvent),
    "WebcastRoomNotifyMessage": _copy(pb.RoomNotify, events.RoomNotifyEvent),
    "WebcastMarqueeAnnouncementMessage": (pb.Marquee, room.marquee),
    "WebcastInRoomBannerMessage": _copy(pb.Banner, events.BannerEvent),
    "WebcastCapsuleMessage": _copy(pb.Capsule, events.CapsuleEvent),
    "WebcastGuideMessage": _copy(pb.Guide, events.GuideEvent),
    "WebcastMsgDetectMessage": _copy(pb.LatencyProbe, events.LatencyProbeEvent),
    "WebcastRoomPinMessage": (pb.Pin, room.pin),
    "WebcastSubPinEventMessage": (pb.SubscriberPin, room.subscriber_pin),
    "WebcastRoomStickerMessage": _copy(pb.Stickers, events.StickersEvent),
    "WebcastAnchorToolModificationMessage": (pb.ToolChange, room.tool_change),
    "WebcastPrivilegeAdvanceMessage": (pb.Privilege, room.privilege),
    "WebcastCommentTrayMessage": _copy(pb.CommentTray, events.CommentTrayEvent),
    "WebcastQuestionSelectedMessage": (pb.QuestionSelected, room.question_selected),
    "WebcastQuestionSlideDownMessage": _copy(pb.QuestionClosed, events.QuestionClosedEvent),
    "WebcastQuestionDeleteMessage": _copy(pb.QuestionDeleted, events.QuestionDeletedEvent),
    "WebcastQuestionSwitchMessage": _copy(pb.QuestionSwitch, events.QuestionSwitchEvent),
    "WebcastUnauthorizedMemberMessage": (pb.UnauthorizedMember, room.unauthorized_member),
    # Moderation, access.
    "WebcastPerceptionMessage": _copy(pb.Perception, events.PerceptionEvent),
    "WebcastBottomMessage": _copy(pb.Bottom, events.BottomEvent),
    "WebcastAccessControlMessage": _copy(pb.AccessControl, events.AccessControlEvent),
    "WebcastAccessRecallMessage": _copy(pb.AccessRecall, events.AccessRecallEvent),
    "WebcastRoomVerifyMessage": _ROOM_VERIFY,
    "RoomVerifyMessage": _ROOM_VERIFY,
    "WebcastPartnershipPunishMessage": _copy(pb.PartnershipPunish, events.PartnershipPunishEvent),
    # Fans, goals, polls, envelopes, ranks.
    "WebcastBarrageMessage": (pb.Barrage, fans.barrage),
    "WebcastSubNotifyMessage": _copy(pb.SubNotify, events.PaidSubscribeEvent),
    "WebcastFansEventMessage": _copy(pb.FanClubNotice, events.FanClubEvent),
    "WebcastGoalUpdateMessage": _copy(pb.GoalUpdate, events.GoalEvent),
    "WebcastPollMessage": (pb.Poll, goals.poll),
    "WebcastEnvelopeMessage": (pb.Envelope, goals.envelope),
    "WebcastEnvelopePortalMessage": _copy(pb.EnvelopePortal, events.EnvelopePortalEvent),
    "WebcastRankUpdateMessage": _copy(pb.RankUpdate, events.RankEvent),
    "WebcastRankTextMessage": (pb.RankText, room.rank_text),
    "WebcastHourlyRankMessage": (pb.HourlyRank, room.hourly_rank),
    "WebcastHourlyRankRewardMessage": (pb.HourlyRankReward, room.hourly_rank_reward),
    "WebcastGameRankNotifyMessage": _copy(pb.GameRank, events.GameRankEvent),
    # Commerce, the gift panel.
    "WebcastOecLiveShoppingMessage": _copy(pb.Shopping, events.ShoppingEvent),
    "WebcastGiftPanelUpdateMessage": _copy(pb.GiftPanel, events.GiftPanelEvent),
    "WebcastGiftBroadcastMessage": (pb.GiftBroadcast, room.gift_broadcast),
    "WebcastGiftPromptMessage": _copy(pb.GiftPrompt, events.GiftPromptEvent),
    "WebcastGiftDynamicRestrictionMessage": _copy(pb.GiftRestriction, events.GiftRestrictionEvent),
    "WebcastGiftGalleryMessage": _copy(pb.GiftGallery, events.GiftGalleryEvent),
    "WebcastGiftUnlockMessage": (pb.GiftUnlock, room.gift_unlock),
    "WebcastViewerPicksUpdateMessage": _copy(pb.ViewerPicks, events.ViewerPicksEvent),
    "WebcastBoostCardMessage": _copy(pb.BoostCards, events.BoostCardsEvent),
    # Games.
    "WebcastPictionaryStartMessage": _copy(pb.PictionaryStart, events.PictionaryStartEvent),
    "WebcastPictionaryUpdateMessage": _copy(pb.PictionaryUpdate, events.PictionaryUpdateEvent),
    "WebcastPictionaryEndMessage": _copy(pb.PictionaryEnd, events.PictionaryEndEvent),
    "WebcastPictionaryExitMessage": _copy(pb.PictionaryExit, events.PictionaryExitEvent),
    "WebcastGameMomentMessage": _copy(pb.GameMoment, events.GameMomentEvent),
    "WebcastLiveGameIntroMessage": _copy(pb.GameIntro, events.GameIntroEvent),
    "WebcastPartnershipDropsUpdateMessage": _copy(pb.Drops, events.DropsEvent),
    "WebcastPartnershipGameOfflineMessage": _copy(pb.GamesOffline, events.GamesOfflineEvent),
    # Guests, co-hosts, the margins of battles.
    "WebcastLinkMessage": (pb.Link, links.link),
    "WebcastLinkLayerMessage": (pb.LinkLayer, links.link_layer),
    "WebcastLinkMicMethod": _LINK_MIC,
    "LinkMicMethod": _LINK_MIC,
    "WebcastLinkStateMessage": _copy(pb.LinkState, events.LinkStateEvent),
    "WebcastLinkMicLayoutStateMessage": _copy(pb.LinkLayout, events.LinkMicLayoutEvent),
    "WebcastLinkScreenChangeMessage": _copy(pb.LinkScreen, events.LinkScreenEvent),
    "WebcastLinkMicAnchorGuideMessage": _copy(pb.LinkGuide, events.LinkGuideEvent),
    "WebcastLinkMicFanTicketMethod": (pb.FanTickets, links.fan_tickets),
    "WebcastCompetitionMessage": _copy(pb.Competition, events.CompetitionEvent),
    "WebcastGuestShowdownMessage": _copy(pb.GuestShowdown, events.GuestShowdownEvent),
    "WebcastLinkmicBattleTaskMessage": (pb.BattleTask, links.battle_task),
    "WebcastLinkMicBattleItemCard": (pb.BattleCards, links.battle_card),
    "WebcastLinkmicBattleNoticeMessage": (pb.BattleNotice, links.battle_notice),
    # What only the top level of is known.
    **FEED,
}
