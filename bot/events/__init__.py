"""VOCABULARY: what happened. Frozen structs, one tagged union, one codec. Pure."""

from __future__ import annotations

from bot.events.base import Badge, Common, Event, User
from bot.events.battles import BattleEvent, BattleScoreEvent, Contributor, Phase, Result, Side
from bot.events.chat import Caption, CaptionEvent, CommentEvent, Emote, EmoteEvent, QuestionEvent
from bot.events.connection import ConnectedEvent, CreatorNotFoundEvent, DisconnectedEvent, GapEvent, LiveStartedEvent
from bot.events.engagement import FollowEvent, JoinEvent, LikeEvent, ShareEvent, TopViewer, ViewersEvent
from bot.events.gifts import Combo, Gift, GiftEvent
from bot.events.ids import BattleId, Handle, MessageId, RoomId, ViewerId
from bot.events.moderation import DeletionEvent, MemberActionEvent
from bot.events.room import ControlEvent, LiveEndedEvent, LivePausedEvent, LiveResumedEvent, UnknownEvent

__all__ = [
    "Badge",
    "BattleEvent",
    "BattleId",
    "BattleScoreEvent",
    "Caption",
    "CaptionEvent",
    "Combo",
    "CommentEvent",
    "Common",
    "ConnectedEvent",
    "Contributor",
    "ControlEvent",
    "CreatorNotFoundEvent",
    "DeletionEvent",
    "DisconnectedEvent",
    "Emote",
    "EmoteEvent",
    "Event",
    "FollowEvent",
    "GapEvent",
    "Gift",
    "GiftEvent",
    "Handle",
    "JoinEvent",
    "LikeEvent",
    "LiveEndedEvent",
    "LivePausedEvent",
    "LiveResumedEvent",
    "LiveStartedEvent",
    "MemberActionEvent",
    "MessageId",
    "Phase",
    "QuestionEvent",
    "Result",
    "RoomId",
    "ShareEvent",
    "Side",
    "TopViewer",
    "UnknownEvent",
    "User",
    "ViewerId",
    "ViewersEvent",
]
