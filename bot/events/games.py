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


class QuizCardEvent(Event, frozen=True, gc=False, array_like=True, tag="activityQuizCard"):
    """The card of a quiz (`WebcastActivityQuizCardMessage`; document only); its question is not documented."""

    type: ClassVar[str] = "activityQuizCard"
    link: str = ""
    quiz_id: str = ""
    told_at_ms: int = 0
    expires_at_ms: int = 0


class QuizRoleEvent(Event, frozen=True, gc=False, array_like=True, tag="activityQuizUserIdentity"):
    """The viewer's part in a quiz changed (`WebcastActivityQuizUserIdentityMessage`; document only)."""

    type: ClassVar[str] = "activityQuizUserIdentity"
    quiz_id: str = ""
    version: int = 0
    told_at_ms: int = 0


class PredictionToastEvent(Event, frozen=True, gc=False, array_like=True, tag="gameGuessToast"):
    """A line about a prediction (`WebcastGameGuessToastMessage`; document only). Ids and numbers are text, as on the wire."""

    type: ClassVar[str] = "gameGuessToast"
    round_id: str = ""
    shows_type: bool = False
    option_index: str = ""
    title_key: str = ""
    result_key: str = ""
    rank: str = ""
    option_id: str = ""
    dismissed_after_s: int = 0


class PredictionSuggestionEvent(Event, frozen=True, gc=False, array_like=True, tag="gameRecommendCreateGuess"):
    """The creator is offered to open a prediction (`WebcastGameRecommendCreateGuessMessage`; document only)."""

    type: ClassVar[str] = "gameRecommendCreateGuess"
    template_id: str = ""
    bet_s: int = 0
    dismissed_after: int = 0
    tips_type: int = 0
    tips_limit: int = 0
    server_time: str = ""
    expires: str = ""


class PredictionRequestEvent(Event, frozen=True, gc=False, array_like=True, tag="gameReqSetGuess"):
    """Viewers ask for a prediction (`WebcastGameReqSetGuessMessage`; document only). The counts are text, as on the wire."""

    type: ClassVar[str] = "gameReqSetGuess"
    text: str = ""
    text_key: str = ""
    request_count: str = ""
    limit: str = ""
    capsule_count: str = ""


class GamePingEvent(Event, frozen=True, gc=False, array_like=True, tag="gameOCRPing"):
    """Which game TikTok sees on the screen (`WebcastGameOCRPingMessage`; document only)."""

    type: ClassVar[str] = "gameOCRPing"
    value: int = 0
    is_game: bool = False
    label: str = ""
    pinged_at_ms: int = 0


class PartnershipCardEvent(Event, frozen=True, gc=False, array_like=True, tag="partnershipCardChange"):
    """The card of a game partnership (`WebcastPartnershipCardChangeMessage`). `change`: most likely as in `DropsEvent`."""

    type: ClassVar[str] = "partnershipCardChange"
    change: int = 0
    sequence_id: int = 0
    task_id: str = ""


class GameDownloadsEvent(Event, frozen=True, gc=False, array_like=True, tag="partnershipDownloadCount"):
    """How often a game was downloaded (`WebcastPartnershipDownloadCountMessage`; document only)."""

    type: ClassVar[str] = "partnershipDownloadCount"
    count: int = 0
    game_id: str = ""


class CreatorDropsEvent(Event, frozen=True, gc=False, array_like=True, tag="partnershipDropsAnchor"):
    """The creator takes part in game drops (`WebcastPartnershipDropsAnchorMessage`; document only).

    `change`: most likely as in `DropsEvent`.
    """

    type: ClassVar[str] = "partnershipDropsAnchor"
    change: int = 0
    drops_id: str = ""
    creator_id: str = ""
    notice_type: int = 0
    name: str = ""


class DropsCardEvent(Event, frozen=True, gc=False, array_like=True, tag="partnershipDropsCardChange"):
    """The card of game drops (`WebcastPartnershipDropsCardChangeMessage`; document only).

    `change`: most likely as in `DropsEvent`; `display_time` is as TikTok gives it.
    """

    type: ClassVar[str] = "partnershipDropsCardChange"
    change: int = 0
    drops_id: str = ""
    display_time: int = 0
    game_id: str = ""
    game_name: str = ""


class PartnershipTaskEvent(Event, frozen=True, gc=False, array_like=True, tag="partnershipTaskShow"):
    """A task of a game partnership (`WebcastPartnershipTaskShowMessage`; document only).

    `change`: most likely as in `DropsEvent`.
    """

    type: ClassVar[str] = "partnershipTaskShow"
    change: int = 0
    task_id: str = ""
    has_task: bool = False
