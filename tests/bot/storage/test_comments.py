from __future__ import annotations

import pytest
from sqlalchemy import Connection, select

from bot.events.ids import MessageId, RoomId, ViewerId
from bot.model.comment import CommentRow
from bot.model.ids import CreatorId
from bot.storage import comments
from bot.storage.tables import comment

ALICE, BOB = CreatorId(1), CreatorId(2)


def said(
    seq: int, viewer: str = "v", *, creator: CreatorId = ALICE, room: str = "r", uuid: str = "", at_ms: int = 0
) -> CommentRow:
    return CommentRow(
        creator_id=creator,
        seq=seq,
        room_id=RoomId(room),
        message_id=MessageId(f"m{seq}"),
        viewer_id=ViewerId(viewer),
        text=f"text {seq}",
        created_at_ms=1,
        received_at_ms=at_ms or seq,
        message_uuid=uuid,
    )


def kept(connection: Connection) -> list[tuple[int, int]]:
    rows = connection.execute(select(comment.c.creator_id, comment.c.seq).order_by(comment.c.creator_id, comment.c.seq))
    return [(row.creator_id, row.seq) for row in rows]


def removed(connection: Connection) -> dict[int, int]:
    rows = connection.execute(select(comment.c.seq, comment.c.removed_at_ms).where(comment.c.removed_at_ms.is_not(None)))
    return {row.seq: row.removed_at_ms for row in rows}


def test_reading_the_log_twice_keeps_a_comment_once(connection: Connection) -> None:
    comments.add(connection, [said(1), said(2)])
    comments.add(connection, [said(2), said(3)])
    comments.add(connection, [])
    assert kept(connection) == [(ALICE, 1), (ALICE, 2), (ALICE, 3)]


def test_what_was_removed_stays_removed_when_it_is_read_again(connection: Connection) -> None:
    comments.add(connection, [said(1)])
    mark(connection, message_ids=["m1"])
    comments.add(connection, [said(1)])
    assert removed(connection) == {1: 99}


def mark(
    connection: Connection, *, message_ids: list[str] | None = None, viewer_ids: list[str] | None = None, through_seq: int = 100
) -> int:
    return comments.mark_removed(
        connection,
        creator_id=ALICE,
        room_id=RoomId("r"),
        message_ids=message_ids or [],
        viewer_ids=viewer_ids or [],
        at_ms=99,
        through_seq=through_seq,
    )


@pytest.mark.parametrize(
    ("message_ids", "viewer_ids", "gone"),
    [
        (["m1"], [], {1}),
        (["u3"], [], {3}),
        ([], ["bob"], {2, 3}),
        (["m1"], ["bob"], {1, 2, 3}),
        ([""], [""], set()),
        (["m7", "m8"], [], set()),
        ([], ["dave"], set()),
    ],
)
def test_a_deletion_names_comments_by_id_by_uuid_or_by_viewer(
    connection: Connection, message_ids: list[str], viewer_ids: list[str], gone: set[int]
) -> None:
    rows = [said(1, "ann"), said(2, "bob"), said(3, "bob", uuid="u3"), said(4, ""), said(5, "carl")]
    comments.add(connection, [*rows, said(7, "dave", room="yesterday"), said(8, "dave", creator=BOB)])
    assert mark(connection, message_ids=message_ids, viewer_ids=viewer_ids) == len(gone)
    assert set(removed(connection)) == gone
    # Told again, it is no news.
    assert mark(connection, message_ids=message_ids, viewer_ids=viewer_ids) == 0


def test_what_a_viewer_wrote_after_the_wipe_stands(connection: Connection) -> None:
    comments.add(connection, [said(1, "bob"), said(9, "bob")])
    assert mark(connection, viewer_ids=["bob"], through_seq=5) == 1
    assert removed(connection) == {1: 99}


def test_retention_takes_the_old_ones_of_everybody_in_steps(connection: Connection) -> None:
    comments.add(connection, [said(n, at_ms=n) for n in range(1, 21)])
    comments.add(connection, [said(n, creator=BOB, at_ms=10 * n) for n in range(1, 4)])
    steps = []
    while gone := comments.prune(connection, before_ms=16, most=7):
        steps.append(gone)
    assert steps == [7, 7, 2]
    assert kept(connection) == [(ALICE, n) for n in range(16, 21)] + [(BOB, 2), (BOB, 3)]
