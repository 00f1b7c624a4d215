"""A TikTok user who wrote or gave in a LIVE: what we keep of them, and what a guild may be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from bot.events.ids import Handle, RoomId, ViewerId
from bot.model.case import CaseKind, CaseState
from bot.model.ids import CreatorId, DiscordUserId, PostId, WatchId

NoteId = NewType("NoteId", int)


@dataclass(frozen=True, slots=True)
class Sighting:
    """Under this handle somebody wrote or gave in a creator's LIVEs, at these instants first and last (ours, ms)."""

    creator_id: CreatorId
    viewer_id: ViewerId
    handle: Handle
    nickname: str
    first_seen_at_ms: int
    last_seen_at_ms: int


@dataclass(frozen=True, slots=True)
class Giving:
    """A gift, or the part of a combo that is new. Its position in the log makes counting it twice counting it once."""

    creator_id: CreatorId
    viewer_id: ViewerId
    room_id: RoomId
    through_seq: int
    gifts: int
    diamonds: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Name:
    """A handle of theirs with the nickname beside it (empty: not known), and when it was seen."""

    handle: Handle
    nickname: str
    first_seen_at_ms: int
    last_seen_at_ms: int


@dataclass(frozen=True, slots=True)
class LiveVisit:
    """What somebody wrote in one LIVE. `removed` of the `comments` were removed on TikTok, the last at `removed_at_ms`.

    `first_seq` and `last_seq` bound those whose text is still kept; both are 0 when none is.
    """

    creator_id: CreatorId
    room_id: RoomId
    comments: int
    removed: int
    first_seq: int
    last_seq: int
    first_at_ms: int
    last_at_ms: int
    removed_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Gifts:
    """Everything that somebody gave in LIVEs that a guild saw from their first gift to their last."""

    gifts: int = 0
    diamonds: int = 0
    first_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CaseAbout:
    """One of the guild's cases about somebody."""

    number: int
    kind: CaseKind
    state: CaseState
    opened_at_ms: int


@dataclass(frozen=True, slots=True)
class Note:
    """What a moderator wrote about a viewer; only their own guild reads it."""

    id: NoteId
    at_ms: int
    by: DiscordUserId
    text: str


@dataclass(frozen=True, slots=True)
class Profile:
    """All that a guild may know of somebody, but for the texts. What is a list begins with the latest."""

    viewer_id: ViewerId
    names: tuple[Name, ...] = ()
    lives: tuple[LiveVisit, ...] = ()
    gifts: Gifts = Gifts()
    cases: tuple[CaseAbout, ...] = ()
    notes: tuple[Note, ...] = ()

    def __bool__(self) -> bool:
        """Whether the guild ever saw them, or wrote something about them."""
        return bool(self.names or self.lives or self.gifts.gifts or self.cases or self.notes)

    @property
    def handle(self) -> Handle:
        """The latest, empty when none is known."""
        return self.names[0].handle if self.names else Handle("")

    @property
    def nickname(self) -> str:
        return self.names[0].nickname if self.names else ""

    @property
    def first_seen_at_ms(self) -> int | None:
        """When the guild's watches saw them first."""
        seen = [name.first_seen_at_ms for name in self.names] + [live.first_at_ms for live in self.lives]
        return min([*seen, *filter(None, [self.gifts.first_at_ms])], default=None)

    @property
    def comments(self) -> int:
        return sum(live.comments for live in self.lives)

    @property
    def removed(self) -> int:
        return sum(live.removed for live in self.lives)

    @property
    def removed_at_ms(self) -> int | None:
        """The last removal."""
        return max((live.removed_at_ms for live in self.lives if live.removed_at_ms is not None), default=None)

    @property
    def streak(self) -> int:
        """In how many of the LIVEs that they wrote in last, one after the other, something of theirs was removed."""
        for count, live in enumerate(self.lives):
            if not live.removed:
                return count
        return len(self.lives)


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as a moderator may read it. `creator` is the handle of whose LIVE it was."""

    creator: Handle
    text: str
    at_ms: int
    is_removed: bool


@dataclass(frozen=True, slots=True)
class PostedLine:
    """One source of one line of a post of ours: who wrote it, and where it stands. `text` is as posted, empty once struck.

    A line that stands for several comments has several sources.
    """

    watch_id: WatchId
    creator_id: CreatorId
    post_id: PostId
    number: int
    source: int
    seq: int
    room_id: RoomId
    viewer_id: ViewerId
    text: str
    is_struck: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a moderator wants a case about, and which comments: those of a room from `first_seq` to `last_seq`."""

    viewer_id: ViewerId
    handle: Handle
    nickname: str
    creator_id: CreatorId
    room_id: RoomId
    first_seq: int
    last_seq: int
    comments: int
    watch_id: WatchId | None = None
