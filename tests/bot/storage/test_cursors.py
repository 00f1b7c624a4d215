from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot.model.ids import CreatorId, WatchId
from bot.storage import cursors

ALICE, BOB = CreatorId(1), CreatorId(2)


def test_each_consumer_has_its_own_place_in_each_log(connection: Connection) -> None:
    assert cursors.get(connection, "comments", ALICE) is None
    cursors.move(connection, "comments", ALICE, 5)
    cursors.move(connection, cursors.of_watch(WatchId(3)), ALICE, 7)
    assert cursors.get(connection, "comments", ALICE) == 5
    assert cursors.get(connection, "watch:3", ALICE) == 7
    assert cursors.get(connection, "comments", BOB) is None


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
def test_in_whatever_order_the_moves_come_a_cursor_never_goes_backwards(connection: Connection, moves: list[int]) -> None:
    consumer = f"watch:{moves}"
    stands = []
    for seq in moves:
        cursors.move(connection, consumer, ALICE, seq)
        stands.append(cursors.get(connection, consumer, ALICE))
    assert stands == [max(moves[: n + 1]) for n in range(len(moves))]
