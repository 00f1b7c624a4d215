"""PK battles: a life-cycle message, score messages between, a last one when the punishment is over."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import msgspec

from bot.events.base import Event, User


class Phase(StrEnum):
    """`OTHER`: invitations, refusals and whatever else the life-cycle message says."""

    STARTING = "starting"
    ACTIVE = "active"
    PUNISHING = "punishing"
    ENDED = "ended"
    OTHER = "other"


class Result(StrEnum):
    """One side's result as TikTok's result map gives it; `UNKNOWN` when there was none."""

    WIN = "win"
    LOSE = "lose"
    DRAW = "draw"
    UNKNOWN = ""


class Contributor(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A viewer who scored for a side; TikTok names at most three a side."""

    user: User = User()
    score: int = 0


class Side(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One side. A team has a `team_id` and several `host_ids`; else there is one host, whose `user` may be unknown."""

    user: User = User()
    score: int = 0
    result: Result = Result.UNKNOWN
    contributors: tuple[Contributor, ...] = ()
    team_id: str = ""
    host_ids: tuple[str, ...] = ()


class BattleEvent(Event, frozen=True, gc=False, array_like=True, tag="battle"):
    """A PK begins, is decided or is over (`WebcastLinkMicBattle`, `WebcastLinkMicBattlePunishFinish`).

    The result stands in the message with phase `PUNISHING` (action 5, or 6 when cut short). `extra_duration_s`: time won
    by a card, on top of `duration_s`; `ends_at_ms` is 0 when TikTok names no end.
    """

    type: ClassVar[str] = "battle"
    battle_id: str = ""
    phase: Phase = Phase.OTHER
    duration_s: int = 0
    sides: tuple[Side, ...] = ()
    channel_id: str = ""
    started_at_ms: int = 0
    action: int = 0
    cut_short: bool = False
    extra_duration_s: int = 0
    ends_at_ms: int = 0


class BattleScoreEvent(Event, frozen=True, gc=False, array_like=True, tag="battleArmies"):
    """The score so far (`WebcastLinkMicArmies`). `seconds_left` is -1 when the message does not tell.

    `at_the_end`: the end of the fight itself caused this message, so its scores are the last ones. The start and the
    durations are the battle's settings, which modern messages repeat; 0 when this one does not.
    """

    type: ClassVar[str] = "battleArmies"
    battle_id: str = ""
    sides: tuple[Side, ...] = ()
    seconds_left: int = -1
    channel_id: str = ""
    phase: Phase = Phase.OTHER
    at_the_end: bool = False
    started_at_ms: int = 0
    duration_s: int = 0
    extra_duration_s: int = 0
    ends_at_ms: int = 0
