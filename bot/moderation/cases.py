"""Where a case may go, and who may take it there: one table. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.errors import BadInput
from bot.model.case import Case, CaseState
from bot.model.ids import DiscordUserId

THE_BOT = DiscordUserId(0)


class Move(StrEnum):
    """What somebody wants to do with a case. The value is the step's name in its audit log."""

    CLAIM = "claimed"
    TAKE_OVER = "taken_over"
    RELEASE = "released"
    DONE = "done"
    FALSE_ALARM = "false_alarm"
    REOPEN = "reopened"
    ESCALATE = "escalated"


class Who(StrEnum):
    """Whose a move is. Whoever gets here may moderate."""

    ANYBODY = "anybody"
    OWNER = "owner"
    """Who has the case, or who may configure the bot."""
    BOT = "bot"


OPEN, CLAIMED, ESCALATED = CaseState.OPEN, CaseState.CLAIMED, CaseState.ESCALATED
CLOSED = frozenset({CaseState.DONE, CaseState.FALSE_ALARM})

TABLE: Mapping[tuple[CaseState, Move], tuple[CaseState, Who]] = {
    (OPEN, Move.CLAIM): (CLAIMED, Who.ANYBODY),
    (OPEN, Move.DONE): (CaseState.DONE, Who.ANYBODY),
    (OPEN, Move.FALSE_ALARM): (CaseState.FALSE_ALARM, Who.ANYBODY),
    (OPEN, Move.ESCALATE): (ESCALATED, Who.BOT),
    (ESCALATED, Move.CLAIM): (CLAIMED, Who.ANYBODY),
    (ESCALATED, Move.DONE): (CaseState.DONE, Who.ANYBODY),
    (ESCALATED, Move.FALSE_ALARM): (CaseState.FALSE_ALARM, Who.ANYBODY),
    (CLAIMED, Move.TAKE_OVER): (CLAIMED, Who.ANYBODY),
    (CLAIMED, Move.RELEASE): (OPEN, Who.OWNER),
    (CLAIMED, Move.DONE): (CaseState.DONE, Who.OWNER),
    (CLAIMED, Move.FALSE_ALARM): (CaseState.FALSE_ALARM, Who.OWNER),
    (CaseState.DONE, Move.REOPEN): (OPEN, Who.ANYBODY),
    (CaseState.FALSE_ALARM, Move.REOPEN): (OPEN, Who.ANYBODY),
}
"""What is not in it is refused."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who makes a move. `may_configure`: they may close or release what somebody else has."""

    id: DiscordUserId
    may_configure: bool = False


def moved(case: Case, move: Move, by: Person, now: datetime) -> Case:
    """The case after the move. Raises `BadInput` with the reason why it cannot be made."""
    row = TABLE.get((case.state, move))
    if row is None or (row[1] is Who.BOT) != (by.id == THE_BOT):
        raise _impossible(case, move, by)
    state, who = row
    if who is Who.OWNER and by.id != case.owner_id and not by.may_configure:
        raise _has(case)
    if move is Move.TAKE_OVER and by.id == case.owner_id:
        raise BadInput("Case #{number} is yours already.", number=case.number)
    match move:
        case Move.CLAIM | Move.TAKE_OVER:
            return replace(case, state=state, owner_id=by.id, claimed_at=now)
        case Move.RELEASE | Move.REOPEN:
            # From now on nobody has it: the time until it is escalated begins again.
            return replace(case, state=state, owner_id=None, claimed_at=now, closed_at=None)
        case Move.ESCALATE:
            return replace(case, state=state, escalated_at=now)
        case _:
            return replace(case, state=state, owner_id=case.owner_id or by.id, closed_at=now)


def unclaimed_since(case: Case) -> datetime:
    """Since when nobody has it: it was opened then, released or reopened."""
    return case.claimed_at or case.opened_at


def _impossible(case: Case, move: Move, by: Person) -> BadInput:
    if case.state in CLOSED:
        return BadInput("Case #{number} is closed already. It can be reopened under “…”.", number=case.number)
    if move is Move.CLAIM and case.owner_id == by.id:
        return BadInput("Case #{number} is yours already.", number=case.number)
    if case.owner_id is not None:
        return _has(case)
    if move is Move.REOPEN:
        return BadInput("Case #{number} is open.", number=case.number)
    return BadInput("Nobody has case #{number}.", number=case.number)


def _has(case: Case) -> BadInput:
    return BadInput("<@{owner}> has case #{number}.", owner=case.owner_id, number=case.number)
