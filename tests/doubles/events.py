"""Events for tests, in the words of the product."""

from __future__ import annotations

from itertools import count

from bot.events import (
    Combo,
    CommentEvent,
    Common,
    DeletionEvent,
    Gift,
    GiftEvent,
    Handle,
    JoinEvent,
    LikeEvent,
    MessageId,
    RoomId,
    User,
    ViewerId,
)
from tests.doubles.clock import START_MS

_numbers = count(1)

ROSE = Gift(id="5655", name="Rose", diamonds=1, streakable=True)


def viewer(name: str) -> User:
    """A viewer whose id follows from the name."""
    return User(id=ViewerId(f"id-{name}"), handle=Handle(name), nickname=name.title())


def about(
    who: User | None = None, *, room: str = "", message_id: str = "", at_ms: int = START_MS, created_at_ms: int = 0
) -> Common:
    """The shared part. Without `room`, the frame named none."""
    return Common(
        message_id=MessageId(message_id or f"m{next(_numbers)}"),
        room_id=RoomId(room),
        created_at_ms=created_at_ms,
        received_at_ms=at_ms,
        user=who,
    )


def comment(text: str, by: str = "bob", *, room: str = "", message_id: str = "", at_ms: int = START_MS) -> CommentEvent:
    """`by` writes `text`."""
    return CommentEvent(about(viewer(by), room=room, message_id=message_id, at_ms=at_ms), text=text)


def gift(
    times: int,
    by: str = "bob",
    *,
    end: bool = False,
    group: str = "1700000000000",
    room: str = "",
    message_id: str = "",
    at_ms: int = START_MS,
    what: Gift = ROSE,
) -> GiftEvent:
    """`by` has given `times` roses so far; `end`: that was all of this combo."""
    return GiftEvent(
        about(viewer(by), room=room, message_id=message_id, at_ms=at_ms),
        gift=what,
        repeat_count=times,
        repeat_end=end,
        group_id=group,
        combo=Combo.ENDED if end else Combo.OPEN,
    )


def like(total: int = 1, *, room: str = "", at_ms: int = START_MS) -> LikeEvent:
    """Somebody likes."""
    return LikeEvent(about(viewer("lou"), room=room, at_ms=at_ms), count=1, total=total)


def join(by: str = "bob", *, room: str = "", at_ms: int = START_MS) -> JoinEvent:
    """`by` comes in."""
    return JoinEvent(about(viewer(by), room=room, at_ms=at_ms))


def deletion(
    *,
    of_viewers: tuple[str, ...] = (),
    of_messages: tuple[str, ...] = (),
    room: str = "",
    at_ms: int = START_MS,
    created_at_ms: int = 0,
) -> DeletionEvent:
    """Comments are removed."""
    return DeletionEvent(
        about(room=room, at_ms=at_ms, created_at_ms=created_at_ms),
        message_ids=of_messages,
        user_ids=tuple(viewer(name).id for name in of_viewers),
    )
