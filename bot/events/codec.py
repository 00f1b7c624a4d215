"""Event <-> stored bytes and JSON. Pure.

Stored (msgpack): `[envelope, event]`, where envelope = `[schema_version, creator_id, seq, epoch, source, received_at_ms]` and
event = `[tag, common, *body]`. Every array grows at its end only; a shorter one decodes with defaults, a longer one (written
by a newer version) drops what we do not know. A tag that we do not know decodes to `UnknownEvent` with the raw bytes.

JSON (for people and programs): one flat object, `type` first, then the shared fields, then the event's own.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec

from bot.events import (
    battles,
    cards,
    chat,
    commerce,
    connection,
    creators,
    engagement,
    fans,
    games,
    gifts,
    goals,
    guests,
    links,
    moderation,
    pins,
    presents,
    ranks,
    room,
)
from bot.events.base import Common, Event

SCHEMA_VERSION = 1
"""Raised when the meaning of a stored field changes; growing at the end does not need it."""

AnyEvent = (
    chat.CommentEvent
    | chat.EmoteEvent
    | chat.QuestionEvent
    | chat.CaptionEvent
    | gifts.GiftEvent
    | engagement.LikeEvent
    | engagement.JoinEvent
    | engagement.FollowEvent
    | engagement.ShareEvent
    | engagement.ViewersEvent
    | battles.BattleEvent
    | battles.BattleScoreEvent
    | moderation.DeletionEvent
    | moderation.MemberActionEvent
    | room.LivePausedEvent
    | room.LiveResumedEvent
    | room.LiveEndedEvent
    | room.ControlEvent
    | room.UnknownEvent
    | connection.ConnectedEvent
    | connection.DisconnectedEvent
    | connection.GapEvent
    | connection.LiveStartedEvent
    | connection.CreatorNotFoundEvent
    | connection.HandlerFailedEvent
    | chat.QuestionSelectedEvent
    | chat.QuestionClosedEvent
    | chat.QuestionDeletedEvent
    | chat.QuestionSwitchEvent
    | chat.CommentTrayEvent
    | engagement.UnauthorizedMemberEvent
    | engagement.GroupLiveMemberEvent
    | fans.PaidSubscribeEvent
    | fans.SuperFanEvent
    | fans.SuperFanJoinEvent
    | fans.BarrageEvent
    | fans.FanClubEvent
    | links.LinkEvent
    | links.LinkLayerEvent
    | links.LinkMicEvent
    | links.LinkStateEvent
    | links.LinkMicLayoutEvent
    | links.LinkScreenEvent
    | links.LinkGuideEvent
    | links.FanTicketEvent
    | links.OpponentGiftEvent
    | links.CohostLayoutEvent
    | links.CompetitionEvent
    | links.CompetitionContributorEvent
    | links.GuestShowdownEvent
    | links.BattleTaskEvent
    | links.BattleCardEvent
    | links.BattleNoticeEvent
    | links.BattleGameplayEvent
    | moderation.PerceptionEvent
    | moderation.BottomEvent
    | moderation.AccessControlEvent
    | moderation.AccessRecallEvent
    | moderation.RoomVerifyEvent
    | moderation.PartnershipPunishEvent
    | room.RoomTextEvent
    | room.SystemEvent
    | room.NoticeEvent
    | room.ToastEvent
    | room.SpeakerEvent
    | room.IntroEvent
    | room.RoomNotifyEvent
    | room.MarqueeEvent
    | room.BannerEvent
    | room.CapsuleEvent
    | room.GuideEvent
    | room.LatencyProbeEvent
    | room.StickersEvent
    | room.ToolChangeEvent
    | room.PrivilegeEvent
    | room.StreamStatusEvent
    | room.HotRoomEvent
    | room.HostBoardEvent
    | room.BusinessBoardEvent
    | room.RevenueShareEvent
    | room.SummaryEvent
    | room.ShortTouchEvent
    | pins.PinEvent
    | pins.SubscriberPinEvent
    | goals.GoalEvent
    | goals.PollEvent
    | goals.EnvelopeEvent
    | goals.SuperFanBoxEvent
    | goals.EnvelopePortalEvent
    | ranks.RankEvent
    | ranks.RankTextEvent
    | ranks.HourlyRankEvent
    | ranks.HourlyRankRewardEvent
    | ranks.GameRankEvent
    | commerce.ShoppingEvent
    | commerce.ShopStaffEvent
    | commerce.ShopBillboardEvent
    | commerce.ShopRefreshEvent
    | commerce.GiftPanelEvent
    | commerce.GiftBroadcastEvent
    | commerce.GiftPromptEvent
    | commerce.GiftRestrictionEvent
    | commerce.GiftGalleryEvent
    | commerce.GiftUnlockEvent
    | commerce.ViewerPicksEvent
    | commerce.BoostCardsEvent
    | games.PictionaryStartEvent
    | games.PictionaryUpdateEvent
    | games.PictionaryEndEvent
    | games.PictionaryExitEvent
    | games.GameMomentEvent
    | games.GameFeatureEvent
    | games.GameIntroEvent
    | games.DropsEvent
    | games.GamesOfflineEvent
    | creators.SubscriptionQuotaEvent
    | creators.CreatorTaskEvent
    | creators.ColdStartEvent
    | creators.LiveInfoReviewEvent
    | creators.PromotionStatusEvent
    | creators.PerformancePageEvent
    | creators.BoostedViewersEvent
    | creators.UserStatsEvent
    | creators.AlertBoxReviewEvent
    | creators.PunishCenterEvent
    | creators.RoomMonitorEvent
    | creators.NoticeboardEvent
    | creators.NoticeboardReviewEvent
    | creators.WallpaperReviewEvent
    | creators.AuthorizationEvent
    | creators.AvatarDeletedEvent
    | creators.AvatarStyleEvent
    | creators.ChannelSlotEvent
    | creators.ChannelSlotChangedEvent
    | creators.ChannelViewerEvent
    | guests.GuestInviteEvent
    | guests.GuestInviteGuideEvent
    | guests.GuestSuggestionEvent
    | guests.CohostReservationEvent
    | guests.CohostTopicEvent
    | guests.LinkLayoutEvent
    | guests.LinkSignalEvent
    | guests.LinkNoticeEvent
    | guests.VictoryLapEvent
    | guests.PlaybookEvent
    | guests.CountdownEvent
    | guests.CountdownForAllEvent
    | guests.LiveShowEvent
    | guests.GreetingEvent
    | guests.KaraokeListEvent
    | guests.KaraokeRedDotEvent
    | guests.KaraokeRequestEvent
    | guests.KaraokeDuetEvent
    | guests.KaraokeSwitchEvent
    | cards.CommonToastEvent
    | cards.PopupEvent
    | cards.BrandCardEvent
    | cards.GuideTaskEvent
    | cards.GiftGuideEvent
    | cards.ShareGuideEvent
    | cards.SubscriptionGuideEvent
    | cards.RoomBottomEvent
    | cards.SpecialPushEvent
    | cards.FollowCardEvent
    | cards.LeadFormEvent
    | cards.BannerRefreshEvent
    | cards.AppUpgradeEvent
    | cards.PortalEvent
    | cards.ScreenCommentEvent
    | cards.ColoredCommentEvent
    | cards.OldLikeEvent
    | cards.ScheduledLiveEvent
    | cards.StarCommentEvent
    | cards.HashtagEvent
    | cards.BusinessStickersEvent
    | cards.EffectControlEvent
    | cards.InteractiveEffectEvent
    | cards.OverlayPagesEvent
    | cards.PrivilegeEffectEvent
    | cards.RecommendationsEvent
    | presents.AssetEvent
    | presents.BackpackEvent
    | presents.BoundGiftEvent
    | presents.EffectPreloadEvent
    | presents.GiftCollectionEvent
    | presents.GiftListEvent
    | presents.GiftProgressEvent
    | presents.GiftRecordEvent
    | presents.GoodyBagEvent
    | presents.HubGoalEvent
    | presents.GiftTrayEvent
    | presents.DonationTotalEvent
    | presents.DonationEvent
    | presents.DonationStickersEvent
    | presents.WishlistEvent
    | commerce.ShopNoticeEvent
    | commerce.ShopTaskEvent
    | commerce.CouponEvent
    | commerce.GoodsEvent
    | commerce.GoodsOrderEvent
    | commerce.PaidSeriesEvent
    | commerce.ShopHotRoomEvent
    | fans.SubscriptionWaveEvent
    | fans.SubscriptionTimerEvent
    | fans.SubscriberQueueEvent
    | fans.SubscriptionNoticeEvent
    | games.QuizCardEvent
    | games.QuizRoleEvent
    | games.PredictionToastEvent
    | games.PredictionSuggestionEvent
    | games.PredictionRequestEvent
    | games.GamePingEvent
    | games.PartnershipCardEvent
    | games.GameDownloadsEvent
    | games.CreatorDropsEvent
    | games.DropsCardEvent
    | games.PartnershipTaskEvent
    | ranks.WeeklyRankRewardEvent
)

EVENT_CLASSES: tuple[type[Event], ...] = AnyEvent.__args__


class Envelope(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Where and by whom an event was logged. `seq` is gapless per creator; `epoch` is the writer's right to write."""

    schema_version: int = SCHEMA_VERSION
    creator_id: int = 0
    seq: int = 0
    epoch: int = 0
    source: str = ""
    received_at_ms: int = 0


class Logged(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An event as the log holds it."""

    envelope: Envelope
    event: AnyEvent

    @property
    def seq(self) -> int:
        return self.envelope.seq


class _RawLogged(msgspec.Struct, frozen=True, gc=False, array_like=True):
    envelope: Envelope
    event: msgspec.Raw


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[list[Logged]] = msgspec.msgpack.Decoder(list[Logged])
_raw_decoder: msgspec.msgpack.Decoder[list[_RawLogged]] = msgspec.msgpack.Decoder(list[_RawLogged])
_event_decoder: msgspec.msgpack.Decoder[AnyEvent] = msgspec.msgpack.Decoder(AnyEvent)


def encode(batch: Sequence[Logged]) -> bytes:
    """A batch as one body."""
    return _encoder.encode(batch)


def decode(body: bytes) -> list[Logged]:
    """The batch of a body. Raises `msgspec.DecodeError` only when the body is not a batch at all."""
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError:
        return [Logged(raw.envelope, _decode_event(raw.event)) for raw in _raw_decoder.decode(body)]


def _decode_event(raw: msgspec.Raw) -> AnyEvent:
    try:
        return _event_decoder.decode(raw)
    except msgspec.ValidationError:
        parts = msgspec.msgpack.decode(raw)
        tag = str(parts[0]) if isinstance(parts, list) and parts else ""
        common = Common()
        if isinstance(parts, list) and len(parts) > 1:
            # A shared part of a shape that we cannot read: the event keeps its raw bytes all the same.
            with contextlib.suppress(msgspec.ValidationError):
                common = msgspec.convert(parts[1], Common)
        return room.UnknownEvent(common, method=tag, payload=bytes(raw))


def to_json(event: Event) -> dict[str, Any]:
    """The event as JSON-ready builtins: flat, `type` first. Bytes become base64 text."""
    out: dict[str, Any] = {"type": event.type}
    for name in Common.__struct_fields__:
        out[name] = _plain(getattr(event.common, name))
    for name in event.__struct_fields__[1:]:
        out[name] = _plain(getattr(event, name))
    return out


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value


def event_id(event: Event, *, room_id: str = "") -> tuple[str, str, str]:
    """What makes an event one event: (room of the connection, tag, message id).

    `message_id` alone is not unique: TikTok reuses it across types, and a frame may lack one (its source then derives one).
    """
    tag = event.__struct_config__.tag
    return (room_id or event.room_id, str(tag), event.message_id)
