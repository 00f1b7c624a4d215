"""Every name by which people know an event -> our classes. Pure.

Programmers come with three vocabularies: TikTokLive's class names and its older string names, the hosted feed's event names
(which are ours), and the Node connector's. Case, underscores and a last `Event` do not matter: `GiftEvent`, `gift`, `Gift`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from bot.errors import BadInput
from bot.events.base import Event
from bot.events.battles import BattleEvent, BattleScoreEvent
from bot.events.cards import ColoredCommentEvent, ScheduledLiveEvent
from bot.events.chat import CaptionEvent, CommentEvent, EmoteEvent, QuestionEvent
from bot.events.codec import EVENT_CLASSES
from bot.events.commerce import BoostCardsEvent, GiftPanelEvent, GiftRestrictionEvent, ShoppingEvent
from bot.events.connection import ConnectedEvent, DisconnectedEvent, HandlerFailedEvent, LiveStartedEvent
from bot.events.engagement import FollowEvent, JoinEvent, ShareEvent, ViewersEvent
from bot.events.fans import FanClubEvent, PaidSubscribeEvent
from bot.events.games import GamesOfflineEvent
from bot.events.goals import GoalEvent, PollEvent
from bot.events.guests import LinkSignalEvent
from bot.events.links import BattleCardEvent, BattleNoticeEvent, BattleTaskEvent, FanTicketEvent, LinkEvent, LinkMicEvent
from bot.events.moderation import BottomEvent, DeletionEvent
from bot.events.pins import PinEvent, SubscriberPinEvent
from bot.events.presents import DonationStickersEvent
from bot.events.ranks import HourlyRankEvent, RankEvent
from bot.events.room import (
    ControlEvent,
    IntroEvent,
    LatencyProbeEvent,
    LiveEndedEvent,
    LivePausedEvent,
    LiveResumedEvent,
    RoomTextEvent,
    UnknownEvent,
)

CONTROL = (LivePausedEvent, LiveResumedEvent, LiveEndedEvent, ControlEvent)

OTHER_WORDS: Mapping[str, tuple[type[Event], ...]] = {
    # TikTokLive's, where they are not ours as well.
    "comment": (CommentEvent,),
    # An older name of comments, and a newer one of another message.
    "comments": (CommentEvent, ColoredCommentEvent),
    "join joins": (JoinEvent,),
    "viewer_update viewer_count_update viewer viewers viewer_count roomUser": (ViewersEvent,),
    "follows": (FollowEvent,),
    "shares more_share": (ShareEvent,),
    "social": (FollowEvent, ShareEvent),
    "emote": (EmoteEvent,),
    "questionNew": (QuestionEvent,),
    "intro_message": (IntroEvent,),
    "SubNotify sub paidSubscribe subscription": (PaidSubscribeEvent,),
    "weekly_ranking": (HourlyRankEvent,),
    "ranking_update rankings": (RankEvent,),
    "mic_battle mic_battle_start LinkMicBattle LinkMicBattlePunishFinish battlePunishFinish pk": (BattleEvent,),
    "mic_armies mic_battle_update LinkMicArmies battleScore": (BattleScoreEvent,),
    "LinkMicBattleItemCard battleCard": (BattleCardEvent,),
    "LinkmicBattleTask": (BattleTaskEvent,),
    "LinkMicFanTicketMethod": (FanTicketEvent,),
    "LinkMicMethod": (LinkMicEvent,),
    "linkMessage": (LinkEvent,),
    "roomMessage": (RoomTextEvent,),
    "MessageDetect": (LatencyProbeEvent,),
    "Bottom": (BottomEvent,),
    "pinned pin": (PinEvent,),
    "SubPinEventEvent subPinEvent": (SubscriberPinEvent,),
    "captionMessage captions": (CaptionEvent,),
    "pollMessage": (PollEvent,),
    "goal": (GoalEvent,),
    "deletion deletions delete": (DeletionEvent,),
    "giftPanel": (GiftPanelEvent,),
    "giftRestriction": (GiftRestrictionEvent,),
    "boostCards": (BoostCardsEvent,),
    "shopping": (ShoppingEvent,),
    "gamesOffline": (GamesOfflineEvent,),
    "controlMessage": CONTROL,
    "live_end LiveEnd streamEnd": (LiveEndedEvent,),
    "LivePause": (LivePausedEvent,),
    "LiveUnpause": (LiveResumedEvent,),
    # What happens to the connection.
    "connect websocketConnected": (ConnectedEvent,),
    "roomInfo enterRoom": (ConnectedEvent, LiveStartedEvent),
    "disconnect not_live rate_limited": (DisconnectedEvent,),
    "error": (HandlerFailedEvent, DisconnectedEvent),
    "FansEventEvent": (FanClubEvent,),
    "RoomEventEvent": (ScheduledLiveEvent,),
    "LinkmicBattleNotice": (BattleNoticeEvent,),
    "DonationStickerModifyMethod": (DonationStickersEvent,),
    "LinkMicSignalingMethod": (LinkSignalEvent,),
    # Known by name only: nobody has seen what is in them.
    "gapHighlightPushGuide gameAutoPostNotice cohostSettingsUpdate": (UnknownEvent,),
    "user_ranking_update": tuple(each for each in EVENT_CLASSES if each.type == "rankText"),
    # Everything; the last three are the raw messages of TikTokLive and the connector.
    "event all any WebsocketResponse rawData decodedData": EVENT_CLASSES,
    # Frames of the hosted feed that keep a connection open, and a level of logging: no event is behind them.
    "ping pong _journal debug websocketData": (),
}
"""Words of other vocabularies, and a few that people type."""

UNMODELLED = """
    AiLiveSummary AnchorGrowLevel AnchorReminderWord AudienceReserveUserState AvatarGenerateResult EcDraw
    EcTaskRefreshCouponList Epi Event GameEmoteUpdate GameGuessPinCard GameGuessWidgets GameSettingChange GiftNotice
    GuessQuestionAudit HighlightFragementReady InRoomBannerEvent KaraokeQueue LinkBusiness LinkMicAd LinkmicAnimation
    LiveJourney MiddleTouch NewAnchorGuide PlayTogether PopularCard PreviewGameMoment QuickChatList RankToast
    RealtimeLiveCenterMethod RoomStreamAdaptation StarCommentPush SubContractStatus WalletLiveRewardsRatio Wallpaper
"""
"""TikTokLive 6.5's names (without `Event`) of messages that we do not model: they arrive as `UnknownEvent`, whole."""


def classes_named(name: str) -> frozenset[type[Event]]:
    """The classes that `name` means, none for a name without an event behind it. Raises `BadInput` naming the nearest."""
    found = _CLASSES.get(_plain(name))
    if found is not None:
        return found
    close = get_close_matches(_plain(name), _SPELLINGS, n=1)
    hint = f" Did you mean {_SPELLINGS[close[0]]}?" if close else ""
    # The word itself is not repeated: it is whatever somebody typed.
    raise BadInput(f"There is no such event.{hint}")


def names() -> Iterable[str]:
    """Every name that is understood, as its vocabulary spells it."""
    return _SPELLINGS.values()


def _plain(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return plain.removesuffix("event") or plain


def _index() -> tuple[dict[str, frozenset[type[Event]]], dict[str, str]]:
    classes: dict[str, frozenset[type[Event]]] = {}
    spellings: dict[str, str] = {}

    def put(name: str, meant: Iterable[type[Event]]) -> None:
        if _plain(name) not in classes:
            classes[_plain(name)] = frozenset(meant)
            spellings[_plain(name)] = name

    for each in EVENT_CLASSES:
        put(each.type, [other for other in EVENT_CLASSES if other.type == each.type])
    for words, meant in OTHER_WORDS.items():
        for word in words.split():
            put(word, meant)
    for each in EVENT_CLASSES:
        put(str(each.__struct_config__.tag), [each])
        put(each.__name__, [each])
    for word in UNMODELLED.split():
        put(f"{word}Event", [UnknownEvent])
    return classes, spellings


_CLASSES, _SPELLINGS = _index()
