"""What TikTok tells creators: reviews, tasks, figures, official channels. Most of it reaches their own app only."""

from __future__ import annotations

from typing import ClassVar

from bot.events.base import Event
from bot.events.guests import Operator

__all__ = [
    "AlertBoxReviewEvent",
    "AuthorizationEvent",
    "AvatarDeletedEvent",
    "AvatarStyleEvent",
    "BoostedViewersEvent",
    "ChannelSlotChangedEvent",
    "ChannelSlotEvent",
    "ChannelViewerEvent",
    "ColdStartEvent",
    "CreatorTaskEvent",
    "LiveInfoReviewEvent",
    "NoticeboardEvent",
    "NoticeboardReviewEvent",
    "PerformancePageEvent",
    "PromotionStatusEvent",
    "PunishCenterEvent",
    "RoomMonitorEvent",
    "SubscriptionQuotaEvent",
    "UserStatsEvent",
    "WallpaperReviewEvent",
]


class SubscriptionQuotaEvent(Event, frozen=True, gc=False, array_like=True, tag="anchorGetSubQuota"):
    """The creator may offer subscriptions now (`WebcastAnchorGetSubQuotaMessage`; document only).

    `text` is TikTok's description.
    """

    type: ClassVar[str] = "anchorGetSubQuota"
    text: str = ""


class CreatorTaskEvent(Event, frozen=True, gc=False, array_like=True, tag="anchorTaskReminder"):
    """The creator is reminded of a task (`WebcastAnchorTaskReminderMessage`; document only)."""

    type: ClassVar[str] = "anchorTaskReminder"
    task_id: str = ""


class ColdStartEvent(Event, frozen=True, gc=False, array_like=True, tag="coldStart"):
    """How TikTok's help for a new creator goes (`WebcastColdStartMessage`; document only).

    `message_type` and `status` are its numbers.
    """

    type: ClassVar[str] = "coldStart"
    message_type: int = 0
    status: int = 0
    viewers: int = 0
    total: int = 0


class LiveInfoReviewEvent(Event, frozen=True, gc=False, array_like=True, tag="liveInfoAuditNotice"):
    """Title or cover of the LIVE was reviewed (`WebcastLiveInfoAuditNoticeMessage`; document only).

    `status`: 1 passed, 2 failed, 3 under review, 4 forbidden. `text_key` names the sentence about it.
    """

    type: ClassVar[str] = "liveInfoAuditNotice"
    content_type: int = 0
    status: int = 0
    text_key: str = ""


class PromotionStatusEvent(Event, frozen=True, gc=False, array_like=True, tag="promoteAdStatus"):
    """A paid promotion of the LIVE changed (`WebcastPromoteAdStatusMessage`; document only). `status` is TikTok's number."""

    type: ClassVar[str] = "promoteAdStatus"
    ad_id: str = ""
    status: int = 0


class PerformancePageEvent(Event, frozen=True, gc=False, array_like=True, tag="realTimePerformancePage"):
    """A hint to look at the page of figures (`WebcastRealTimePerformancePageMessage`; document only)."""

    type: ClassVar[str] = "realTimePerformancePage"
    page_type: int = 0
    guide_key: str = ""


class BoostedViewersEvent(Event, frozen=True, gc=False, array_like=True, tag="boostedUsers"):
    """How many viewers promotion has brought (`WebcastBoostedUsersMessage`; document only)."""

    type: ClassVar[str] = "boostedUsers"
    total: int = 0


class UserStatsEvent(Event, frozen=True, gc=False, array_like=True, tag="userStats"):
    """A line about a viewer's figures (`WebcastUserStatsMessage`; document only). `action` is TikTok's number."""

    type: ClassVar[str] = "userStats"
    text: str = ""
    user_id: str = ""
    action: int = 0


class AlertBoxReviewEvent(Event, frozen=True, gc=False, array_like=True, tag="alertBoxAuditResult"):
    """The creator's alert box was reviewed (`WebcastAlertBoxAuditResultMessage`; document only)."""

    type: ClassVar[str] = "alertBoxAuditResult"
    user_id: str = ""
    scene: int = 0


class PunishCenterEvent(Event, frozen=True, gc=False, array_like=True, tag="mgPunishCenterAction"):
    """The penalty centre of mini games acted (`WebcastMGPunishCenterActionMessage`; document only).

    `action` is TikTok's number.
    """

    type: ClassVar[str] = "mgPunishCenterAction"
    action: int = 0


class RoomMonitorEvent(Event, frozen=True, gc=False, array_like=True, tag="feedUserRoomMonitor"):
    """TikTok watches a room from its feed (`WebcastFeedUserRoomMonitorMessage`; document only).

    All but the ids are numbers as it gives them.
    """

    type: ClassVar[str] = "feedUserRoomMonitor"
    creator_id: str = ""
    monitored_room_id: str = ""
    room_status: int = 0
    room_time: int = 0
    stream_status: int = 0


class NoticeboardEvent(Event, frozen=True, gc=False, array_like=True, tag="noticeboard"):
    """The notice board changed (`WebcastNoticeboardMessage`; document only); what stands on it is not documented."""

    type: ClassVar[str] = "noticeboard"
    message_type: int = 0
    operator: Operator = Operator()


class NoticeboardReviewEvent(Event, frozen=True, gc=False, array_like=True, tag="noticeboardReview"):
    """The notice board was reviewed (`WebcastNoticeboardReviewMessage`; document only).

    Status and types are TikTok's numbers.
    """

    type: ClassVar[str] = "noticeboardReview"
    message_type: int = 0
    media_id: str = ""
    status_after: int = 0
    status_before: int = 0
    template_id: str = ""
    material_type: int = 0


class WallpaperReviewEvent(Event, frozen=True, gc=False, array_like=True, tag="wallpaperReview"):
    """A generated wallpaper was reviewed (`WebcastWallpaperReviewMessage`; document only). `result` is TikTok's number."""

    type: ClassVar[str] = "wallpaperReview"
    image_url: str = ""
    result: int = 0
    context_keywords: str = ""
    keywords: str = ""
    wallpaper_room_id: str = ""
    channel_id: str = ""
    wallpaper_id: str = ""


class AuthorizationEvent(Event, frozen=True, gc=False, array_like=True, tag="authorizationNotify"):
    """A permission is asked for (`WebcastAuthorizationNotifyMessage`; document only).

    `source` says from where, `style` how it is shown.
    """

    type: ClassVar[str] = "authorizationNotify"
    source: str = ""
    style: str = ""


class AvatarDeletedEvent(Event, frozen=True, gc=False, array_like=True, tag="avatarReportDelete"):
    """A drawn avatar was removed after reports (`WebcastAvatarReportDeleteMessage`; document only)."""

    type: ClassVar[str] = "avatarReportDelete"
    avatar_id: str = ""
    owner_id: str = ""


class AvatarStyleEvent(Event, frozen=True, gc=False, array_like=True, tag="avatarStyleResult"):
    """A picture was redrawn in a style (`WebcastAvatarStyleResultMessage`; document only).

    `original_image` is TikTok's name of the picture.
    """

    type: ClassVar[str] = "avatarStyleResult"
    status: int = 0
    status_text: str = ""
    image_url: str = ""
    style_id: str = ""
    original_image: str = ""
    task_id: str = ""


class ChannelSlotEvent(Event, frozen=True, gc=False, array_like=True, tag="oChannelAnchor"):
    """The creator's slot in an official channel (`WebcastOChannelAnchorMessage`; document only).

    `role` and `link_type` are TikTok's numbers.
    """

    type: ClassVar[str] = "oChannelAnchor"
    starts_at_ms: int = 0
    ends_at_ms: int = 0
    role: int = 0
    has_link: bool = False
    link_type: int = 0


class ChannelSlotChangedEvent(Event, frozen=True, gc=False, array_like=True, tag="oChannelModify"):
    """A slot of an official channel was moved (`WebcastOChannelModifyMessage`; document only)."""

    type: ClassVar[str] = "oChannelModify"
    ends_at_ms: int = 0
    channel_user_id: str = ""


class ChannelViewerEvent(Event, frozen=True, gc=False, array_like=True, tag="oChannelUser"):
    """A viewer enters an official channel (`WebcastOChannelUserMessage`; document only).

    `longest_entry` is as TikTok gives it.
    """

    type: ClassVar[str] = "oChannelUser"
    starts_at_ms: int = 0
    longest_entry: int = 0
