"""One PK battle, put together from whatever messages of it arrive. Pure.

Messages are lost at reconnects, doubled when both rooms are watched, and overtake each other; nothing of a battle is ever
replayed. So the state only grows: stages move forward by one table (`MOVES`, drawn in docs/battles.md), scores are the highest
seen, and each observation counts once however often it comes. A move that leaves a stage out says which messages must have
been missed; when they arrive after all, the mark goes.

**The winner is TikTok's word or nobody's.** The result map decides. Without it the scores do, but only if they are the
final ones and the fight is known to have run its full time (a host who leaves early may lose while leading). Else the
outcome is `INCOMPLETE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from bot.events.base import User
from bot.events.battle_boosters import Booster, booster_of, with_booster
from bot.events.battles import BattleEvent, BattleScoreEvent, Contributor, Phase, Result, Side
from bot.events.links import BattleCardEvent, BattleTaskEvent

AnyBattleEvent = BattleEvent | BattleScoreEvent

FULL_TIME_SLACK_MS = 2_000
"""A fight seen alive, or ended, this near to its planned end has run its full time: settings count whole seconds."""

FINISHED = 5
"""`BattleEvent.action` of an ordinary end; 6 is one that was cut short."""

SILENT_AFTER_MS = 60_000
"""This long after its planned end a battle that nobody told the end of is given up."""

_NOBODY = User()

MOST_CONTRIBUTORS = 3
"""As many as TikTok names a side."""


class Stage(StrEnum):
    """Where a battle stands. They follow each other in this order and never go back."""

    WAITING = "waiting"
    STARTING = "starting"
    ACTIVE = "active"
    OVERTIME = "overtime"
    PUNISHING = "punishing"
    ENDED = "ended"


class Sign(StrEnum):
    """What one message says about the battle's course."""

    PROPOSED = "proposed"
    """An invitation, its answer, or anything else that moves nothing."""
    OPENED = "opened"
    SCORED = "scored"
    EXTENDED = "extended"
    """Extra time: a score with it, or the card that won it."""
    OVER = "over"
    """A score that says that the fight is over."""
    DECIDED = "decided"
    """The life-cycle message that ends the fight; it holds the result."""
    CLOSED = "closed"
    """The punishment is over."""
    REPLACED = "replaced"
    """A later battle of the same host has begun."""


class Move(NamedTuple):
    """The stage that a sign leads to, and which signs must have been missed if that is where we were."""

    to: Stage
    missed: tuple[Sign, ...] = ()


_ON = Sign.PROPOSED, Sign.OPENED, Sign.SCORED, Sign.EXTENDED, Sign.OVER, Sign.DECIDED, Sign.CLOSED, Sign.REPLACED


def _row(*moves: Move) -> Mapping[Sign, Move]:
    return dict(zip(_ON, moves, strict=True))


def _late(stage: Stage, count: int) -> tuple[Move, ...]:
    """Signs of stages that are behind us: overtaken or doubled messages. They move nothing; what they hold still counts."""
    return (Move(stage),) * count


MOVES: Mapping[Stage, Mapping[Sign, Move]] = {
    Stage.WAITING: _row(
        Move(Stage.WAITING),
        Move(Stage.STARTING),
        Move(Stage.ACTIVE, (Sign.OPENED,)),
        Move(Stage.OVERTIME, (Sign.OPENED,)),
        Move(Stage.PUNISHING, (Sign.OPENED, Sign.SCORED, Sign.DECIDED)),
        Move(Stage.PUNISHING, (Sign.OPENED, Sign.SCORED)),
        Move(Stage.ENDED, (Sign.OPENED, Sign.SCORED, Sign.DECIDED)),
        Move(Stage.ENDED, (Sign.OPENED, Sign.SCORED, Sign.DECIDED, Sign.CLOSED)),
    ),
    Stage.STARTING: _row(
        *_late(Stage.STARTING, 2),
        Move(Stage.ACTIVE),
        Move(Stage.OVERTIME),
        Move(Stage.PUNISHING, (Sign.SCORED, Sign.DECIDED)),
        Move(Stage.PUNISHING, (Sign.SCORED,)),
        Move(Stage.ENDED, (Sign.SCORED, Sign.DECIDED)),
        Move(Stage.ENDED, (Sign.SCORED, Sign.DECIDED, Sign.CLOSED)),
    ),
    Stage.ACTIVE: _row(
        *_late(Stage.ACTIVE, 3),
        Move(Stage.OVERTIME),
        Move(Stage.PUNISHING, (Sign.DECIDED,)),
        Move(Stage.PUNISHING),
        Move(Stage.ENDED, (Sign.DECIDED,)),
        Move(Stage.ENDED, (Sign.DECIDED, Sign.CLOSED)),
    ),
    Stage.OVERTIME: _row(
        *_late(Stage.OVERTIME, 4),
        Move(Stage.PUNISHING, (Sign.DECIDED,)),
        Move(Stage.PUNISHING),
        Move(Stage.ENDED, (Sign.DECIDED,)),
        Move(Stage.ENDED, (Sign.DECIDED, Sign.CLOSED)),
    ),
    Stage.PUNISHING: _row(*_late(Stage.PUNISHING, 6), Move(Stage.ENDED), Move(Stage.ENDED, (Sign.CLOSED,))),
    Stage.ENDED: _row(*_late(Stage.ENDED, 8)),
}

_OVER = frozenset({Stage.PUNISHING, Stage.ENDED})


class Outcome(StrEnum):
    """How a battle came out. `OPEN`: not over yet. `INCOMPLETE`: over, and we do not know who won."""

    OPEN = "open"
    WON = "won"
    DRAW = "draw"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class SideView:
    """One side as far as it is known.

    `score` is the highest seen; `is_final` when TikTok told it at the end. `contributors`: the best first, at most three.
    """

    key: str
    user: User = _NOBODY
    team_id: str = ""
    host_ids: tuple[str, ...] = ()
    score: int = 0
    is_final: bool = False
    result: Result = Result.UNKNOWN
    contributors: tuple[Contributor, ...] = ()

    @property
    def mvp(self) -> Contributor | None:
        """Who gave most, of those that TikTok named."""
        return self.contributors[0] if self.contributors else None


@dataclass(frozen=True, slots=True)
class BattleView:
    """A battle as it looks at one instant: what a card shows.

    `winners`: keys of the winning sides, empty unless `WON`. `margin`: points between the best two, None with fewer sides.
    `seconds_left`: None when nobody told the times. `lead_changes` is a lower bound if anything is `missing`. `boosters`: those
    in effect now.
    """

    battle_id: str
    channel_id: str
    stage: Stage
    outcome: Outcome
    sides: tuple[SideView, ...]
    winners: tuple[str, ...]
    margin: int | None
    lead_changes: int
    seconds_left: int | None
    extra_duration_s: int
    started_at_ms: int
    duration_s: int
    cut_short: bool
    missing: tuple[Sign, ...]
    had_gap: bool
    rooms: tuple[str, ...]
    boosters: tuple[Booster, ...]


@dataclass(frozen=True, slots=True)
class Battle:
    """The state behind a `BattleView`. Begin with `Battle(battle_id)`, then `then` for each event."""

    battle_id: str
    stage: Stage = Stage.WAITING
    channel_id: str = ""
    sides: tuple[SideView, ...] = ()
    started_at_ms: int = 0
    duration_s: int = 0
    extra_duration_s: int = 0
    told_end_at_ms: int = 0
    begun_by_ms: int = 0
    """The earliest message seen."""
    fought_until_ms: int = 0
    """The last instant (TikTok's clock) at which the fight is known to have gone on."""
    over_since_ms: int = 0
    """The first instant at which it is known to be over, 0 before."""
    finished: bool = False
    """TikTok said that it ended in the ordinary way."""
    end_told: bool = False
    """The end itself caused a message, which tells only that it is over."""
    cut_short: bool = False
    lead: str = ""
    lead_changes: int = 0
    final_leads: frozenset[str] = frozenset()
    """Who leads in each set of final scores; more than one is a contradiction."""
    results_disagree: bool = False
    signs: frozenset[Sign] = frozenset()
    marks: frozenset[Sign] = frozenset()
    had_gap: bool = False
    rooms: frozenset[str] = frozenset()
    boosters: tuple[Booster, ...] = ()

    def then(self, event: AnyBattleEvent) -> Battle:
        """After one more message of this battle."""
        sign = sign_of(event)
        told = replace(
            self._moved(sign),
            channel_id=self.channel_id or event.channel_id,
            started_at_ms=event.started_at_ms or self.started_at_ms,
            duration_s=max(self.duration_s, event.duration_s),
            extra_duration_s=max(self.extra_duration_s, event.extra_duration_s),
            begun_by_ms=min(filter(None, (self.begun_by_ms, event.created_at_ms)), default=0),
            told_end_at_ms=max(self.told_end_at_ms, event.ends_at_ms or _counted_end(event)),
            rooms=self.rooms | {str(event.room_id)} if event.room_id else self.rooms,
        )
        return _scored(_timed(told, event, sign), event, is_final=_is_over(sign))

    def boosted(self, event: BattleCardEvent | BattleTaskEvent) -> Battle:
        """After a card or a message of the bonus task. They move no stage, except that a card can win extra time."""
        booster = booster_of(event)
        battle = replace(self, boosters=with_booster(self.boosters, booster)) if booster else self
        if isinstance(event, BattleCardEvent) and event.extra_duration_s:
            most_s = max(self.extra_duration_s, event.extra_duration_s)
            battle = replace(battle._moved(Sign.EXTENDED), extra_duration_s=most_s)  # noqa: SLF001 - of its own kind
        return battle

    def replaced(self) -> Battle:
        """A later battle of the same host has begun: whatever was not told by now will hardly be."""
        return self._moved(Sign.REPLACED)

    def gapped(self) -> Battle:
        """We were away while it went on."""
        return self if self.stage is Stage.ENDED else replace(self, had_gap=True)

    def view(self, now_ms: int) -> BattleView:
        """How it looks at `now_ms` (TikTok's clock, or ours: they differ by less than a second)."""
        outcome, winners = self._outcome(now_ms)
        return BattleView(
            battle_id=self.battle_id,
            channel_id=self.channel_id,
            stage=self.stage,
            outcome=outcome,
            sides=self._judged(outcome, winners),
            winners=winners,
            margin=self._margin(),
            lead_changes=self.lead_changes,
            seconds_left=self._seconds_left(now_ms),
            extra_duration_s=self.extra_duration_s,
            started_at_ms=self.started_at_ms,
            duration_s=self.duration_s,
            cut_short=self.cut_short,
            missing=tuple(sign for sign in Sign if sign in self.marks - self.signs),
            had_gap=self.had_gap,
            rooms=tuple(sorted(self.rooms)),
            boosters=tuple(each for each in self.boosters if each.from_ms <= now_ms < each.to_ms),
        )

    @property
    def host_ids(self) -> frozenset[str]:
        """Everybody who fights."""
        return frozenset(host_id for side in self.sides for host_id in side.host_ids)

    @property
    def planned_end_ms(self) -> int:
        """When the fight is due to end, 0 when nobody told."""
        counted = self.started_at_ms + (self.duration_s + self.extra_duration_s) * 1000
        return max(self.told_end_at_ms, counted if self.started_at_ms and self.duration_s else 0)

    def _moved(self, sign: Sign) -> Battle:
        move = MOVES[self.stage][sign]
        return replace(self, stage=move.to, signs=self.signs | {sign}, marks=self.marks | set(move.missed))

    def _outcome(self, now_ms: int) -> tuple[Outcome, tuple[str, ...]]:
        if (decided := self._by_result()) is not None:
            return decided
        if self.stage in _OVER:
            return self._by_scores() or (Outcome.INCOMPLETE, ())
        due = self.planned_end_ms
        return (Outcome.INCOMPLETE if due and now_ms > due + SILENT_AFTER_MS else Outcome.OPEN), ()

    def _by_result(self) -> tuple[Outcome, tuple[str, ...]] | None:
        """What the result map says, None when there was none or it makes no sense."""
        results = [side.result for side in self.sides]
        if self.results_disagree or len(results) < 2:
            return None
        winners = tuple(side.key for side in self.sides if side.result is Result.WIN)
        # On the wire "win" is zero, and so is whatever is left out: everybody winning is nobody's word.
        if winners and Result.LOSE in results and Result.DRAW not in results:
            return Outcome.WON, winners
        drawn = results.count(Result.DRAW)
        return (Outcome.DRAW, ()) if drawn > 1 and not winners else None

    def _by_scores(self) -> tuple[Outcome, tuple[str, ...]] | None:
        """What the final scores say, None when they may not be all, or the fight was cut off."""
        told_result = any(side.result is not Result.UNKNOWN for side in self.sides)
        due = self.planned_end_ms
        ran_out = due <= self.fought_until_ms + FULL_TIME_SLACK_MS if due else self.end_told
        if told_result or self.cut_short or not (self.finished or ran_out) or len(self.final_leads) != 1:
            return None
        if len(self.sides) < 2 or not all(side.is_final for side in self.sides):
            return None
        leader = next(iter(self.final_leads))
        return (Outcome.WON, (leader,)) if leader else (Outcome.DRAW, ())

    def _judged(self, outcome: Outcome, winners: tuple[str, ...]) -> tuple[SideView, ...]:
        """The sides with their results filled in, where the scores decided."""
        if outcome not in (Outcome.WON, Outcome.DRAW) or any(side.result for side in self.sides):
            return self.sides
        if outcome is Outcome.DRAW:
            best = max(side.score for side in self.sides)
            return tuple(replace(side, result=Result.DRAW if side.score == best else Result.LOSE) for side in self.sides)
        return tuple(replace(side, result=Result.WIN if side.key in winners else Result.LOSE) for side in self.sides)

    def _margin(self) -> int | None:
        if len(self.sides) < 2:
            return None
        first, second = sorted((side.score for side in self.sides), reverse=True)[:2]
        return first - second

    def _seconds_left(self, now_ms: int) -> int | None:
        if self.stage in _OVER:
            return 0
        due = self.planned_end_ms
        return max(0, -(-(due - now_ms) // 1000)) if due else None


def sign_of(event: AnyBattleEvent) -> Sign:
    """What one message says about the course of its battle."""
    if isinstance(event, BattleEvent):
        return {
            Phase.STARTING: Sign.OPENED,
            Phase.ACTIVE: Sign.SCORED,
            Phase.PUNISHING: Sign.DECIDED,
            # An end with sides is the edge's, whose only end it is; TikTok's own end of the punishment names none.
            Phase.ENDED: Sign.DECIDED if event.sides else Sign.CLOSED,
        }.get(event.phase, Sign.PROPOSED)
    if event.at_the_end or event.phase in (Phase.PUNISHING, Phase.ENDED):
        return Sign.OVER
    if event.phase is Phase.STARTING:
        return Sign.OPENED
    return Sign.EXTENDED if event.extra_duration_s else Sign.SCORED


def _timed(battle: Battle, event: AnyBattleEvent, sign: Sign) -> Battle:
    at_ms = event.created_at_ms
    if sign in (Sign.SCORED, Sign.EXTENDED):
        return replace(battle, fought_until_ms=max(battle.fought_until_ms, at_ms))
    if not _is_over(sign):
        return battle
    decided = isinstance(event, BattleEvent) and sign is Sign.DECIDED
    # The end itself caused these: until then they fought. Another score of the punishment proves nothing.
    at_the_end = event.at_the_end if isinstance(event, BattleScoreEvent) else decided
    return replace(
        battle,
        fought_until_ms=max(battle.fought_until_ms, at_ms) if at_the_end else battle.fought_until_ms,
        over_since_ms=min(filter(None, (battle.over_since_ms, at_ms)), default=0),
        finished=battle.finished or _is_finished(event),
        end_told=battle.end_told or at_the_end,
        cut_short=battle.cut_short or (decided and _is_cut_short(event)),
    )


def _scored(battle: Battle, event: AnyBattleEvent, *, is_final: bool) -> Battle:
    told = event.sides
    if not told:
        return battle
    known = {side.key: side for side in battle.sides}
    disagree = battle.results_disagree
    for side in told:
        before = known.get(_key(side), SideView(_key(side)))
        disagree = disagree or (is_final and _contradict(before.result, side.result))
        known[before.key] = _merged(before, side, is_final=is_final and _tells_score(event, side), is_over=is_final)
    sides = _without_members_of_teams(known)
    leads = {_leader(told)} if is_final and all(_tells_score(event, side) for side in told) else set()
    lead = _leader(sides) if len(sides) > 1 else ""
    changed = bool(battle.lead and lead and lead != battle.lead)
    return replace(
        battle,
        sides=sides,
        results_disagree=disagree,
        final_leads=battle.final_leads | leads,
        lead=lead or battle.lead,
        lead_changes=battle.lead_changes + changed,
    )


def _is_over(sign: Sign) -> bool:
    return sign in (Sign.OVER, Sign.DECIDED, Sign.CLOSED)


def _counted_end(event: AnyBattleEvent) -> int:
    """The end by the countdown of a score that has no settings, 0 when it has none."""
    if not isinstance(event, BattleScoreEvent) or event.seconds_left <= 0 or not event.created_at_ms:
        return 0
    return 0 if event.started_at_ms else event.created_at_ms + event.seconds_left * 1000


def _key(side: Side) -> str:
    return f"team {side.team_id}" if side.team_id else side.user.id or "".join(side.host_ids[:1])


def _contradict(one: Result, other: Result) -> bool:
    return one is not other and Result.UNKNOWN not in (one, other)


def _is_finished(event: AnyBattleEvent) -> bool:
    """TikTok has two words for the end. The edge has one for both."""
    return isinstance(event, BattleEvent) and event.action == FINISHED


def _is_cut_short(event: AnyBattleEvent) -> bool:
    return isinstance(event, BattleEvent) and event.cut_short


def _tells_score(event: AnyBattleEvent, side: Side) -> bool:
    """Whether a zero is a score. TikTok's own life-cycle message lists hosts of whom it tells nothing else."""
    if isinstance(event, BattleScoreEvent) or not event.action:
        return True
    return bool(side.score or side.contributors or side.result is not Result.UNKNOWN)


def _merged(before: SideView, told: Side, *, is_final: bool, is_over: bool) -> SideView:
    if is_final:
        # The final score is the one to show, also where a penalty lowered it.
        score = max(before.score, told.score) if before.is_final else told.score
    else:
        # Behind the end nothing is added: a score that still comes was overtaken.
        score = before.score if before.is_final else max(before.score, told.score)
    return SideView(
        before.key,
        told.user if told.user.handle or told.user.nickname else before.user if before.user.id else told.user,
        told.team_id,
        tuple(sorted({*before.host_ids, *told.host_ids})),
        score,
        before.is_final or is_final,
        told.result if is_over and before.result is Result.UNKNOWN else before.result,
        _best(before.contributors, told.contributors),
    )


def _best(*named: tuple[Contributor, ...]) -> tuple[Contributor, ...]:
    """Each viewer once with the most points seen, the best three. Points only grow, so an overtaken message does no harm."""
    best: dict[str, Contributor] = {}
    for each in (each for several in named for each in several):
        known = best.get(each.user.id)
        if known is None or each.score > known.score:
            best[each.user.id] = each
    return tuple(sorted(best.values(), key=lambda each: (-each.score, each.user.id))[:MOST_CONTRIBUTORS])


def _without_members_of_teams(known: Mapping[str, SideView]) -> tuple[SideView, ...]:
    """In order of their keys. Some messages of a team battle list the hosts alone: those are the teams' members."""
    members = {host_id for side in known.values() if side.team_id for host_id in side.host_ids}
    return tuple(known[key] for key in sorted(known) if known[key].team_id or known[key].key not in members)


def _leader(sides: tuple[SideView, ...] | tuple[Side, ...]) -> str:
    """The key of the side that leads, "" when the best two are equal."""
    best = max(side.score for side in sides)
    leading = [side.key if isinstance(side, SideView) else _key(side) for side in sides if side.score == best]
    return leading[0] if len(leading) == 1 else ""
