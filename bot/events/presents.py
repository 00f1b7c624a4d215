"""Beside gifts: collections, goody bags, trays, donations."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bot.events.base import Event, User

__all__ = [
    "Asset",
    "AssetEvent",
    "BackpackEvent",
    "BoundGift",
    "BoundGiftEvent",
    "Charity",
    "CollectedGift",
    "DonationEvent",
    "DonationSticker",
    "DonationStickersEvent",
    "DonationTotalEvent",
    "EffectPreloadEvent",
    "GiftCollection",
    "GiftCollectionEvent",
    "GiftListEvent",
    "GiftProgressEvent",
    "GiftRecordEvent",
    "GiftTrayEvent",
    "GoodyBag",
    "GoodyBagEvent",
    "GoodyBagPrize",
    "GoodyBagTerms",
    "GoodyBagUser",
    "GoodyBagWinner",
    "HubGoalEvent",
    "WishlistEvent",
]


class Asset(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What is played."""

    name: str = ""
    description: str = ""


class AssetEvent(Event, frozen=True, gc=False, array_like=True, tag="asset"):
    """An effect is played for somebody (`WebcastAssetMessage`; document only). `user` sent it."""

    type: ClassVar[str] = "asset"
    asset_id: str = ""
    text: str = ""
    text_key: str = ""
    shows_message: bool = False
    shows_panel: bool = False
    receiver: User | None = None
    asset: Asset = Asset()


class BackpackEvent(Event, frozen=True, gc=False, array_like=True, tag="backpack"):
    """The viewer's own bag of gifts changed (`WebcastBackpackMessage`; document only). All but the id are TikTok's numbers."""

    type: ClassVar[str] = "backpack"
    change: int = 0
    action: int = 0
    item_type: int = 0
    item_id: str = ""


class BoundGift(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The gift inside. `receiver` is a guest, if somebody."""

    gift_id: str = ""
    repeat_count: int = 0
    sender: User | None = None
    receiver: User | None = None


class BoundGiftEvent(Event, frozen=True, gc=False, array_like=True, tag="bindingGift"):
    """A gift bound to something else (`WebcastBindingGiftMessage`; document only).

    Not counted by us: its own message may come as well.
    """

    type: ClassVar[str] = "bindingGift"
    gift: BoundGift = BoundGift()


class EffectPreloadEvent(Event, frozen=True, gc=False, array_like=True, tag="effectPreloading"):
    """The app should load effects before they are shown (`WebcastEffectPreloadingMessage`; document only)."""

    type: ClassVar[str] = "effectPreloading"
    gift_ids: tuple[str, ...] = ()
    effect_ids: tuple[str, ...] = ()


class CollectedGift(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The gift of a collection. `diamonds` is its price."""

    image_url: str = ""
    id: str = ""
    diamonds: int = 0
    name: str = ""


class GiftCollection(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A collection; `link` is an address inside TikTok's app."""

    gift: CollectedGift = CollectedGift()
    link: str = ""


class GiftCollectionEvent(Event, frozen=True, gc=False, array_like=True, tag="giftCollectionUpdate"):
    """A collection of gifts got on, or is complete (`WebcastGiftCollectionUpdateMessage`). Captured: `display_text` says it."""

    type: ClassVar[str] = "giftCollectionUpdate"
    collection: GiftCollection = GiftCollection()


class GiftListEvent(Event, frozen=True, gc=False, array_like=True, tag="giftUpdate"):
    """The list of gifts changed (`WebcastGiftUpdateMessage`; document only). `update_type` is TikTok's number."""

    type: ClassVar[str] = "giftUpdate"
    update_type: int = 0


class GiftProgressEvent(Event, frozen=True, gc=False, array_like=True, tag="giftProgress"):
    """A bar that gifts fill (`WebcastGiftProgressMessage`; document only); how full it is is not documented."""

    type: ClassVar[str] = "giftProgress"
    progress_type: str = ""


class GiftRecordEvent(Event, frozen=True, gc=False, array_like=True, tag="giftRecordCapsule"):
    """A record of gifts (`WebcastGiftRecordCapsuleMessage`; document only). `raw` is opaque."""

    type: ClassVar[str] = "giftRecordCapsule"
    raw: str = ""


class GoodyBagTerms(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How a bag is drawn. Captured: `entrant_count` comes with the winners; `text` is what an entrant has to write.

    `condition` is TikTok's number (1 where a text has to be written, else 2); `duration_min` is in minutes.
    """

    winner_count: int = 0
    entrant_count: int = 0
    condition: int = 0
    text: str = ""
    ends_at_ms: int = 0
    duration_min: int = 0


class GoodyBagPrize(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What is in a bag, in coins. Captured: not all of it is given away where few took part."""

    coins: int = 0


class GoodyBag(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A bag, from when it is set up until it is drawn."""

    id: str = ""
    terms: GoodyBagTerms = GoodyBagTerms()
    prize: GoodyBagPrize = GoodyBagPrize()


class GoodyBagUser(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Who won."""

    id: str = ""
    handle: str = ""
    avatar_url: str = ""


class GoodyBagWinner(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One winner and their share."""

    user: GoodyBagUser = GoodyBagUser()
    coins: int = 0


class GoodyBagEvent(Event, frozen=True, gc=False, array_like=True, tag="goodyBag"):
    """A bag of coins that is drawn among viewers (`WebcastGoodyBagMessage`).

    Captured: `message_type` 1 when it is set up, 3 with its winners.
    """

    type: ClassVar[str] = "goodyBag"
    bag: GoodyBag = GoodyBag()
    winners: tuple[GoodyBagWinner, ...] = ()
    message_type: int = 0


class HubGoalEvent(Event, frozen=True, gc=False, array_like=True, tag="interactionHubGoal"):
    """A goal of the interaction hub (`WebcastInteractionHubGoalMessage`; document only).

    `goal_type` and `source` are TikTok's numbers.
    """

    type: ClassVar[str] = "interactionHubGoal"
    goal: str = ""
    goal_key: str = ""
    tips: str = ""
    tips_key: str = ""
    goal_type: int = 0
    source: int = 0
    has_new_gift: bool = False


class GiftTrayEvent(Event, frozen=True, gc=False, array_like=True, tag="tray"):
    """A gift as it is shown above the comments (`WebcastTrayMessage`; document only).

    Not counted by us: the gift has its own message.
    """

    type: ClassVar[str] = "tray"
    title: str = ""
    title_key: str = ""
    text: str = ""
    text_key: str = ""
    combo_count: int = 0
    group_count: int = 0
    image_url: str = ""


class DonationTotalEvent(Event, frozen=True, gc=False, array_like=True, tag="donationInfo"):
    """What was donated so far (`WebcastDonationInfoMessage`; document only). `total` is text without its currency."""

    type: ClassVar[str] = "donationInfo"
    total: str = ""
    currency: str = ""
    donor_count: int = 0


class DonationEvent(Event, frozen=True, gc=False, array_like=True, tag="donation"):
    """Somebody donated (`WebcastDonationMessage`; document only). `total` is as TikTok gives it."""

    type: ClassVar[str] = "donation"
    total: int = 0
    currency: str = ""
    sponsors: tuple[User, ...] = ()
    donors: tuple[User, ...] = ()


class Charity(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Who gets the money."""

    name: str = ""
    description: str = ""
    link: str = ""
    donation_link: str = ""
    logo_url: str = ""
    id: str = ""


class DonationSticker(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One sticker, of one campaign."""

    campaign_id: str = ""
    charity: Charity = Charity()


class DonationStickersEvent(Event, frozen=True, gc=False, array_like=True, tag="donationStickerModify"):
    """The stickers that ask for donations changed (`WebcastDonationStickerModifyMethod`)."""

    type: ClassVar[str] = "donationStickerModify"
    stickers: tuple[DonationSticker, ...] = ()


class WishlistEvent(Event, frozen=True, gc=False, array_like=True, tag="wishlistUpdate"):
    """The wish list changed (`WebcastWishlistUpdateMessage`; document only). It says no more than that."""

    type: ClassVar[str] = "wishlistUpdate"
