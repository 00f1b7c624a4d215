"""One group commit from the inside: each unit in its own savepoint, so that a failure rolls back only itself."""

from __future__ import annotations

import contextlib
from asyncio import Future
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from bot.storage.driver import control

Unit = Callable[[Connection], Any]
FoldedUnit = Callable[[Connection, Sequence[Any]], Sequence[Any]]


@dataclass(slots=True)
class Wish:
    """A write that somebody waits for."""

    unit: Unit
    future: Future[Any]


@dataclass(slots=True)
class FoldedWish:
    """A write that is done in one call together with its likes of the same group."""

    unit: FoldedUnit
    item: Any
    future: Future[Any]


@dataclass(slots=True)
class Outcome:
    """What becomes of a wish once its group is committed."""

    future: Future[Any]
    value: Any = None
    error: Exception | None = None

    def tell(self) -> None:
        """Resolve the caller, unless they have gone."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(self.error)


@dataclass(slots=True)
class _Fold:
    unit: FoldedUnit
    wishes: list[FoldedWish] = field(default_factory=list)


def run_group(connection: Connection, wishes: Sequence[Wish | FoldedWish]) -> list[Outcome]:
    """Run the wishes in order, folds at the place of their first; leave the commit to the caller.

    An exception out of here means that nothing of the group may be committed: a savepoint could not be kept, or the only
    wish of the group failed, which therefore had none.
    """
    if len(wishes) == 1:
        only = wishes[0]
        return [Outcome(only.future, value=_unit_of(only)(connection))]
    outcomes: list[Outcome] = []
    for step in _steps(wishes):
        if isinstance(step, Wish):
            outcomes.append(_run_one(connection, step))
        else:
            outcomes.extend(_run_fold(connection, step))
    return outcomes


def _unit_of(wish: Wish | FoldedWish) -> Unit:
    if isinstance(wish, Wish):
        return wish.unit
    return lambda connection: wish.unit(connection, [wish.item])[0]


def _steps(wishes: Sequence[Wish | FoldedWish]) -> list[Wish | _Fold]:
    steps: list[Wish | _Fold] = []
    folds: dict[FoldedUnit, _Fold] = {}
    for wish in wishes:
        if isinstance(wish, Wish):
            steps.append(wish)
        elif wish.unit in folds:
            folds[wish.unit].wishes.append(wish)
        else:
            fold = folds[wish.unit] = _Fold(wish.unit, [wish])
            steps.append(fold)
    return steps


@contextlib.contextmanager
def _savepoint(connection: Connection) -> Iterator[None]:
    control(connection, "SAVEPOINT unit")
    try:
        yield
    except BaseException:
        control(connection, "ROLLBACK TO SAVEPOINT unit")
        raise
    finally:
        control(connection, "RELEASE SAVEPOINT unit")


def _run_one(connection: Connection, wish: Wish | FoldedWish) -> Outcome:
    try:
        with _savepoint(connection):
            return Outcome(wish.future, value=_unit_of(wish)(connection))
    except Exception as error:  # noqa: BLE001  # whatever a unit raises belongs to its caller, not to the group
        return Outcome(wish.future, error=error)


def _run_fold(connection: Connection, fold: _Fold) -> list[Outcome]:
    try:
        with _savepoint(connection):
            values = fold.unit(connection, [wish.item for wish in fold.wishes])
            return [Outcome(wish.future, value=value) for wish, value in zip(fold.wishes, values, strict=True)]
    except Exception:  # noqa: BLE001  # somebody spoilt it for all: let each try alone, and hear of it alone
        return [_run_one(connection, wish) for wish in fold.wishes]
