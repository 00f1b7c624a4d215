"""What is known of comments that TikTok took back: the facts of one deletion, and the wipe that several of them make. Values."""

from __future__ import annotations

from dataclasses import dataclass

from bot.events.base import User
from bot.events.ids import RoomId, ViewerId
from bot.model.ids import CreatorId


@dataclass(frozen=True, slots=True)
class RemovedLine:
    """A comment that we have and TikTok no longer shows, without its text.

    Both instants are TikTok's clock, 0 where it did not say.
    """

    seq: int
    message_id: str
    created_at_ms: int
    removed_at_ms: int

    @property
    def after_ms(self) -> int | None:
        """How long it stood, by TikTok's clock on both sides."""
        if not self.created_at_ms or not self.removed_at_ms:
            return None
        return max(0, self.removed_at_ms - self.created_at_ms)


@dataclass(frozen=True, slots=True)
class Seen:
    """A user as the event at `seq` showed them."""

    seq: int
    user: User


@dataclass(frozen=True, slots=True)
class Cause:
    """What a member action says of a removal: TikTok named this viewer in the same room at about the same time.

    `operator` is None when the action did not name one. `name` is ours (`muted_by_moderator`, `kicked` …).
    """

    seq: int
    action: int
    name: str
    duration_s: int
    operator: User | None


@dataclass(frozen=True, slots=True)
class Removed:
    """What one deletion took from one author. An empty `viewer_id`: messages that never reached us, so nobody knows whose.

    `unseen` are the ids of those. `names_viewer`: everything that the author wrote was removed, not single messages.
    `is_partial`: we were not connected at some time that counts, so there may be more. `is_repeat`: an earlier deletion had
    taken all of it. `names` is only given for a comment that came after its deletion: what the deletion could call it.
    `received_at_ms` is our clock.
    """

    creator_id: CreatorId
    room_id: RoomId
    viewer_id: ViewerId
    deletion_seq: int
    received_at_ms: int
    lines: tuple[RemovedLine, ...] = ()
    unseen: tuple[str, ...] = ()
    names_viewer: bool = False
    is_partial: bool = False
    is_repeat: bool = False
    author: Seen | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wipe:
    """All that was taken from one author in one go, as far as it is known by now: what the alert card tells.

    `lines` by seq, `unseen` sorted: at most `bot.moderation.wipes.MOST_LINES` of each; `has_more` when there were others.
    `first_seq`, `last_seq`: the deletions' places in the log; `first_` and `last_received_at_ms`: when we heard of them.
    Several `causes` are several member actions that fit; none, and TikTok said neither who nor why.
    """

    creator_id: CreatorId
    room_id: RoomId
    viewer_id: ViewerId
    first_seq: int
    last_seq: int
    first_received_at_ms: int
    last_received_at_ms: int
    lines: tuple[RemovedLine, ...] = ()
    unseen: tuple[str, ...] = ()
    names_viewer: bool = False
    is_partial: bool = False
    has_more: bool = False
    author: Seen | None = None
    causes: tuple[Cause, ...] = ()

    @property
    def key(self) -> str:
        """The same for the same wipe, also when the log is read again."""
        return f"wipe:{self.creator_id}:{self.room_id}:{self.viewer_id}:{self.first_seq}"

    @property
    def count(self) -> int:
        """Removed comments: exact, unless `is_partial` or `has_more`."""
        return len(self.lines) + len(self.unseen)

    @property
    def is_void(self) -> bool:
        """Nothing is left: the messages of unknown authors turned up, and are told of with their authors."""
        return not self.viewer_id and not self.count

    @property
    def was_received(self) -> bool:
        """Whether any of the text ever reached us."""
        return bool(self.lines)

    @property
    def message_ids(self) -> tuple[str, ...]:
        """TikTok's, of the lines that we have and of those that we never had."""
        return (*(line.message_id for line in self.lines if line.message_id), *self.unseen)

    @property
    def seqs(self) -> tuple[int, int] | None:
        """The first and the last place in the log that a removed comment has."""
        return (self.lines[0].seq, self.lines[-1].seq) if self.lines else None

    @property
    def after_ms(self) -> tuple[int, int] | None:
        """The shortest and the longest time that a comment stood, by TikTok's clock."""
        times = [after for line in self.lines if (after := line.after_ms) is not None]
        return (min(times), max(times)) if times else None
