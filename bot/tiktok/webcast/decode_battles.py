"""PK battles: Webcast messages -> battle events. Pure.

Sides are ordered by host id (teams by team id), so that every message of a battle lists them alike: the wire holds maps.

Three layouts are on the wire, in the same slots. The oldest (before 2023) has the hosts and armies only: no settings, maybe no
id, no key beside a host; its status of an armies message stands where newer ones say what triggered it, with the same numbers.
The newest may list single hosts as teams of one, with or without the older maps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from google.protobuf.message import DecodeError as ProtobufError

from bot.events import BattleEvent, BattleScoreEvent, Contributor, Phase, Result, Side, User
from bot.tiktok.webcast import wire
from bot.tiktok.webcast.decode_parts import Arrival, common, first_url
from bot.tiktok.webcast.pb import webcast_pb2 as pb

OPENED, FINISHED, CUT_SHORT = 4, 5, 6
PHASE_OF_ACTION = {OPENED: Phase.STARTING, FINISHED: Phase.PUNISHING, CUT_SHORT: Phase.PUNISHING}
"""Captured: action 4 comes with settings status 1, action 5 with status 3. Others invite, refuse, quit."""

PHASE_OF_STATUS = {1: Phase.ACTIVE, 2: Phase.PUNISHING, 3: Phase.PUNISHING, 4: Phase.ENDED}
RESULTS = {0: Result.WIN, 1: Result.LOSE, 2: Result.DRAW}
PUNISHMENT_CUT_SHORT = 1

TRIGGERED_BY_SCORE, TRIGGERED_BY_END = 1, 2
"""What caused an armies message; in the oldest layout whether the battle is "ongoing" or "finished"."""

HOSTS_FIELD, ENTRY_VALUE = 10, 2

_make_user: Callable[..., User] = User
"""The constructor as it is at run time, where ids are plain strings."""


def battle(message: pb.Battle, payload: bytes, arrival: Arrival) -> BattleEvent:
    """`WebcastLinkMicBattle`: a battle is proposed, begins, is decided."""
    settings, action = message.settings, message.action
    return BattleEvent(
        common(message.base, None, payload, arrival),
        battle_id=_text(message.battle_id or settings.battle_id),
        phase=_battle_phase(message),
        duration_s=settings.duration_s,
        sides=_battle_sides(message, payload),
        channel_id=_text(settings.channel_id),
        started_at_ms=settings.started_at_ms,
        action=action,
        cut_short=action == CUT_SHORT,
        extra_duration_s=settings.extra_duration_s,
        ends_at_ms=settings.ends_at_ms,
    )


def armies(message: pb.BattleArmies, payload: bytes, arrival: Arrival) -> BattleScoreEvent:
    """`WebcastLinkMicArmies`: the score."""
    settings, base = message.settings, message.base
    at_the_end = message.trigger_reason == TRIGGERED_BY_END
    phase = _score_phase(settings.status, message.trigger_reason)
    return BattleScoreEvent(
        common(base, None, payload, arrival),
        battle_id=_text(message.battle_id or settings.battle_id),
        sides=_army_sides(message),
        seconds_left=_seconds_left(settings, phase, message.score_updated_at_ms or base.created_at),
        channel_id=_text(message.channel_id or settings.channel_id),
        phase=phase,
        at_the_end=at_the_end,
        started_at_ms=settings.started_at_ms,
        duration_s=settings.duration_s,
        extra_duration_s=settings.extra_duration_s,
        ends_at_ms=settings.ends_at_ms,
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
        extra_duration_s=settings.extra_duration_s,
        ends_at_ms=settings.ends_at_ms,
    )


def _battle_phase(message: pb.Battle) -> Phase:
    if not message.action and not message.HasField("settings") and message.hosts:
        # The oldest layout: such a message came when a battle began, and at no other time.
        return Phase.STARTING
    return PHASE_OF_ACTION.get(message.action, Phase.OTHER)


def _score_phase(status: int, trigger: int) -> Phase:
    """By the settings' status; without one by what caused the message."""
    if trigger == TRIGGERED_BY_END:
        return PHASE_OF_STATUS[status] if status in (3, 4) else Phase.PUNISHING
    return PHASE_OF_STATUS.get(status, Phase.ACTIVE if trigger == TRIGGERED_BY_SCORE else Phase.OTHER)


def _battle_sides(message: pb.Battle, payload: bytes) -> tuple[Side, ...]:
    members, results, scores = message.team_members, message.team_results, message.team_armies
    if _are_teams(scores) or _are_teams(results) or any(len(team.user_ids) > 1 for team in members):
        return _team_sides(members, results, scores)
    hosts: Mapping[int, pb.BattleHost] = message.hosts
    if 0 in hosts:
        hosts = _hosts_without_key(payload)
    if results or scores or members:
        singles = _teams_of_one(members, results, scores)
        return _host_sides(hosts, {**singles.results, **message.results}, {**singles.armies, **message.armies}, singles.ids)
    return _host_sides(hosts, message.results, message.armies)


def _army_sides(message: pb.BattleArmies) -> tuple[Side, ...]:
    teams = message.team_armies
    if _are_teams(teams):
        return _team_sides((), (), teams)
    if teams:
        singles = _teams_of_one((), (), teams)
        return _host_sides({}, {}, {**singles.armies, **message.armies}, singles.ids)
    return _host_sides({}, {}, message.armies)


def _hosts_without_key(payload: bytes) -> dict[int, pb.BattleHost]:
    """The oldest layout's hosts, by the id inside. Read as a map they would all stand under zero, and only the last remain."""
    hosts = {}
    for entry in wire.values(payload, HOSTS_FIELD):
        for value in wire.values(entry, ENTRY_VALUE):
            try:
                host = pb.BattleHost.FromString(value)
            except ProtobufError:
                continue
            if host.user.id:
                hosts[host.user.id] = host
    return hosts


class _Singles(NamedTuple):
    """What teams of one say, by their only host."""

    ids: frozenset[int]
    results: dict[int, pb.BattleResult]
    armies: dict[int, pb.Army]


def _teams_of_one(members: Iterable[pb.TeamMembers], results: Iterable[pb.TeamResult], scores: Iterable[pb.TeamArmy]) -> _Singles:
    ids = {user_id for team in members for user_id in team.user_ids}
    decided, armies = {}, {}
    for result in results:
        for host in result.users:
            decided[host.user_id] = pb.BattleResult(user_id=host.user_id, result=result.result, score=result.total_score)
    for score in scores:
        for host in score.users:
            armies[host.user_id] = pb.Army(members=score.army.members, score=score.total_score)
    return _Singles(frozenset(ids), decided, armies)


def _are_teams(teams: Sequence[pb.TeamArmy] | Sequence[pb.TeamResult]) -> bool:
    """Newer messages list single hosts as teams of one, too: those are read as hosts, by their richer maps."""
    return bool(teams) and any(len(team.users) > 1 for team in teams)


def _host_sides(
    hosts: Mapping[int, pb.BattleHost],
    results: Mapping[int, pb.BattleResult],
    scores: Mapping[int, pb.Army],
    others: Iterable[int] = (),
) -> tuple[Side, ...]:
    sides = []
    for host_id in sorted({*hosts, *results, *scores, *others} - {0}):
        host, result, army = hosts.get(host_id), results.get(host_id), scores.get(host_id)
        sides.append(
            Side(
                _host(host_id, host.user if host else None),
                result.score if result else army.score if army else 0,
                RESULTS.get(result.result, Result.UNKNOWN) if result else Result.UNKNOWN,
                _contributors(army.members[:]) if army else (),
                "",
                (str(host_id),),
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
                contributors=_contributors(army.army.members[:]) if army else (),
                team_id=str(team_id),
                host_ids=tuple([str(host_id) for host_id in hosts[team_id]]),
            )
        )
    return tuple(sides)


def _host(host_id: int, host: pb.BattleHostUser | None) -> User:
    if host is None:
        return _make_user(str(host_id))
    return _make_user(str(host_id), host.handle, host.nickname, first_url(host.avatar_thumb))


def _contributors(members: Sequence[pb.ArmyMember]) -> tuple[Contributor, ...]:
    """TikTok names at most three a side; the best first."""
    named = [
        Contributor(_make_user(str(each.user_id), "", each.nickname, first_url(each.avatar_thumb)), each.score)
        for each in members
    ]
    if len(named) > 1:
        named.sort(key=lambda contributor: -contributor.score)
    return tuple(named)


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
