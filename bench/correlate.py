"""Is a wipe's cost linear in its lines: from deletion and rows to the wipe that an alert shows?

The peer of 500 lines is 50 lines in the same run, line for line: 1.0 is linear, 10 would be quadratic.

- *a mute*: one deletion names the viewer;
- *one by one*: a deletion for each line, 25 a second, told as often as an alert may be edited;
- *in a crowd*: a mute, where the rows handed in are those of the whole room, ten times the wipe's.

    python -m bench.correlate [--rounds 60]
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Sequence

from bot.events import Common, DeletionEvent, MessageId, RoomId, ViewerId
from bot.model.alert import Wipe
from bot.model.comment import CommentRow
from bot.model.ids import CreatorId
from bot.moderation.correlate import removed
from bot.moderation.wipes import EDIT_EVERY_S, Wipes

ALICE, ROOM, BOB = CreatorId(1), RoomId("7"), ViewerId("9")
FEW, MANY = 50, 500


def written(count: int, by: ViewerId = BOB, first: int = 1) -> list[CommentRow]:
    """Comments as they are kept."""
    return [
        CommentRow(ALICE, seq, ROOM, MessageId(str(seq)), by, "x", 1_000 * seq, 1_000 * seq, message_uuid=f"u{seq}")
        for seq in range(first, first + count)
    ]


def deletion(at_s: int, *, viewers: tuple[str, ...] = (), messages: tuple[str, ...] = ()) -> DeletionEvent:
    """Comments are removed."""
    return DeletionEvent(Common(MessageId("d"), ROOM, created_at_ms=at_s * 1000, received_at_ms=at_s * 1000), messages, viewers)


def mute(rows: Sequence[CommentRow]) -> Wipe:
    """One deletion of all lines."""
    wipes = Wipes()
    for each in removed(deletion(10_000, viewers=(BOB,)), 10_000, rows, creator_id=ALICE):
        wipes.add(each, 0.0)
    return wipes.due(0.0)[-1].wipe


def one_by_one(rows: Sequence[CommentRow]) -> Wipe:
    """A deletion for each line; as storage would, only the rows that it names are handed in."""
    wipes = Wipes()
    for number, row in enumerate(rows):
        event = deletion(10_000, messages=(row.message_id,))
        for each in removed(event, 10_000 + number, [row], creator_id=ALICE):
            wipes.add(each, 0.04 * number)
        wipes.due(0.04 * number)
    return wipes.due(0.04 * len(rows) + EDIT_EVERY_S)[-1].wipe


def seconds(work: Callable[[], Wipe], lines: int) -> float:
    gc.collect()
    started = time.perf_counter()
    wipe = work()
    took = time.perf_counter() - started
    assert wipe.count == lines, wipe.count  # noqa: S101 - a wrong answer is not worth timing
    return took


def compare(name: str, work: Callable[[Sequence[CommentRow]], Wipe], crowd: int, rounds: int) -> None:
    """Print the cost of one line in both, and the ratio."""
    rows = {lines: [*written(lines), *written(crowd * lines, ViewerId("8"), first=lines + 1)] for lines in (FEW, MANY)}
    best = dict.fromkeys(rows, float("inf"))
    for _ in range(rounds):
        for lines, kept in rows.items():
            best[lines] = min(best[lines], seconds(lambda kept=kept: work(kept), lines))  # type: ignore[misc]
    few, many = (best[lines] / lines * 1e6 for lines in (FEW, MANY))
    print(f"{name:<10} {FEW} lines {few:>6.2f} us a line   {MANY} lines {many:>6.2f} us a line   ratio {many / few:.2f}")  # noqa: T201


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    compare("a mute", mute, 0, options.rounds)
    compare("one by one", one_by_one, 0, options.rounds)
    compare("in a crowd", mute, 9, options.rounds)


if __name__ == "__main__":
    main()
