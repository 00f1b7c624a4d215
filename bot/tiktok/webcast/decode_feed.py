"""Messages of which only the top level is known: which class a payload is, and which function makes the event of it. Pure.

The field numbers come from one decompiled app; captured payloads confirm those that docs/protocol.md says were captured. What
lies deeper is read where captured bytes tell it. The rest of the methods, with the reason for each, stands in `unmodelled.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message as ProtobufMessage

from bot import events
from bot.events import Event, WeeklyRankRewardEvent
from bot.tiktok.webcast.decode_copied import copied
from bot.tiktok.webcast.decode_parts import Arrival, first_url
from bot.tiktok.webcast.decode_room import announcement
from bot.tiktok.webcast.decode_told import told
from bot.tiktok.webcast.pb import webcast_pb2 as pb

Row = tuple[type[ProtobufMessage], Callable[[Any, bytes, Arrival], Event]]


def _copy(kind: type[ProtobufMessage], event: type[Event]) -> Row:
    return kind, copied(kind, event)


def weekly_rank_reward(message: pb.WeeklyRankReward, payload: bytes, arrival: Arrival) -> WeeklyRankRewardEvent:
    """`WebcastWeeklyRankRewardMessage`: the sentence stands in the notice bar inside it."""
    notice, border = message.notify, message.border
    shared = told(message.base, None, payload, arrival, notice.base.display_text)
    user_id = str(message.user_id) if message.user_id else ""
    return WeeklyRankRewardEvent(shared, user_id, border.rank, first_url(border.image), announcement(notice))


FEED: Mapping[str, Row] = {
    # What TikTok tells creators.
    "WebcastAnchorGetSubQuotaMessage": _copy(pb.SubscriptionQuota, events.SubscriptionQuotaEvent),
    "WebcastAnchorTaskReminderMessage": _copy(pb.CreatorTask, events.CreatorTaskEvent),
    "WebcastColdStartMessage": _copy(pb.ColdStart, events.ColdStartEvent),
    "WebcastLiveInfoAuditNoticeMessage": _copy(pb.LiveInfoReview, events.LiveInfoReviewEvent),
    "WebcastPromoteAdStatusMessage": _copy(pb.PromotionStatus, events.PromotionStatusEvent),
    "WebcastRealTimePerformancePageMessage": _copy(pb.PerformancePage, events.PerformancePageEvent),
    "WebcastBoostedUsersMessage": _copy(pb.BoostedViewers, events.BoostedViewersEvent),
    "WebcastUserStatsMessage": _copy(pb.UserStats, events.UserStatsEvent),
    "WebcastAlertBoxAuditResultMessage": _copy(pb.AlertBoxReview, events.AlertBoxReviewEvent),
    "WebcastMGPunishCenterActionMessage": _copy(pb.PunishCenter, events.PunishCenterEvent),
    "WebcastFeedUserRoomMonitorMessage": _copy(pb.RoomMonitor, events.RoomMonitorEvent),
    "WebcastNoticeboardMessage": _copy(pb.Noticeboard, events.NoticeboardEvent),
    "WebcastNoticeboardReviewMessage": _copy(pb.NoticeboardReview, events.NoticeboardReviewEvent),
    "WebcastWallpaperReviewMessage": _copy(pb.WallpaperReview, events.WallpaperReviewEvent),
    "WebcastAuthorizationNotifyMessage": _copy(pb.Authorization, events.AuthorizationEvent),
    "WebcastAvatarReportDeleteMessage": _copy(pb.AvatarDeleted, events.AvatarDeletedEvent),
    "WebcastAvatarStyleResultMessage": _copy(pb.AvatarStyle, events.AvatarStyleEvent),
    "WebcastOChannelAnchorMessage": _copy(pb.ChannelSlot, events.ChannelSlotEvent),
    "WebcastOChannelModifyMessage": _copy(pb.ChannelSlotChanged, events.ChannelSlotChangedEvent),
    "WebcastOChannelUserMessage": _copy(pb.ChannelViewer, events.ChannelViewerEvent),
    # Going live together.
    "WebcastGuestInviteMessage": _copy(pb.GuestInvite, events.GuestInviteEvent),
    "WebcastGuestInviteGuideMessage": _copy(pb.GuestInviteGuide, events.GuestInviteGuideEvent),
    "WebcastMultiGuestSuggestMessage": _copy(pb.GuestSuggestion, events.GuestSuggestionEvent),
    "WebcastCohostReserveMessage": _copy(pb.CohostReservation, events.CohostReservationEvent),
    "WebcastCohostTopicMessage": _copy(pb.CohostTopicNotice, events.CohostTopicEvent),
    "WebcastLinkLayoutMessage": _copy(pb.LinkLayoutChange, events.LinkLayoutEvent),
    "WebcastLinkMicSignalingMethod": _copy(pb.LinkSignal, events.LinkSignalEvent),
    "WebcastLinkmicAudienceNoticeMessage": _copy(pb.LinkNotice, events.LinkNoticeEvent),
    "WebcastLinkMicBattleVictoryLap": _copy(pb.VictoryLap, events.VictoryLapEvent),
    "WebcastPlaybookMessage": _copy(pb.Playbook, events.PlaybookEvent),
    "WebcastCountdownMessage": _copy(pb.Countdown, events.CountdownEvent),
    "WebcastCountdownForAllMessage": _copy(pb.CountdownForAll, events.CountdownForAllEvent),
    "WebcastLiveShowMessage": _copy(pb.LiveShow, events.LiveShowEvent),
    "WebcastGreetingMessage": _copy(pb.Greeting, events.GreetingEvent),
    "WebcastKaraokeQueueListMessage": _copy(pb.KaraokeList, events.KaraokeListEvent),
    "WebcastKaraokeRedDotMessage": _copy(pb.KaraokeRedDot, events.KaraokeRedDotEvent),
    "WebcastKaraokeReqMessage": _copy(pb.KaraokeRequest, events.KaraokeRequestEvent),
    "WebcastKaraokeYouSingReqMessage": _copy(pb.KaraokeDuet, events.KaraokeDuetEvent),
    "WebcastKaraokeSwitchMessage": _copy(pb.KaraokeSwitch, events.KaraokeSwitchEvent),
    # What is laid over the LIVE.
    "WebcastCommonToastMessage": _copy(pb.CommonToast, events.CommonToastEvent),
    "WebcastCommonPopupMessage": _copy(pb.Popup, events.PopupEvent),
    "WebcastCommercialCustomMessage": _copy(pb.BrandCard, events.BrandCardEvent),
    "WebcastGuideTaskMessage": _copy(pb.GuideTask, events.GuideTaskEvent),
    "WebcastGiftGuideMessage": _copy(pb.GiftGuide, events.GiftGuideEvent),
    "WebcastShareGuideMessage": _copy(pb.ShareGuide, events.ShareGuideEvent),
    "WebcastSubscriptionGuideMessage": _copy(pb.SubscriptionGuide, events.SubscriptionGuideEvent),
    "WebcastRoomBottomMessage": _copy(pb.RoomBottom, events.RoomBottomEvent),
    "WebcastSpecialPushMessage": _copy(pb.SpecialPush, events.SpecialPushEvent),
    "WebcastFollowCardMessage": _copy(pb.FollowCard, events.FollowCardEvent),
    "WebcastBALeadGenMessage": _copy(pb.LeadForm, events.LeadFormEvent),
    "WebcastInRoomBannerRefreshMessage": _copy(pb.BannerRefresh, events.BannerRefreshEvent),
    "WebcastUpgradeMessage": _copy(pb.AppUpgrade, events.AppUpgradeEvent),
    "WebcastPortalMessage": _copy(pb.Portal, events.PortalEvent),
    "WebcastScreenChatMessage": _copy(pb.ScreenComment, events.ScreenCommentEvent),
    "WebcastCommentsMessage": _copy(pb.ColoredComment, events.ColoredCommentEvent),
    "WebcastDiggMessage": _copy(pb.OldLike, events.OldLikeEvent),
    "WebcastRoomEventMessage": _copy(pb.ScheduledLive, events.ScheduledLiveEvent),
    "WebcastStarCommentNotificationMessage": _copy(pb.StarComment, events.StarCommentEvent),
    "WebcastHashtagMessage": _copy(pb.HashtagNotice, events.HashtagEvent),
    "WebcastBizStickerMessage": _copy(pb.BusinessStickers, events.BusinessStickersEvent),
    "WebcastEffectControlMessage": _copy(pb.EffectControl, events.EffectControlEvent),
    "WebcastInteractiveEffectMessage": _copy(pb.InteractiveEffect, events.InteractiveEffectEvent),
    "WebcastProjectDModifyH5": _copy(pb.OverlayPages, events.OverlayPagesEvent),
    "WebcastPrivilegeDynamicEffectMessage": _copy(pb.PrivilegeEffect, events.PrivilegeEffectEvent),
    "WebcastForceFetchRecommendationsMessage": _copy(pb.Recommendations, events.RecommendationsEvent),
    # Beside gifts.
    "WebcastAssetMessage": _copy(pb.AssetNotice, events.AssetEvent),
    "WebcastBackpackMessage": _copy(pb.Backpack, events.BackpackEvent),
    "WebcastBindingGiftMessage": _copy(pb.BoundGiftNotice, events.BoundGiftEvent),
    "WebcastEffectPreloadingMessage": _copy(pb.EffectPreload, events.EffectPreloadEvent),
    "WebcastGiftCollectionUpdateMessage": _copy(pb.GiftCollectionNotice, events.GiftCollectionEvent),
    "WebcastGiftUpdateMessage": _copy(pb.GiftList, events.GiftListEvent),
    "WebcastGiftProgressMessage": _copy(pb.GiftProgress, events.GiftProgressEvent),
    "WebcastGiftRecordCapsuleMessage": _copy(pb.GiftRecord, events.GiftRecordEvent),
    "WebcastGoodyBagMessage": _copy(pb.GoodyBagNotice, events.GoodyBagEvent),
    "WebcastInteractionHubGoalMessage": _copy(pb.HubGoal, events.HubGoalEvent),
    "WebcastTrayMessage": _copy(pb.GiftTray, events.GiftTrayEvent),
    "WebcastDonationInfoMessage": _copy(pb.DonationTotal, events.DonationTotalEvent),
    "WebcastDonationMessage": _copy(pb.Donation, events.DonationEvent),
    "WebcastDonationStickerModifyMethod": _copy(pb.DonationStickers, events.DonationStickersEvent),
    "WebcastWishlistUpdateMessage": _copy(pb.Wishlist, events.WishlistEvent),
    # The shop.
    "WebcastEcBarrageMessage": _copy(pb.ShopNotice, events.ShopNoticeEvent),
    "WebcastEcTaskRegisterMessage": _copy(pb.ShopTask, events.ShopTaskEvent),
    "WebcastVideoLiveCouponRcmdMessage": _copy(pb.Coupon, events.CouponEvent),
    "WebcastVideoLiveGoodsRcmdMessage": _copy(pb.Goods, events.GoodsEvent),
    "WebcastVideoLiveGoodsOrderMessage": _copy(pb.GoodsOrder, events.GoodsOrderEvent),
    "WebcastPaidContentLiveShoppingMessage": _copy(pb.PaidSeriesNotice, events.PaidSeriesEvent),
    "WebcastOecLiveHotRoomMessage": _copy(pb.ShopHotRoom, events.ShopHotRoomEvent),
    # Subscribers.
    "WebcastSubWaveMessage": _copy(pb.SubscriptionWaveNotice, events.SubscriptionWaveEvent),
    "WebcastSubTimerStickerMessage": _copy(pb.SubscriptionTimerNotice, events.SubscriptionTimerEvent),
    "WebcastSubQueueMessage": _copy(pb.SubscriberQueue, events.SubscriberQueueEvent),
    "WebcastSubscriptionNotifyMessage": _copy(pb.SubscriptionNotice, events.SubscriptionNoticeEvent),
    # Games.
    "WebcastActivityQuizCardMessage": _copy(pb.QuizCard, events.QuizCardEvent),
    "WebcastActivityQuizUserIdentityMessage": _copy(pb.QuizRole, events.QuizRoleEvent),
    "WebcastGameGuessToastMessage": _copy(pb.PredictionToast, events.PredictionToastEvent),
    "WebcastGameRecommendCreateGuessMessage": _copy(pb.PredictionSuggestion, events.PredictionSuggestionEvent),
    "WebcastGameReqSetGuessMessage": _copy(pb.PredictionRequest, events.PredictionRequestEvent),
    "WebcastGameOCRPingMessage": _copy(pb.GamePing, events.GamePingEvent),
    "WebcastPartnershipCardChangeMessage": _copy(pb.PartnershipCard, events.PartnershipCardEvent),
    "WebcastPartnershipDownloadCountMessage": _copy(pb.GameDownloads, events.GameDownloadsEvent),
    "WebcastPartnershipDropsAnchorMessage": _copy(pb.CreatorDrops, events.CreatorDropsEvent),
    "WebcastPartnershipDropsCardChangeMessage": _copy(pb.DropsCard, events.DropsCardEvent),
    "WebcastPartnershipTaskShowMessage": _copy(pb.PartnershipTask, events.PartnershipTaskEvent),
    # Events that the hosted feed has as well.
    "WebcastAISummaryMessage": _copy(pb.Summary, events.SummaryEvent),
    "WebcastGroupLiveMemberNotifyMessage": _copy(pb.GroupLiveMember, events.GroupLiveMemberEvent),
    "WebcastEcShortItemRefreshMessage": _copy(pb.ShopRefresh, events.ShopRefreshEvent),
    # Ranks.
    "WebcastWeeklyRankRewardMessage": (pb.WeeklyRankReward, weekly_rank_reward),
}
