"""The methods that become no typed event, and why. Pure.

Together with `decode.READERS` these are all methods that are known (a test holds them to it). Their messages arrive as
`UnknownEvent`, whole.
"""

from __future__ import annotations

from collections.abc import Mapping

BODY = "its content is one message within, whose fields are documented nowhere"
SELECTOR = "beside numbers that choose among messages within, whose fields are documented nowhere, it says nothing"
KINDS = "its fields are known by name only, not what kind of value each is"
NAME = "only its name is known"
NO_ROOM = "it has no common part: it tells a creator's own LIVE Studio what it may do, and belongs to no room"

WHY_UNKNOWN: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "WebcastAILiveSummaryMessage",
            "WebcastAnchorGrowLevelMessage",
            "WebcastAnchorReminderWordMessage",
            "WebcastAvatarGenerateResultMessage",
            "WebcastEcDrawMessage",
            "WebcastEcTaskRefreshCouponListMessage",
            "WebcastEpiMessage",
            "WebcastGameEmoteUpdateMessage",
            "WebcastGameGuessPinCardMessage",
            "WebcastGameGuessWidgetsMessage",
            "WebcastGameServerFeatureMessage",
            "WebcastGameSettingChangeMessage",
            "WebcastGiftNoticeMessage",
            "WebcastGuessQuestionAuditMessage",
            "WebcastHighlightFragementReady",
            "WebcastHotRoomMessage",
            "WebcastLinkmicAnimationMessage",
            "WebcastLiveJourneyMessage",
            "WebcastMiddleTouchMessage",
            "WebcastNewAnchorGuideMessage",
            "WebcastPopularCardMessage",
            "WebcastPreviewGameMomentMessage",
            "WebcastRankToastMessage",
            "WebcastRealtimeLiveCenterMethod",
            "WebcastShortTouchMessage",
            "WebcastStreamStatusMessage",
            "WebcastSubContractStatusMessage",
            "WebcastWalletLiveRewardsRatioMessage",
        ),
        BODY,
    ),
    **dict.fromkeys(
        (
            "WebcastAudienceReserveUserStateMessage",
            "WebcastEventMessage",
            "WebcastInRoomBannerEvent",
            "WebcastKaraokeQueueMessage",
            "WebcastLinkBusinessMessage",
            "WebcastLinkMicAdMessage",
            "WebcastOecLiveManagerMessage",
            "WebcastPlayTogetherMessage",
            "WebcastQuickChatListMessage",
            "WebcastRoomStreamAdaptationMessage",
            "WebcastStarCommentPushMessage",
            "WebcastWallpaperMessage",
        ),
        SELECTOR,
    ),
    "WebcastNotifyMessage": KINDS,
    "WebcastSubCapsuleMessage": KINDS,
    "WebcastBALinkFullMessage": NAME,
    "WebcastLSAccessStatus": NO_ROOM,
}

FEED_WHY_UNKNOWN: Mapping[str, str] = dict.fromkeys(
    ("gapHighlightPushGuide", "gameAutoPostNotice", "cohostSettingsUpdate"),
    "the feed's documents only name it, and no native method is known for it",
)
"""The same for names of the hosted feed (`unknown` itself apart)."""
