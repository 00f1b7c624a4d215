"""The edge's many side events -> events, by one table: which class, and which of its fields comes from which of theirs. Pure.

Events that the edge's documents only name have no row: their frames stay whole, as `UnknownEvent`. Fields that hold JSON or
bytes as text are opaque and passed on as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from bot.events import (
    AccessRecallEvent,
    BannerEvent,
    BarrageEvent,
    BarrageKind,
    BattleCardEvent,
    BattleGameplayEvent,
    BattleNoticeEvent,
    BattleTaskEvent,
    BottomEvent,
    BusinessBoardEvent,
    CapsuleEvent,
    CohostLayoutEvent,
    CommentTrayEvent,
    Common,
    CompetitionContributorEvent,
    CompetitionEvent,
    Envelope,
    EnvelopeEvent,
    EnvelopePortalEvent,
    Event,
    FanClubEvent,
    FanTicketEvent,
    GameFeatureEvent,
    GameMomentEvent,
    GiftGalleryEvent,
    GiftPanelEvent,
    GiftRestrictionEvent,
    GiftUnlockEvent,
    GoalEvent,
    GoalIndicator,
    GroupLiveMemberEvent,
    GuestShowdownEvent,
    HostBoardEvent,
    HotRoomEvent,
    IntroEvent,
    LinkEvent,
    LinkGuideEvent,
    LinkLayerEvent,
    LinkMicEvent,
    LinkScreenEvent,
    OpponentGiftEvent,
    PaidSubscribeEvent,
    PerceptionEvent,
    PictionaryEndEvent,
    PictionaryExitEvent,
    PictionaryUpdateEvent,
    PinEvent,
    PollEvent,
    PrivilegeEvent,
    QuestionClosedEvent,
    QuestionSelectedEvent,
    RankEvent,
    RankTextEvent,
    RevenueShareEvent,
    RoomTextEvent,
    RoomVerifyEvent,
    Seat,
    ShopBillboardEvent,
    ShoppingEvent,
    ShopRefreshEvent,
    ShopStaffEvent,
    ShortTouchEvent,
    StickersEvent,
    StreamStatusEvent,
    SummaryEvent,
    ToolChangeEvent,
    UnauthorizedMemberEvent,
    User,
    ViewerPicksEvent,
)
from bot.events.ids import Handle, ViewerId
from bot.tiktok.barrage_kinds import BARRAGE_KINDS
from bot.tiktok.tiktools.fields import Json, first, identifier, items, number, picture, text, user

Reader = Callable[[Json, Common], Event]
FieldReader = Callable[[Json], Any]

TASK_STAGES = {1: "started", 2: "progress", 3: "settled"}
"""`taskAction`: start, update, mission complete."""
PINNED_KINDS = {
    "WebcastChatMessage": "chat",
    "WebcastGiftMessage": "gift",
    "WebcastSocialMessage": "social",
    "WebcastMemberMessage": "member",
    "WebcastLikeMessage": "like",
}


def _text(*names: str) -> FieldReader:
    return lambda data: text(first(data, *names))


def _number(*names: str, times: int = 1) -> FieldReader:
    return lambda data: number(number(first(data, *names)) * times)


def _id(*names: str) -> FieldReader:
    return lambda data: identifier(data, *names)


def _picture(*names: str) -> FieldReader:
    return lambda data: picture(first(data, *names))


def _texts(name: str) -> FieldReader:
    return lambda data: tuple(text(each) for each in items(data.get(name)))


def _users(name: str) -> FieldReader:
    return lambda data: tuple(found for each in items(data.get(name)) if (found := user(each)) is not None)


def _person(*, of_id: str, nickname: str = "", handle: str = "", avatar: str = "") -> FieldReader:
    """A user whose parts lie flat in the event; None when not even the id is there."""

    def read(data: Json) -> User | None:
        if not (user_id := identifier(data, of_id)):
            return None
        return User(
            ViewerId(user_id), Handle(text(data.get(handle))), text(data.get(nickname)), avatar_url=picture(data.get(avatar))
        )

    return read


def _row(made: Callable[..., Event], /, *, who: FieldReader | None = None, **fields: FieldReader) -> Reader:
    """`who` finds the user where the event has no `user` object; `fields` are ours by name."""

    def read(data: Json, common: Common) -> Event:
        if who is not None and common.user is None:
            common = msgspec.structs.replace(common, user=who(data))
        return made(common, **{name: reader(data) for name, reader in fields.items()})

    return read


def _ranked(data: Json) -> str:
    """The list as JSON text: its shape was seen in one decoder only."""
    listed = items(data.get("rankList"))
    return msgspec.json.encode(listed).decode() if listed else ""


READERS: dict[str, Reader] = {
    # ---- fans and viewers
    "subscribe": _row(PaidSubscribeEvent, months=_number("subMonth")),
    "fansEvent": _row(FanClubEvent, event_type=_number("fanType"), event_key=_text("eventKey")),
    "fanTicket": _row(FanTicketEvent, raw=_text("rawPayload")),
    "unauthorizedMember": _row(
        UnauthorizedMemberEvent, name=_text("countLabel"), name_key=_text("templateKey"), entry_key=_text("enterToastKey")
    ),
    "groupLiveMemberNotify": _row(GroupLiveMemberEvent, who=_person(of_id="userId", nickname="nickname")),
    "barrage": _row(
        BarrageEvent,
        kind=lambda data: BARRAGE_KINDS.get(number(data.get("msgType")), BarrageKind.OTHER),
        number=_number("msgType"),
        text=_text("content"),
        text_key=_text("defaultPattern"),
        duration_ms=_number("duration"),
        sub_type=_text("subType"),
    ),
    # ---- battles and links
    "battleItemCard": _row(
        BattleCardEvent,
        who=_person(of_id="senderUserId", nickname="senderNickname", handle="senderUniqueId", avatar="senderAvatarUrl"),
        battle_id=_id("battleId"),
        action=_number("cardType"),
        card=_text("effect"),
        name_key=_text("effectKey", "iconKey"),
        image_url=_picture("iconUrl"),
        text=_text("commentTemplate"),
        effective_at_s=_number("activatedAtSec"),
        effect_s=_number("durationSec"),
        multiplier=_number("multiplier"),
    ),
    "battleNotice": _row(
        BattleNoticeEvent, notice_type=_number("noticeCode"), text=_text("noticeText"), text_key=_text("noticeKey")
    ),
    "battleGameplay": _row(
        BattleGameplayEvent, gameplay_id=_id("gameplayId"), gameplay_type=_number("gameplayType"), sub_type=_number("subType")
    ),
    "battleTask": _row(
        BattleTaskEvent,
        battle_id=_id("battleRefId"),
        stage=lambda data: TASK_STAGES.get(number(data.get("taskAction")), ""),
        target=_number("missionTarget"),
        duration_s=_number("missionDuration"),
        multiplier=_number("multiplier"),
        mission=_text("missionType"),
        remaining_s=_number("remainingSeconds"),
        ends_at_s=_number("endTimestampS"),
    ),
    "link": _row(
        LinkEvent, who=lambda data: user(data.get("relatedUser")), action=_number("action"), sub_action=_number("subAction")
    ),
    "linkLayer": _row(
        LinkLayerEvent,
        action=_number("action"),
        sub_action=_number("subAction"),
        source=_text("sourceType"),
        other=lambda data: Seat(user_id=identifier(data, "targetUserId")),
    ),
    "linkMic": _row(LinkMicEvent, action_name=_text("action"), users=_users("users")),
    "linkMicOpponentGift": _row(
        OpponentGiftEvent,
        who=_person(of_id="senderUserId"),
        opponent_room_id=_id("opponentRoomId"),
        gift_id=_id("giftId"),
        image_url=_picture("giftPictureUrl"),
        started_at_ms=_number("startedAtMs"),
        ends_at_ms=_number("endsAtMs"),
        transaction_id=_text("transactionId"),
    ),
    "linkScreenChange": _row(LinkScreenEvent, change_type=_number("changeType"), session=_text("sessionInfo")),
    "linkMicAnchorGuide": _row(LinkGuideEvent, guide_type=_number("guideCode"), raw=_text("rawPayload")),
    "cohostLayoutUpdate": _row(CohostLayoutEvent, layout=_text("layoutSubtype")),
    "competition": _row(CompetitionEvent, competition_type=_number("competitionType"), layout=_text("layoutSubtype")),
    "competitionContributor": _row(
        CompetitionContributorEvent,
        competition_type=_number("competitionType"),
        contributor_id=_id("contributorUserId"),
        receiver_id=_id("receiverUserId"),
    ),
    "guestShowdown": _row(GuestShowdownEvent, showdown_type=_number("showdownType")),
    # ---- goals, pins, ranks
    "goalUpdate": _row(
        GoalEvent,
        indicator=lambda data: GoalIndicator(key=text(data.get("goalKey"))),
        creator_user_id=_id("creatorUserId"),
        contribution_level=_number("contributionLevel"),
        metadata=_text("metadataJson"),
    ),
    "poll": _row(
        PollEvent,
        poll_id=_id("pollId"),
        status=_number("status"),
        question_raw=_text("questionPayload"),
        options_raw=_text("optionsPayload"),
    ),
    "envelope": _row(
        EnvelopeEvent,
        envelope=lambda data: Envelope(id=identifier(data, "envelopeId"), diamonds=number(first(data, "diamondCount", "coins"))),
    ),
    "envelopePortal": _row(
        EnvelopePortalEvent,
        session=_text("sessionInfo"),
        status=_number("status"),
        kind=_number("kind"),
        level=_number("level"),
    ),
    "roomPin": _row(
        PinEvent,
        action=_number("action"),
        kind=lambda data: PINNED_KINDS.get(text(data.get("originalMsgType")), ""),
        text=_text("comment", "pinnedMessage"),
        operator=_person(of_id="operatorUserId"),
        pinned_at_ms=_number("pinnedAt"),
        duration_s=_number("durationSeconds"),
        pinned_message_id=_id("originalMsgId"),
    ),
    "commentTray": _row(
        CommentTrayEvent,
        count=_number("trayCount"),
        commented_at_ms=_number("updatedAtMs"),
        related_message_id=_id("relatedMsgId"),
    ),
    "questionSelected": _row(QuestionSelectedEvent, question_id=_id("questionId"), text=_text("questionText")),
    "questionSlideDown": _row(QuestionClosedEvent, question_id=_id("questionId")),
    "rankUpdate": _row(RankEvent, rank_name=_text("rankType"), ranked=_ranked),
    "rankText": _row(RankTextEvent, text_key=_text("templateKey"), user_id=_id("userId")),
    # ---- the room and TikTok's own notices
    "room": _row(RoomTextEvent, status=_number("status")),
    "liveIntro": _row(IntroEvent, text=_text("title")),
    "roomSticker": _row(StickersEvent, raw=_text("stickerPayload")),
    "inRoomBanner": _row(BannerEvent, json=_text("activityJson")),
    "bottomMessage": _row(
        BottomEvent,
        duration_s=_number("durationSec"),
        violator_id=_id("anchorUserId"),
        notice_key=_text("noticeKey"),
        risk_key=_text("riskKey"),
    ),
    "hostBoard": _row(HostBoardEvent, raw=_text("rawPayload")),
    "privilegeAdvance": _row(PrivilegeEvent, text_key=_text("privilegeKey"), action=_text("action"), image_urls=_texts("bgUrls")),
    "accessRecall": _row(
        AccessRecallEvent,
        status=_number("status"),
        duration_s=_number("durationSec"),
        reason=_text("reason"),
        suspend_key=_text("suspendKey"),
    ),
    "roomVerify": _row(RoomVerifyEvent, code=_number("verifyCode")),
    "perception": _row(PerceptionEvent, code=_number("perceptionCode"), action=_text("action")),
    "anchorToolModification": _row(ToolChangeEvent, raw=_text("toolPayload")),
    "streamStatus": _row(StreamStatusEvent, raw=_text("rawPayload")),
    "shareRevenueNotice": _row(RevenueShareEvent, creator_user_id=_id("creatorUserId")),
    "capsule": _row(
        CapsuleEvent,
        text_key=_text("titleKey"),
        button_key=_text("btnKey"),
        link=_text("deepLink"),
        image_url=_picture("imageUrl"),
        duration_s=_number("displayDurationSec"),
        reminder_key=_text("reminderKey"),
    ),
    "hotRoom": _row(HotRoomEvent, key=_text("hotKey")),
    "smbBoard": _row(BusinessBoardEvent, raw=_text("boardPayload"), status=_number("status")),
    "aiSummary": _row(
        SummaryEvent,
        text=_text("summary"),
        scenario_key=_text("scenarioKey"),
        image_url=_picture("iconUrl"),
        label_key=_text("labelKey"),
        duration_ms=_number("displayDurationMs"),
    ),
    "shortTouch": _row(ShortTouchEvent, variant=_text("variant"), action=_text("action"), reference_id=_id("refId")),
    # ---- gifts and shops
    "giftPanelUpdate": _row(GiftPanelEvent, panel_id=_id("panelId"), updated_at_ms=_number("updatedAtSec", times=1000)),
    "giftDynamicRestriction": _row(GiftRestrictionEvent, raw=_text("rawPayload")),
    "giftGallery": _row(GiftGalleryEvent, transaction_id=_text("transactionId")),
    "giftUnlock": _row(GiftUnlockEvent, image_url=_picture("iconUrl"), text_key=_text("tooltipKey")),
    "viewerPicksUpdate": _row(ViewerPicksEvent, update_type=_number("pickType"), raw=_text("payload")),
    "oecLiveShopping": _row(ShoppingEvent, status=_number("status"), raw=_text("productInfo")),
    "oecLiveManager": _row(ShopStaffEvent, status=_number("status"), nickname=_text("managerNickname")),
    "oecLiveBillboard": _row(
        ShopBillboardEvent,
        status=_number("status"),
        slot_count=_number("slotCount"),
        updated_at_ms=_number("updatedAtMs"),
        raw=_text("productPayload"),
        flags=_texts("flagsPayload"),
    ),
    "ecShortItemRefresh": _row(ShopRefreshEvent, token=_text("refreshToken")),
    # ---- games
    "pictionaryUpdate": _row(PictionaryUpdateEvent, round_id=_id("pictionaryId"), status=_number("status")),
    "pictionaryEnd": _row(PictionaryEndEvent, round_id=_id("pictionaryId"), word=_text("answer"), end_type=_number("status")),
    "pictionaryExit": _row(PictionaryExitEvent, session_id=_id("pictionaryId"), exit_reason=_number("exitReason")),
    "gameMoment": _row(
        GameMomentEvent,
        message_type=_number("momentType"),
        moment_id=_id("momentMsgId"),
        started_at_ms=_number("startedAtMs"),
        ends_at_ms=_number("endsAtMs"),
    ),
    "gameServerFeature": _row(GameFeatureEvent, raw=_text("rawTag")),
}
"""By the edge's name of the event."""
