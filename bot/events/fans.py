"""Fans and subscribers: paid subscriptions, super fans, levels, the lines that announce them."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import msgspec

from bot.events.base import Event


class GiftedSubscription(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Who gave a subscription to whom; ids, empty when it was bought and not given."""

    sender_id: str = ""
    receiver_id: str = ""
    creator_id: str = ""


class PaidSubscribeEvent(Event, frozen=True, gc=False, array_like=True, tag="subscribe"):
    """A paid subscription began, was renewed, given or ended (`WebcastSubNotifyMessage`). `user` subscribes.

    `months`: for how many by now. `subscribe_type`: 0 once, 1 renews itself. `old_status`: 0 first, 1 again, 2 within and 3
    after the grace period. `status`: 1 once, 2 renewing, 3 cancelled, 4 refunded, 5 within and 6 after the grace period.
    `message_type`: 0 is a subscription, the others are notices about one. `gift_source` of a given one: 1 by TikTok, 2 by a
    viewer for anybody, 3 for somebody.
    """

    type: ClassVar[str] = "subscribe"
    months: int = 0
    subscribe_type: int = 0
    old_status: int = 0
    message_type: int = 0
    status: int = 0
    gifted: bool = False
    custom: bool = False
    gift_source: int = 0
    package_id: str = ""
    gift: GiftedSubscription = GiftedSubscription()


class SuperFanEvent(Event, frozen=True, gc=False, array_like=True, tag="superFan"):
    """A viewer became a super fan: a `WebcastBarrageMessage` whose sentence key holds `ttlive_superfan`."""

    type: ClassVar[str] = "superFan"
    text: str = ""
    text_key: str = ""


class SuperFanJoinEvent(Event, frozen=True, gc=False, array_like=True, tag="superFanJoin"):
    """A super fan joined: a `WebcastBarrageMessage` whose sentence key holds `ttlive_superfan_commentnotif_superfanjoined`."""

    type: ClassVar[str] = "superFanJoin"
    text: str = ""
    text_key: str = ""


class BarrageKind(StrEnum):
    """What an animated line announces, by the `msg_type` of `WebcastBarrageMessage`; `OTHER` for a number nobody has named."""

    ORDERING = "ordering"
    BUYING = "buying"
    NORMAL = "normal"
    SUBSCRIBED = "subscribed"
    EVENT_VIEWED = "event_viewed"
    EVENT_REGISTERED = "event_registered"
    SUBSCRIPTION_GIFTED = "subscription_gifted"
    GIFTER_LEVEL_UP = "gifter_level_up"
    GIFTER_ENTERED = "gifter_entered"
    FAN_LEVEL_UP = "fan_level_up"
    FAN_ENTERED = "fan_entered"
    GAME_PARTNERSHIP = "game_partnership"
    GIFT_GALLERY = "gift_gallery"
    BOUGHT = "bought"
    ANONYMOUS_ENTERED = "anonymous_entered"
    COMMON = "common"
    OTHER = ""


class BarrageEvent(Event, frozen=True, gc=False, array_like=True, tag="barrage"):
    """An animated line over the video (`WebcastBarrageMessage`): level-ups, entrances of high levels, sales, subscriptions.

    `number` is TikTok's number of the kind. `level` is the gifter's or the fan's, 0 when the line is about neither.
    `gift_count`: subscriptions given. `cause` is the name of the event behind it, where the message has one.
    """

    type: ClassVar[str] = "barrage"
    kind: BarrageKind = BarrageKind.OTHER
    number: int = 0
    text: str = ""
    text_key: str = ""
    level: int = 0
    duration_ms: int = 0
    scene: str = ""
    sub_type: str = ""
    gift_count: int = 0
    gift_source: int = 0
    cause: str = ""


class FanClubEvent(Event, frozen=True, gc=False, array_like=True, tag="fansEvent"):
    """Something in the creator's fan club (`WebcastFansEventMessage`; document only). `user` is concerned.

    `event_type` is TikTok's number, its meaning is not known; `event_key` is the edge's word.
    """

    type: ClassVar[str] = "fansEvent"
    event_type: int = 0
    event_key: str = ""


class WaveUser(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Somebody whose subscription is part of a wave."""

    id: str = ""
    avatar_url: str = ""
    handle: str = ""


class WaveProgress(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How far a wave is. Captured: `count` is the number of `users`."""

    count: int = 0
    started_at_ms: int = 0
    users: tuple[WaveUser, ...] = ()
    id: str = ""


class SubscriptionWave(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A wave, and whose subscription was the last."""

    user: WaveUser = WaveUser()
    progress: WaveProgress = WaveProgress()


class SubscriptionWaveEvent(Event, frozen=True, gc=False, array_like=True, tag="subWave"):
    """Subscriptions in quick succession make a wave (`WebcastSubWaveMessage`)."""

    type: ClassVar[str] = "subWave"
    wave: SubscriptionWave = SubscriptionWave()


class SubscriptionTimer(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The clock. Captured: `remaining_s` of `total_s` are left at `told_at_ms`; both titles are what the creator wrote.

    `action` and `status` are TikTok's numbers.
    """

    action: int = 0
    id: str = ""
    status: int = 0
    creator_title: str = ""
    viewer_title: str = ""
    total_s: int = 0
    remaining_s: int = 0
    told_at_ms: int = 0


class SubscriptionTimerEvent(Event, frozen=True, gc=False, array_like=True, tag="subTimerSticker"):
    """A clock that subscriptions put forward (`WebcastSubTimerStickerMessage`)."""

    type: ClassVar[str] = "subTimerSticker"
    timer: SubscriptionTimer = SubscriptionTimer()


class SubscriberQueueEvent(Event, frozen=True, gc=False, array_like=True, tag="subQueue"):
    """The queue of subscribers changed (`WebcastSubQueueMessage`; document only). `action` is TikTok's number."""

    type: ClassVar[str] = "subQueue"
    action: int = 0


class SubscriptionNoticeEvent(Event, frozen=True, gc=False, array_like=True, tag="subscriptionNotify"):
    """Somebody is shown as a subscriber (`WebcastSubscriptionNotifyMessage`; document only).

    A subscription itself is `PaidSubscribeEvent`.
    """

    type: ClassVar[str] = "subscriptionNotify"
    exhibition_type: int = 0
