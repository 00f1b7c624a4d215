"""PK battles: the edge's three shapes of sides -> battle events. Pure.

`hosts` (v3: a host, its team's number and total), `teams` (the decoder's and the captured one: a host and its users) and
`battleUsers` (old documents). The edge passes no result on: who won is for whoever compares the final scores to say.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.events import BattleEvent, BattleScoreEvent, Common, Contributor, Phase, Side, User
from bot.events.ids import ViewerId
from bot.tiktok.tiktools.fields import Json, first, identifier, items, number, record, text, user

PHASES = {1: Phase.ACTIVE, 2: Phase.STARTING, 3: Phase.PUNISHING, 4: Phase.STARTING, 5: Phase.PUNISHING}
"""`battle.status`: active, starting, ended (the scores are final, the punishment begins), preparing, finalizing."""
SCORE_PHASES = {number: phase for number, phase in PHASES.items() if number != 4}
"""For scores without 4, "preparing": the captured frame with that status holds the scores of a fought battle."""


def battle(data: Json, common: Common) -> BattleEvent:
    """A battle is proposed, begins, is decided."""
    settings = record(data.get("battleSettings"))
    status = number(first(data, "status", "battleStatus"))
    return BattleEvent(
        common,
        battle_id=identifier(data, "battleId"),
        phase=PHASES.get(status, Phase.OTHER),
        duration_s=number(data.get("battleDuration")) or number(settings.get("duration")),
        sides=_sides(data),
        started_at_ms=number(settings.get("startTimeMs")),
        ends_at_ms=number(settings.get("endTimeMs")),
    )


def armies(data: Json, common: Common) -> BattleScoreEvent:
    """The score so far."""
    phase = SCORE_PHASES.get(number(data.get("status")), Phase.OTHER)
    settings = record(data.get("battleSettings"))
    started_at_ms = number(data.get("startedAtMs")) or number(settings.get("startTimeMs"))
    duration_s = number(data.get("durationSec")) or number(settings.get("duration"))
    at_ms = number(data.get("serverTsMs")) or common.created_at_ms
    return BattleScoreEvent(
        common,
        battle_id=identifier(data, "battleId"),
        sides=_sides(data),
        seconds_left=_seconds_left(data.get("secsRemaining"), phase, started_at_ms, duration_s, at_ms),
        phase=phase,
        started_at_ms=started_at_ms,
        duration_s=duration_s,
        ends_at_ms=number(settings.get("endTimeMs")),
    )


def punish_finish(data: Json, common: Common) -> BattleEvent:
    """The loser's punishment is over, and with it the battle."""
    return BattleEvent(common, battle_id=identifier(data, "battleId"), phase=Phase.ENDED)


def _sides(data: Json) -> tuple[Side, ...]:
    """In the order of host ids, so that every frame of a battle lists them alike."""
    if hosts := items(data.get("hosts")):
        sides = _host_sides(record(each) for each in hosts)
    elif teams := items(data.get("teams")):
        sides = [_team_side(record(each)) for each in teams]
    else:
        sides = [_user_side(record(each)) for each in items(data.get("battleUsers"))]
    return tuple(sorted(sides, key=_order))


def _order(side: Side) -> tuple[int, str, str]:
    first_host = side.host_ids[0] if side.host_ids else ""
    return (len(first_host), first_host, side.user.handle)


def _host_sides(hosts: Iterable[Json]) -> list[Side]:
    """Hosts with one team's number fight together; each names the team's total."""
    allied: dict[str, list[Json]] = {}
    for place, host in enumerate(hosts):
        allied.setdefault(text(host.get("teamIdx")) or f"alone {place}", []).append(host)
    sides = []
    for team_id, members in allied.items():
        ids = sorted((host_id for each in members if (host_id := identifier(each, "hostUserId"))), key=lambda i: (len(i), i))
        is_team = len(members) > 1
        sides.append(
            Side(
                user=User() if is_team else User(ViewerId(ids[0] if ids else "")),
                score=max(number(each.get("teamTotalScore")) for each in members),
                contributors=_contributors(one for each in members for one in items(each.get("contributors"))),
                team_id=team_id if is_team else "",
                host_ids=tuple(ids),
            )
        )
    return sides


def _team_side(team: Json) -> Side:
    host_id = identifier(team, "hostUserId")
    return Side(
        user=user(team.get("hostUser")) or User(ViewerId(host_id)),
        score=number(team.get("score")),
        contributors=_contributors(items(team.get("users"))),
        host_ids=(host_id,) if host_id else (),
    )


def _user_side(wire: Json) -> Side:
    host = user(wire) or User()
    return Side(user=host, score=number(wire.get("score")), host_ids=(host.id,) if host.id else ())


def _contributors(wires: Iterable[object]) -> tuple[Contributor, ...]:
    """The best first."""
    named = []
    for each in wires:
        wire = record(each)
        viewer = user(wire.get("user")) or user(wire)
        if viewer is not None:
            named.append(Contributor(viewer, number(wire.get("score"))))
    return tuple(sorted(named, key=lambda contributor: -contributor.score))


def _seconds_left(told: object, phase: Phase, started_at_ms: int, duration_s: int, at_ms: int) -> int:
    """As the edge says it, else out of start and duration; -1 when it tells neither."""
    if phase is Phase.PUNISHING:
        return 0
    if told is not None:
        return max(0, number(told))
    if not (started_at_ms and duration_s and at_ms):
        return -1
    return max(0, (started_at_ms + duration_s * 1000 - at_ms) // 1000)
