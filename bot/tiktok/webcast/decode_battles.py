"""PK battles: Webcast messages -> battle events. Pure.

Sides are ordered by host id (teams by team id), so that every message of a battle lists them alike: the wire holds maps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.events import BattleEvent, BattleScoreEvent, Contributor, Phase, Result, Side, User
from bot.events.ids import Handle, ViewerId
from bot.tiktok.webcast.decode_parts import Arrival, common, first_url
from bot.tiktok.webcast.pb import webcast_pb2 as pb

OPENED, FINISHED, CUT_SHORT = 4, 5, 6
PHASE_OF_ACTION = {OPENED: Phase.STARTING, FINISHED: Phase.PUNISHING, CUT_SHORT: Phase.PUNISHING}
"""Captured: action 4 comes with settings status 1, action 5 with status 3. Others invite, refuse, quit."""

PHASE_OF_STATUS = {1: Phase.ACTIVE, 2: Phase.PUNISHING, 3: Phase.PUNISHING, 4: Phase.ENDED}
RESULTS = {0: Result.WIN, 1: Result.LOSE, 2: Result.DRAW}
PUNISHMENT_CUT_SHORT = 1


def battle(message: pb.Battle, payload: bytes, arrival: Arrival) -> BattleEvent:
    """`WebcastLinkMicBattle`: a battle is proposed, begins, is decided."""
    settings, action = message.settings, message.action
    return BattleEvent(
        common(message.base, None, payload, arrival),
        battle_id=_text(message.battle_id or settings.battle_id),
        phase=PHASE_OF_ACTION.get(action, Phase.OTHER),
        duration_s=settings.duration_s,
        sides=_battle_sides(message),
        channel_id=_text(settings.channel_id),
        started_at_ms=settings.started_at_ms,
        action=action,
        cut_short=action == CUT_SHORT,
    )


def armies(message: pb.BattleArmies, payload: bytes, arrival: Arrival) -> BattleScoreEvent:
    """`WebcastLinkMicArmies`: the score."""
    settings, base = message.settings, message.base
    phase = PHASE_OF_STATUS.get(settings.status, Phase.OTHER)
    teams = message.team_armies
    return BattleScoreEvent(
        common(base, None, payload, arrival),
        battle_id=_text(message.battle_id or settings.battle_id),
        sides=_team_sides((), (), teams) if _are_teams(teams) else _host_sides({}, {}, message.armies),
        seconds_left=_seconds_left(settings, phase, message.score_updated_at_ms or base.created_at),
        channel_id=_text(message.channel_id or settings.channel_id),
        phase=phase,
    )


def punish_finish(message: pb.BattlePunishFinish, payload: bytes, arrival: Arrival) -> BattleEvent:
    """`WebcastLinkMicBattlePunishFinish`: the loser's punishment is over, and with it the battle."""
    settings = message.settings
    return BattleEvent(
        common(message.base, None, payload, arrival),
        battle_id=_text(message.battle_id or settings.battle_id),
        phase=Phase.ENDED,
        duration_s=settings.duration_s,
        channel_id=_text(message.channel_id or settings.channel_id),
        started_at_ms=settings.started_at_ms,
        cut_short=message.reason == PUNISHMENT_CUT_SHORT,
    )


def _battle_sides(message: pb.Battle) -> tuple[Side, ...]:
    members, results, scores = message.team_members, message.team_results, message.team_armies
    if _are_teams(scores) or _are_teams(results) or any(len(team.user_ids) > 1 for team in members):
        return _team_sides(members, results, scores)
    return _host_sides(message.hosts, message.results, message.armies)


def _are_teams(teams: Sequence[pb.TeamArmy] | Sequence[pb.TeamResult]) -> bool:
    """Newer messages list single hosts as teams of one, too: those are read as hosts, by their richer maps."""
    return any(len(team.users) > 1 for team in teams)


def _host_sides(
    hosts: Mapping[int, pb.BattleHost],
    results: Mapping[int, pb.BattleResult],
    scores: Mapping[int, pb.Army],
) -> tuple[Side, ...]:
    sides = []
    for host_id in sorted({*hosts, *results, *scores}):
        host, result, army = hosts.get(host_id), results.get(host_id), scores.get(host_id)
        sides.append(
            Side(
                user=_host(host_id, host.user if host else None),
                score=result.score if result else army.score if army else 0,
                result=RESULTS.get(result.result, Result.UNKNOWN) if result else Result.UNKNOWN,
                contributors=_contributors(army.members) if army else (),
                host_ids=(str(host_id),),
            )
        )
    return tuple(sides)


def _team_sides(
    members: Iterable[pb.TeamMembers], results: Iterable[pb.TeamResult], scores: Iterable[pb.TeamArmy]
) -> tuple[Side, ...]:
    hosts = {team.team_id: list(team.user_ids) for team in members}
    decided = {team.team_id: team for team in results}
    scored = {team.team_id: team for team in scores}
    for decision in decided.values():
        hosts.setdefault(decision.team_id, [each.user_id for each in decision.users])
    for score in scored.values():
        hosts.setdefault(score.team_id, [each.user_id for each in score.users])
    sides = []
    for team_id in sorted(hosts):
        result, army = decided.get(team_id), scored.get(team_id)
        sides.append(
            Side(
                score=result.total_score if result else army.total_score if army else 0,
                result=RESULTS.get(result.result, Result.UNKNOWN) if result else Result.UNKNOWN,
                contributors=_contributors(army.army.members) if army else (),
                team_id=str(team_id),
                host_ids=tuple([str(host_id) for host_id in hosts[team_id]]),
            )
        )
    return tuple(sides)


def _host(host_id: int, host: pb.BattleHostUser | None) -> User:
    if host is None:
        return User(ViewerId(str(host_id)))
    return User(ViewerId(str(host_id)), Handle(host.handle), host.nickname, first_url(host.avatar_thumb))


def _contributors(members: Iterable[pb.ArmyMember]) -> tuple[Contributor, ...]:
    """TikTok names at most three a side; the best first."""
    named = [
        Contributor(
            User(ViewerId(str(each.user_id)), nickname=each.nickname, avatar_url=first_url(each.avatar_thumb)), each.score
        )
        for each in members
    ]
    return tuple(sorted(named, key=lambda contributor: -contributor.score))


def _seconds_left(settings: pb.BattleSettings, phase: Phase, at_ms: int) -> int:
    """Both instants are TikTok's clock. -1 when one of them is missing."""
    if phase in (Phase.PUNISHING, Phase.ENDED):
        return 0
    started_at_ms, duration_s = settings.started_at_ms, settings.duration_s
    if not (at_ms and started_at_ms and duration_s):
        return -1
    ends_at_ms = settings.ends_at_ms or started_at_ms + (duration_s + settings.extra_duration_s) * 1000
    return max(0, (ends_at_ms - at_ms) // 1000)


def _text(number: int) -> str:
    return str(number) if number else ""
