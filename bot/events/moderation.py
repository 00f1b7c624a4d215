"""What moderators did, as far as TikTok tells."""

from __future__ import annotations

from typing import ClassVar

import msgspec

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


class Penalty(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What TikTok did to an account, in its own words.

    `punishment_type` is a word (`muting_cancel`, `other_live_nr`), `type_id` its number where it has one (9 no guests, 25 no game
    partnership …). The unit of `duration` is not known.
    """

    punishment_type: str = ""
    reason: str = ""
    shown_reason: str = ""
    punishment_id: str = ""
    violator_id: str = ""
    type_id: int = 0
    duration: int = 0


class WarningDialog(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A dialog of TikTok's. `count_down` is in a unit that is not known."""

    icon_type: int = 0
    title: str = ""
    sub_title: str = ""
    advice: str = ""
    violation_url: str = ""
    scene: int = 0
    target_user_id: str = ""
    target_room_id: str = ""
    count_down: int = 0


class PerceptionEvent(Event, frozen=True, gc=False, array_like=True, tag="perception"):
    """TikTok warns or punishes, or takes it back (`WebcastPerceptionMessage`): addressed to the creator or a viewer.

    `end_time` is as TikTok gives it. `code` and `action` are the edge's.
    """

    type: ClassVar[str] = "perception"
    dialog: WarningDialog = WarningDialog()
    punishment: Penalty = Penalty()
    end_time: int = 0
    shows_warning: bool = False
    toast: str = ""
    float_text: str = ""
    code: int = 0
    action: str = ""


class BottomEvent(Event, frozen=True, gc=False, array_like=True, tag="bottomMessage"):
    """A strip below the video, mostly a warning of TikTok's (`WebcastBottomMessage`).

    `business_type`: 3 warns about this room, 4 about the other one of a co-host, 6 a punishment. `notice_key` and `risk_key`
    are the edge's.
    """

    type: ClassVar[str] = "bottomMessage"
    text: str = ""
    show_type: int = 0
    text_type: int = 0
    business_type: int = 0
    duration_s: int = 0
    violator_id: str = ""
    punishment: Penalty = Penalty()
    style: int = 0
    detail_url: str = ""
    notice_key: str = ""
    risk_key: str = ""


class Captcha(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a viewer must solve, and for how long."""

    captcha_id: str = ""
    room_id: str = ""
    duration_s: int = 0


class AccessControlEvent(Event, frozen=True, gc=False, array_like=True, tag="accessControl"):
    """TikTok demands that this viewer proves to be a person (`WebcastAccessControlMessage`; document only)."""

    type: ClassVar[str] = "accessControl"
    captcha: Captcha = Captcha()


class AccessRecallEvent(Event, frozen=True, gc=False, array_like=True, tag="accessRecall"):
    """Access to the room was given or taken back (`WebcastAccessRecallMessage`), by content classification say.

    `end_time` is as TikTok gives it. `reason` and `suspend_key` are the edge's.
    """

    type: ClassVar[str] = "accessRecall"
    status: int = 0
    duration_s: int = 0
    end_time: int = 0
    scene: str = ""
    notice: str = ""
    text: str = ""
    punishment: Penalty = Penalty()
    reason: str = ""
    suspend_key: str = ""


class RoomVerifyEvent(Event, frozen=True, gc=False, array_like=True, tag="roomVerify"):
    """TikTok checks the room (`RoomVerifyMessage`, `WebcastRoomVerifyMessage`). Captured: action 3. `code` is the edge's."""

    type: ClassVar[str] = "roomVerify"
    action: int = 0
    text: str = ""
    notice_type: int = 0
    closes_room: bool = False
    code: int = 0


class PartnershipPunishEvent(Event, frozen=True, gc=False, array_like=True, tag="partnershipPunish"):
    """A game partnership was punished (`WebcastPartnershipPunishMessage`; document only)."""

    type: ClassVar[str] = "partnershipPunish"
    punishment: Penalty = Penalty()
