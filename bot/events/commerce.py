"""The shop, and what surrounds gifts: panel, gallery, restrictions, announcements."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bot.events.base import Event, User
from bot.events.gifts import Gift
from bot.events.room import Announcement


class Product(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A product of the shop. `price` is text with its currency."""

    id: str = ""
    title: str = ""
    price: str = ""
    image_url: str = ""
    link: str = ""
    product_type: str = ""
    source: str = ""
    status: int = 0


class ShoppingEvent(Event, frozen=True, gc=False, array_like=True, tag="oecLiveShopping"):
    """The shop of the LIVE changed (`WebcastOecLiveShoppingMessage`): a product is shown, sold …

    `action` is TikTok's number. Only the top level is stable. `status` and `raw` are the edge's.
    """

    type: ClassVar[str] = "oecLiveShopping"
    action: int = 0
    product_count: int = 0
    product: Product = Product()
    status: int = 0
    raw: str = ""


class ShopStaffEvent(Event, frozen=True, gc=False, array_like=True, tag="oecLiveManager"):
    """The shop's manager (the edge's event; of `WebcastOecLiveManagerMessage` only the head is known)."""

    type: ClassVar[str] = "oecLiveManager"
    status: int = 0
    nickname: str = ""


class ShopBillboardEvent(Event, frozen=True, gc=False, array_like=True, tag="oecLiveBillboard"):
    """The shop's billboard (the edge's event; its wire source is not known). `raw` and `flags` are opaque."""

    type: ClassVar[str] = "oecLiveBillboard"
    status: int = 0
    slot_count: int = 0
    updated_at_ms: int = 0
    raw: str = ""
    flags: tuple[str, ...] = ()


class ShopHint(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What the app should ask the shop for: an id, or a kind of item.

    Captured: `delay` is 3000 or 5000, most likely the milliseconds over which the apps spread their asking.
    """

    delay: int = 0
    subject: str = ""


class ShopRefreshEvent(Event, frozen=True, gc=False, array_like=True, tag="ecShortItemRefresh"):
    """The app should load shop items anew (`WebcastEcShortItemRefreshMessage`). `token` is the edge's.

    Captured: `hint.subject` is the kind of item.
    """

    type: ClassVar[str] = "ecShortItemRefresh"
    token: str = ""
    hint: ShopHint = ShopHint()


class GiftPanelEvent(Event, frozen=True, gc=False, array_like=True, tag="giftPanelUpdate"):
    """The panel of gifts changed (`WebcastGiftPanelUpdateMessage`; document only). `panel_id` is the edge's."""

    type: ClassVar[str] = "giftPanelUpdate"
    updated_at_ms: int = 0
    panel_id: str = ""


class GiftBroadcastEvent(Event, frozen=True, gc=False, array_like=True, tag="giftBroadcast"):
    """A gift announced across rooms (`WebcastGiftBroadcastMessage`). The sentence is `announcement.text`."""

    type: ClassVar[str] = "giftBroadcast"
    from_user_id: str = ""
    announcement: Announcement = Announcement()


class GiftPromptEvent(Event, frozen=True, gc=False, array_like=True, tag="giftPrompt"):
    """TikTok asks a giver to pause (`WebcastGiftPromptMessage`; document only). `ordered_at_ms` is TikTok's clock."""

    type: ClassVar[str] = "giftPrompt"
    title: str = ""
    text: str = ""
    block_days: int = 0
    order_id: str = ""
    ordered_at_ms: int = 0
    link: str = ""


class HiddenScenes(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Ids of gifts that are hidden, by what the creator does."""

    normal: tuple[str, ...] = ()
    battle: tuple[str, ...] = ()
    cohost: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()


class HiddenFrom(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Ids of gifts that cannot be given to this user."""

    user_id: str = ""
    gift_ids: tuple[str, ...] = ()


class HiddenGifts(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Which gifts cannot be given at the moment."""

    scenes: HiddenScenes = HiddenScenes()
    receivers: tuple[HiddenFrom, ...] = ()


class GiftRestrictionEvent(Event, frozen=True, gc=False, array_like=True, tag="giftDynamicRestriction"):
    """Gifts that cannot be given at the moment (`WebcastGiftDynamicRestrictionMessage`; document only). `raw` is the edge's."""

    type: ClassVar[str] = "giftDynamicRestriction"
    hidden: HiddenGifts = HiddenGifts()
    raw: str = ""


class GalleryGift(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A gift of the gallery; `price` in diamonds."""

    id: str = ""
    price: int = 0


class GiftGalleryEvent(Event, frozen=True, gc=False, array_like=True, tag="giftGallery"):
    """The gallery of gifts changed (`WebcastGiftGalleryMessage`; document only). `user` gave, `to_user` received.

    `message_type` is TikTok's number. `transaction_id` is the edge's.
    """

    type: ClassVar[str] = "giftGallery"
    gift: GalleryGift = GalleryGift()
    to_user: User | None = None
    message_type: int = 0
    all_sponsored: bool = False
    transaction_id: str = ""


class GiftUnlockEvent(Event, frozen=True, gc=False, array_like=True, tag="giftUnlock"):
    """Gifts became available (`WebcastGiftUnlockMessage`; document only). `image_url` is the edge's."""

    type: ClassVar[str] = "giftUnlock"
    gifts: tuple[Gift, ...] = ()
    text: str = ""
    text_key: str = ""
    image_url: str = ""


class PicksRound(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One round of picks. Instants in milliseconds, TikTok's clock."""

    id: str = ""
    status: int = 0
    duration_s: int = 0
    started_at_ms: int = 0
    ends_at_ms: int = 0


class ViewerPicksEvent(Event, frozen=True, gc=False, array_like=True, tag="viewerPicksUpdate"):
    """Viewers vote by gifts (`WebcastViewerPicksUpdateMessage`; document only). `raw` is the edge's."""

    type: ClassVar[str] = "viewerPicksUpdate"
    update_type: int = 0
    round: PicksRound = PicksRound()
    raw: str = ""


class BoostCard(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One boost card and the task that it came from."""

    id: str = ""
    task_source: int = 0
    task_id: str = ""


class BoostCardsEvent(Event, frozen=True, gc=False, array_like=True, tag="boostCard"):
    """The creator's boost cards (`WebcastBoostCardMessage`; document only)."""

    type: ClassVar[str] = "boostCard"
    cards: tuple[BoostCard, ...] = ()


class ShopNoticeEvent(Event, frozen=True, gc=False, array_like=True, tag="ecBarrage"):
    """A line about the shop (`WebcastEcBarrageMessage`; document only). `duration` is as TikTok gives it."""

    type: ClassVar[str] = "ecBarrage"
    icon_url: str = ""
    text: str = ""
    text_key: str = ""
    duration: int = 0


class ShopTaskEvent(Event, frozen=True, gc=False, array_like=True, tag="ecTaskRegister"):
    """The app should ask for a task of the shop (`WebcastEcTaskRegisterMessage`). Captured: `hint.subject` is an id."""

    type: ClassVar[str] = "ecTaskRegister"
    hint: ShopHint = ShopHint()


class CouponEvent(Event, frozen=True, gc=False, array_like=True, tag="videoLiveCouponRcmd"):
    """A coupon is recommended (`WebcastVideoLiveCouponRcmdMessage`; document only)."""

    type: ClassVar[str] = "videoLiveCouponRcmd"
    coupon_id: str = ""


class GoodsEvent(Event, frozen=True, gc=False, array_like=True, tag="videoLiveGoodsRcmd"):
    """Goods are recommended (`WebcastVideoLiveGoodsRcmdMessage`; document only)."""

    type: ClassVar[str] = "videoLiveGoodsRcmd"
    goods_id: str = ""


class GoodsOrderEvent(Event, frozen=True, gc=False, array_like=True, tag="videoLiveGoodsOrder"):
    """Somebody ordered (`WebcastVideoLiveGoodsOrderMessage`; document only): `user`; what, is not documented."""

    type: ClassVar[str] = "videoLiveGoodsOrder"


class PaidSeries(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A series of videos."""

    id: str = ""


class PaidSeriesEvent(Event, frozen=True, gc=False, array_like=True, tag="paidContentLiveShopping"):
    """A series of videos for money is offered (`WebcastPaidContentLiveShoppingMessage`). `action` is TikTok's number."""

    type: ClassVar[str] = "paidContentLiveShopping"
    action: int = 0
    series_count: int = 0
    series: PaidSeries = PaidSeries()


class ShopHotRoomEvent(Event, frozen=True, gc=False, array_like=True, tag="oecLiveHotRoom"):
    """A shop's LIVE is hot until then (`WebcastOecLiveHotRoomMessage`; document only)."""

    type: ClassVar[str] = "oecLiveHotRoom"
    expires_at_ms: int = 0
