"""What we are about to say, and what we said."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from bot.events.ids import MessageId, RoomId, ViewerId
from bot.model.ids import ChannelId, DiscordMessageId, PostId, WatchId


class Urgency(IntEnum):
    """Order at the gate and, within a lane, who is left out first. Lower goes first."""

    INTERACTION = 0
    ALERT = 1
    DELETION = 2
    CARD = 3
    GIFT = 4
    CHAT = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One rendered line, safe to post as it is (escaped, no line break), and what it came from.

    `seq` is its place in the creator's log. `viewer_id` and `message_id` let a deletion find it again; both are empty for
    lines that nobody wrote.
    """

    seq: int
    text: str
    urgency: Urgency = Urgency.CHAT
    room_id: RoomId = RoomId("")
    message_id: MessageId = MessageId("")
    message_uuid: str = ""
    viewer_id: ViewerId = ViewerId("")


@dataclass(frozen=True, slots=True)
class Intent:
    """A post that we are about to make, stored before it is sent.

    `through_seq` is where the watch's cursor stands once the post exists: it passes everything that the post carries or
    leaves out. `nonce` is 24 base32 characters of the hash of all that, so that a repeat after a crash is the same message.
    """

    watch_id: WatchId
    channel_id: ChannelId
    first_seq: int
    through_seq: int
    content: str
    nonce: str
    lines: tuple[Line, ...]
    created_at_ms: int
    id: int = 0
    creator_id: int = field(default=0, compare=False)
    """Whose log the seqs stand in; only known of an intent that was read back."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of a post. `struck`: removed in TikTok, so its text is gone here too."""

    number: int
    text: str
    struck: bool = False


@dataclass(frozen=True, slots=True)
class LedgerPost:
    """One message of ours on Discord with its lines as they should stand now. `edit_revision` counts its changes."""

    id: PostId
    watch_id: WatchId
    channel_id: ChannelId
    message_id: DiscordMessageId
    lines: tuple[LedgerLine, ...]
    created_at_ms: int
    edit_revision: int = 0
