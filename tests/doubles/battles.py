"""A PK as TikTok tells it: the events of one battle, in the words of the product. Real starts are `START_MS`."""

from __future__ import annotations

from collections.abc import Mapping

from bot.events import BattleEvent, BattleScoreEvent, Contributor, Phase, Result, RoomId, Side, User, ViewerId
from bot.events.base import Common
from tests.doubles.clock import START_MS

FIGHT_S = 300


def about(at_s: float, room: str) -> Common:
    return Common(room_id=RoomId(room), created_at_ms=START_MS + int(at_s * 1000))


def side(
    host: str, score: int = 0, result: Result = Result.UNKNOWN, given: Mapping[str, int] | None = None, team: str = ""
) -> Side:
    """`team`: the side is a team of that id, and `host` lists its hosts, separated by spaces."""
    gifts = sorted((given or {}).items(), key=lambda each: -each[1])
    return Side(
        user=User() if team else User(id=ViewerId(host)),
        score=score,
        result=result,
        contributors=tuple(Contributor(User(id=ViewerId(name), nickname=name), points) for name, points in gifts),
        team_id=team,
        host_ids=tuple(host.split()),
    )


def opens(*hosts: str, battle: str = "b1", room: str = "r1", at_s: float = 0) -> BattleEvent:
    """Action 4: it begins."""
    return BattleEvent(
        about(at_s, room),
        battle_id=battle,
        phase=Phase.STARTING,
        duration_s=FIGHT_S,
        sides=tuple(side(host) for host in hosts),
        channel_id="c1",
        started_at_ms=START_MS + int(at_s * 1000),
        action=4,
    )


def scores(
    *sides: Side,
    at_s: float,
    battle: str = "b1",
    room: str = "r1",
    phase: Phase = Phase.ACTIVE,
    extra_s: int = 0,
    began_s: float = 0,
) -> BattleScoreEvent:
    """The score so far, with the battle's settings."""
    return BattleScoreEvent(
        about(at_s, room),
        battle_id=battle,
        sides=sides,
        channel_id="c1",
        phase=phase,
        started_at_ms=START_MS + int(began_s * 1000),
        duration_s=FIGHT_S,
        extra_duration_s=extra_s,
    )


def last_scores(*sides: Side, at_s: float = FIGHT_S, battle: str = "b1", room: str = "r1", extra_s: int = 0) -> BattleScoreEvent:
    """The score that the end itself caused."""
    return BattleScoreEvent(
        about(at_s, room),
        battle_id=battle,
        sides=sides,
        phase=Phase.PUNISHING,
        at_the_end=True,
        started_at_ms=START_MS,
        duration_s=FIGHT_S,
        extra_duration_s=extra_s,
    )


def decides(
    *sides: Side, at_s: float = FIGHT_S + 0.5, battle: str = "b1", room: str = "r1", cut_short: bool = False
) -> BattleEvent:
    """Action 5, or 6 when cut short: the fight is over."""
    return BattleEvent(
        about(at_s, room),
        battle_id=battle,
        phase=Phase.PUNISHING,
        duration_s=FIGHT_S,
        sides=sides,
        started_at_ms=START_MS,
        action=6 if cut_short else 5,
        cut_short=cut_short,
    )


def closes(*, at_s: float = FIGHT_S + 180, battle: str = "b1", room: str = "r1") -> BattleEvent:
    """The punishment is over."""
    return BattleEvent(about(at_s, room), battle_id=battle, phase=Phase.ENDED, duration_s=FIGHT_S, started_at_ms=START_MS)
