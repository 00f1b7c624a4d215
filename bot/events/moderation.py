"""What moderators did, as far as TikTok tells."""

from __future__ import annotations

from typing import ClassVar

from bot.events.base import Event, User


class DeletionEvent(Event, frozen=True, gc=False, array_like=True, tag="imDelete"):
    """Comments removed (`WebcastImDeleteMessage`): some messages, or all of some users.

    Names neither who did it nor why. Native TikTok gives `msg_id`, the edge a `messageUuid`: match against both.
    """

    type: ClassVar[str] = "imDelete"
    message_ids: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()


class MemberActionEvent(Event, frozen=True, gc=False, array_like=True, tag="memberAction"):
    """A member message that is not a join: mute, kick, moderator added … `user` is concerned, `operator` did it.

    `name` is our word for `action` (`muted`, `kicked`, `moderator_added` …), empty for a number nobody has named.
    """

    type: ClassVar[str] = "member"
    action: int = 0
    name: str = ""
    operator: User | None = None
    duration_s: int = 0
    description: str = ""
    member_count: int = 0
