"""What is laid over the LIVE: cards, lines, hints, effects."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bot.events.base import Event, User
from bot.events.room import Sticker

__all__ = [
    "AppUpgradeEvent",
    "BannerRefreshEvent",
    "BrandCardEvent",
    "BrandLabel",
    "BusinessStickersEvent",
    "ColoredCommentEvent",
    "CommonToastEvent",
    "EffectControlEvent",
    "EventUser",
    "FollowCardEvent",
    "GiftGuideEvent",
    "GuideTaskEvent",
    "Hashtag",
    "HashtagEvent",
    "InteractiveEffectEvent",
    "LeadFormEvent",
    "OldLikeEvent",
    "OverlayPagesEvent",
    "PopupEvent",
    "PortalEvent",
    "PrivilegeEffectEvent",
    "PrivilegeLevel",
    "RecommendationsEvent",
    "RoomBottomEvent",
    "ScheduledLiveEvent",
    "ScreenCommentEvent",
    "ShareGuideEvent",
    "SpecialPushEvent",
    "StarCommentEvent",
    "SubscriptionGuideEvent",
]


class CommonToastEvent(Event, frozen=True, gc=False, array_like=True, tag="commonToast"):
    """A passing line of text, which is `display_text` (`WebcastCommonToastMessage`; document only).

    `duration` is as TikTok gives it.
    """

    type: ClassVar[str] = "commonToast"
    discardable: bool = False
    immediate: bool = False
    duration: int = 0
    position: int = 0
    image_url: str = ""


class PopupEvent(Event, frozen=True, gc=False, array_like=True, tag="commonPopup"):
    """A page that pops up (`WebcastCommonPopupMessage`; document only). `link` is an address inside TikTok's app."""

    type: ClassVar[str] = "commonPopup"
    link: str = ""
    for_creator: bool = False


class BrandLabel(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The label on a brand's card."""

    text: str = ""
    text_key: str = ""


class BrandCardEvent(Event, frozen=True, gc=False, array_like=True, tag="commercialCustom"):
    """A brand's card (`WebcastCommercialCustomMessage`; document only). `duration` is as TikTok gives it."""

    type: ClassVar[str] = "commercialCustom"
    card_id: str = ""
    logo_url: str = ""
    brand: str = ""
    brand_key: str = ""
    label: BrandLabel = BrandLabel()
    duration: int = 0


class GuideTaskEvent(Event, frozen=True, gc=False, array_like=True, tag="guideTask"):
    """A task that a viewer is led to (`WebcastGuideTaskMessage`; document only). `operations` are TikTok's numbers."""

    type: ClassVar[str] = "guideTask"
    business: str = ""
    operations: tuple[int, ...] = ()
    reminder: str = ""
    reminder_key: str = ""
    reminder_type: str = ""
    display_s: int = 0
    task_type: int = 0


class GiftGuideEvent(Event, frozen=True, gc=False, array_like=True, tag="giftGuide"):
    """A hint to send a gift (`WebcastGiftGuideMessage`; document only). `trigger` says what led to it."""

    type: ClassVar[str] = "giftGuide"
    text: str = ""
    text_key: str = ""
    gift_id: str = ""
    has_sent: bool = False
    guide_type: str = ""
    display_s: int = 0
    trigger: str = ""
    link: str = ""
    tags: tuple[str, ...] = ()
    gift_ids: tuple[str, ...] = ()


class ShareGuideEvent(Event, frozen=True, gc=False, array_like=True, tag="shareGuide"):
    """A hint to share the LIVE (`WebcastShareGuideMessage`; document only). `channel` is where."""

    type: ClassVar[str] = "shareGuide"
    channel: str = ""


class SubscriptionGuideEvent(Event, frozen=True, gc=False, array_like=True, tag="subscriptionGuide"):
    """A hint to subscribe (`WebcastSubscriptionGuideMessage`). `scene` says what led to it."""

    type: ClassVar[str] = "subscriptionGuide"
    text: str = ""
    text_key: str = ""
    button: str = ""
    button_key: str = ""
    link: str = ""
    scene: str = ""
    from_user_id: str = ""


class RoomBottomEvent(Event, frozen=True, gc=False, array_like=True, tag="roomBottom"):
    """A strip below the comments (`WebcastRoomBottomMessage`; document only). `display_time` is as TikTok gives it."""

    type: ClassVar[str] = "roomBottom"
    color: str = ""
    action_text: str = ""
    action_type: str = ""
    display_time: int = 0
    icon_url: str = ""
    source: str = ""


class SpecialPushEvent(Event, frozen=True, gc=False, array_like=True, tag="specialPush"):
    """A line that TikTok pushes (`WebcastSpecialPushMessage`; document only). `display_time` is as TikTok gives it."""

    type: ClassVar[str] = "specialPush"
    text: str = ""
    color: str = ""
    trace_id: str = ""
    icon_url: str = ""
    action_text: str = ""
    action_type: str = ""
    display_time: int = 0


class FollowCardEvent(Event, frozen=True, gc=False, array_like=True, tag="followCard"):
    """A card that asks to follow (`WebcastFollowCardMessage`; document only)."""

    type: ClassVar[str] = "followCard"
    card_id: str = ""
    most_random: int = 0


class LeadFormEvent(Event, frozen=True, gc=False, array_like=True, tag="baLeadGen"):
    """A business's form to leave an address in (`WebcastBALeadGenMessage`; document only).

    `operation` and `pin_period` are TikTok's numbers.
    """

    type: ClassVar[str] = "baLeadGen"
    operation: int = 0
    page_id: str = ""
    operated_at_ms: int = 0
    action_text: str = ""
    link: str = ""
    pin_period: int = 0
    intro: str = ""
    button: str = ""
    title: str = ""


class BannerRefreshEvent(Event, frozen=True, gc=False, array_like=True, tag="inRoomBannerRefresh"):
    """The app should fetch the banners anew (`WebcastInRoomBannerRefreshMessage`; document only)."""

    type: ClassVar[str] = "inRoomBannerRefresh"
    delay_s: int = 0
    creator_only: bool = False


class AppUpgradeEvent(Event, frozen=True, gc=False, array_like=True, tag="upgrade"):
    """The app is too old for something in the room (`WebcastUpgradeMessage`; document only)."""

    type: ClassVar[str] = "upgrade"
    text: str = ""
    text_key: str = ""


class PortalEvent(Event, frozen=True, gc=False, array_like=True, tag="portal"):
    """A way into another room (`WebcastPortalMessage`; document only).

    `payload_type` is TikTok's number, `next_ping` as it gives it.
    """

    type: ClassVar[str] = "portal"
    payload_type: int = 0
    portal_id: str = ""
    to_room_id: str = ""
    next_ping: int = 0


class ScreenCommentEvent(Event, frozen=True, gc=False, array_like=True, tag="screenChat"):
    """A comment over the whole screen (`WebcastScreenChatMessage`; document only). `user` wrote it."""

    type: ClassVar[str] = "screenChat"
    chat_type: int = 0
    text: str = ""
    priority: int = 0


class ColoredCommentEvent(Event, frozen=True, gc=False, array_like=True, tag="commentsMessage"):
    """A comment with a colour and a button (`WebcastCommentsMessage`; document only). `user` wrote it."""

    type: ClassVar[str] = "commentsMessage"
    text: str = ""
    color: str = ""
    background_url: str = ""
    action: int = 0
    action_text: str = ""


class OldLikeEvent(Event, frozen=True, gc=False, array_like=True, tag="digg"):
    """Likes as older apps sent them (`WebcastDiggMessage`; document only); today's are `LikeEvent`.

    `duration` is as TikTok gives it.
    """

    type: ClassVar[str] = "digg"
    count: int = 0
    duration: int = 0


class EventUser(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Somebody who will come. `avatar` is TikTok's name of the picture, no address."""

    id: str = ""
    avatar: str = ""


class ScheduledLiveEvent(Event, frozen=True, gc=False, array_like=True, tag="scheduledLive"):
    """An event that the creator announced (`WebcastRoomEventMessage`; document only)."""

    type: ClassVar[str] = "scheduledLive"
    event_id: str = ""
    title: str = ""
    starts_at_ms: int = 0
    subscriber_count: int = 0
    config_option: int = 0
    users: tuple[EventUser, ...] = ()


class StarCommentEvent(Event, frozen=True, gc=False, array_like=True, tag="starCommentNotification"):
    """A comment was starred (`WebcastStarCommentNotificationMessage`; document only). `action` is TikTok's number."""

    type: ClassVar[str] = "starCommentNotification"
    action: int = 0
    starred_message_id: str = ""
    operator: User | None = None


class Hashtag(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A topic. `namespace`: 0 any, 1 gaming."""

    id: str = ""
    title: str = ""
    image_url: str = ""
    namespace: int = 0


class HashtagEvent(Event, frozen=True, gc=False, array_like=True, tag="hashtag"):
    """The LIVE has another topic (`WebcastHashtagMessage`). Captured: its title is `display_text`."""

    type: ClassVar[str] = "hashtag"
    hashtag: Hashtag = Hashtag()


class BusinessStickersEvent(Event, frozen=True, gc=False, array_like=True, tag="bizSticker"):
    """A business's stickers on the screen (`WebcastBizStickerMessage`; document only)."""

    type: ClassVar[str] = "bizSticker"
    stickers: tuple[Sticker, ...] = ()


class EffectControlEvent(Event, frozen=True, gc=False, array_like=True, tag="effectControl"):
    """An effect of the camera starts or stops (`WebcastEffectControlMessage`; document only).

    `control` and `scene` are TikTok's numbers.
    """

    type: ClassVar[str] = "effectControl"
    control: int = 0
    resource_id: str = ""
    resumes: bool = False
    scene: int = 0


class InteractiveEffectEvent(Event, frozen=True, gc=False, array_like=True, tag="interactiveEffect"):
    """An effect that viewers set off (`WebcastInteractiveEffectMessage`; document only). `trigger` is opaque."""

    type: ClassVar[str] = "interactiveEffect"
    trigger: str = ""


class OverlayPagesEvent(Event, frozen=True, gc=False, array_like=True, tag="projectDModifyH5"):
    """The pages in two corners of the screen changed (`WebcastProjectDModifyH5`; document only)."""

    type: ClassVar[str] = "projectDModifyH5"
    top_left_url: str = ""
    bottom_right_url: str = ""


class PrivilegeLevel(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Whose effect it is: a privilege and its level, as text."""

    id: str = ""
    level: str = ""


class PrivilegeEffectEvent(Event, frozen=True, gc=False, array_like=True, tag="privilegeDynamicEffect"):
    """The effect of somebody's privilege (`WebcastPrivilegeDynamicEffectMessage`; document only).

    `scene` and `effect_type` are TikTok's numbers.
    """

    type: ClassVar[str] = "privilegeDynamicEffect"
    scene: int = 0
    effect_type: int = 0
    privilege: PrivilegeLevel = PrivilegeLevel()


class RecommendationsEvent(Event, frozen=True, gc=False, array_like=True, tag="forceFetchRecommendations"):
    """The app should fetch its recommendations anew (`WebcastForceFetchRecommendationsMessage`; document only).

    `reasons` are TikTok's numbers.
    """

    type: ClassVar[str] = "forceFetchRecommendations"
    reasons: tuple[int, ...] = ()
    within_ms: int = 0
    context: str = ""
