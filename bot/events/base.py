"""What every event carries, and who is in it.

Nothing here is inherited as a field: with `array_like` a field added to a base class would shift every subclass, and old
logs would silently decode into the wrong columns. So the shared part is one struct, `Common`, in the first slot of every
event, and all structs grow at their end only, with a default for each field.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bot.events.ids import Handle, MessageId, RoomId, ViewerId

NO_ROOM = RoomId("")


class Badge(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One badge beside a name. `scene` is TikTok's badge scene type (1 moderator, 4/7 subscriber, 8 gifter, 10 fan …)."""

    scene: int = 0
    level: int = 0
    text: str = ""


class User(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A TikTok user as one message shows them: fields that the message left out are empty, not unknown for ever."""

    id: ViewerId = ViewerId("")
    handle: Handle = Handle("")
    nickname: str = ""
    avatar_url: str = ""
    sec_uid: str = ""
    is_moderator: bool = False
    is_subscriber: bool = False
    is_follower: bool = False
    is_friend: bool = False
    gifter_level: int = 0
    fan_level: int = 0
    badges: tuple[Badge, ...] = ()

    @property
    def name(self) -> str:
        """What to call them: nickname, else handle, else id."""
        return self.nickname or self.handle or self.id


class Common(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The part that all events share.

    `created_at_ms` is TikTok's clock (0 when the message has none), `received_at_ms` ours: never mix them.
    `creator` is the handle, for display only; the log partitions by our own creator id.
    `display_text` is the sentence that TikTok shows for the message, with its names filled in, in the language of the
    connection; `display_key` names that sentence in any language. Both are empty where the message has none, and for
    comments, gifts, likes and joins, whose fields say it all.
    """

    message_id: MessageId = MessageId("")
    room_id: RoomId = NO_ROOM
    creator: Handle = Handle("")
    created_at_ms: int = 0
    received_at_ms: int = 0
    user: User | None = None
    display_text: str = ""
    display_key: str = ""


class Event(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Something that happened in a room. Its one field is the shared part; it never gets a second one (see above).

    `type` is the name that users type and JSON shows; the struct's tag, which is stored, is unique to each class.
    """

    type: ClassVar[str] = ""
    common: Common = Common()

    @property
    def message_id(self) -> MessageId:
        return self.common.message_id

    @property
    def room_id(self) -> RoomId:
        return self.common.room_id

    @property
    def creator(self) -> Handle:
        return self.common.creator

    @property
    def created_at_ms(self) -> int:
        return self.common.created_at_ms

    @property
    def received_at_ms(self) -> int:
        return self.common.received_at_ms

    @property
    def user(self) -> User | None:
        return self.common.user

    @property
    def display_text(self) -> str:
        return self.common.display_text

    @property
    def display_key(self) -> str:
        return self.common.display_key
