"""Games: draw and guess, moments, partnerships."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bot.events.base import Event


class PictionaryRound(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One round of draw and guess. Captured: two minutes. Instants in seconds, TikTok's clock."""

    id: str = ""
    session_id: str = ""
    started_at_s: int = 0
    ends_at_s: int = 0


class PictionaryStartEvent(Event, frozen=True, gc=False, array_like=True, tag="pictionaryStart"):
    """A round of draw and guess begins (`WebcastPictionaryStartMessage`)."""

    type: ClassVar[str] = "pictionaryStart"
    round: PictionaryRound = PictionaryRound()


class PictionaryUpdateEvent(Event, frozen=True, gc=False, array_like=True, tag="pictionaryUpdate"):
    """Somebody guessed right (`WebcastPictionaryUpdateMessage`): `correct_count` so far. `status` is the edge's."""

    type: ClassVar[str] = "pictionaryUpdate"
    round_id: str = ""
    correct_count: int = 0
    status: int = 0


class PictionaryEndEvent(Event, frozen=True, gc=False, array_like=True, tag="pictionaryEnd"):
    """A round is over, the word is told (`WebcastPictionaryEndMessage`). `end_type` is TikTok's number."""

    type: ClassVar[str] = "pictionaryEnd"
    round_id: str = ""
    word: str = ""
    end_type: int = 0


class PictionaryExitEvent(Event, frozen=True, gc=False, array_like=True, tag="pictionaryExit"):
    """Draw and guess is over (`WebcastPictionaryExitMessage`). `exit_reason` is the edge's."""

    type: ClassVar[str] = "pictionaryExit"
    session_id: str = ""
    shows_stats: bool = False
    exit_reason: int = 0


class GameMomentEvent(Event, frozen=True, gc=False, array_like=True, tag="gameMoment"):
    """A moment of a game (`WebcastGameMomentMessage`; document only). `event_time` and `max_time` are as TikTok gives them.

    `started_at_ms` and `ends_at_ms` are the edge's.
    """

    type: ClassVar[str] = "gameMoment"
    message_type: int = 0
    event_time: int = 0
    max_time: int = 0
    moment_id: str = ""
    started_at_ms: int = 0
    ends_at_ms: int = 0


class GameFeatureEvent(Event, frozen=True, gc=False, array_like=True, tag="gameServerFeature"):
    """A feature of the game server (the edge's event, opaque; of `WebcastGameServerFeatureMessage` only the head is known)."""

    type: ClassVar[str] = "gameServerFeature"
    raw: str = ""


class GameIntroEvent(Event, frozen=True, gc=False, array_like=True, tag="liveGameIntro"):
    """The card of the game that is played (`WebcastLiveGameIntroMessage`; document only)."""

    type: ClassVar[str] = "liveGameIntro"
    text: str = ""
    text_key: str = ""
    has_rank: bool = False


class DropsEvent(Event, frozen=True, gc=False, array_like=True, tag="partnershipDropsUpdate"):
    """Game drops (`WebcastPartnershipDropsUpdateMessage`). `change`: 0 shown, 1 updated, 2 closed."""

    type: ClassVar[str] = "partnershipDropsUpdate"
    change: int = 0
    drops_id: str = ""
    task_id: str = ""
    event_id: str = ""
    creator_id: str = ""


class OfflineGame(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A game of a partnership that ended, and what TikTok says about it."""

    task_id: str = ""
    game_id: str = ""
    title: str = ""
    text: str = ""
    offline_type: int = 0


class GamesOfflineEvent(Event, frozen=True, gc=False, array_like=True, tag="partnershipGameOffline"):
    """Game partnerships ended (`WebcastPartnershipGameOfflineMessage`; document only)."""

    type: ClassVar[str] = "partnershipGameOffline"
    games: tuple[OfflineGame, ...] = ()
