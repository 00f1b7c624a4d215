"""Going live together beyond the linking itself: invitations, topics, plays, karaoke."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bot.events.base import Event, User

__all__ = [
    "CohostReservationEvent",
    "CohostTopic",
    "CohostTopicEvent",
    "CountdownEvent",
    "CountdownForAllEvent",
    "GreetingEvent",
    "GuestInviteEvent",
    "GuestInviteGuideEvent",
    "GuestSuggestionEvent",
    "KaraokeDuetEvent",
    "KaraokeListEvent",
    "KaraokeRedDotEvent",
    "KaraokeRequestEvent",
    "KaraokeSwitchEvent",
    "LinkInviteNotice",
    "LinkLayoutEvent",
    "LinkNoticeEvent",
    "LinkSignalEvent",
    "LiveShowEvent",
    "Operator",
    "PlaybookEvent",
    "VictoryLapEvent",
]


class Operator(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Who did it. `role`: 1 moderator, 2 creator."""

    user_id: str = ""
    role: int = 0
    nickname: str = ""
    handle: str = ""


class GuestInviteEvent(Event, frozen=True, gc=False, array_like=True, tag="guestInvite"):
    """A viewer is invited as a guest (`WebcastGuestInviteMessage`; document only)."""

    type: ClassVar[str] = "guestInvite"
    to_room_id: str = ""
    inviter_id: str = ""
    inviter_nickname: str = ""
    inviter_avatar_url: str = ""


class GuestInviteGuideEvent(Event, frozen=True, gc=False, array_like=True, tag="guestInviteGuide"):
    """A hint to invite guests, with the pictures of some (`WebcastGuestInviteGuideMessage`; document only)."""

    type: ClassVar[str] = "guestInviteGuide"
    avatar_urls: tuple[str, ...] = ()


class GuestSuggestionEvent(Event, frozen=True, gc=False, array_like=True, tag="multiGuestSuggest"):
    """A hint to go live with guests (`WebcastMultiGuestSuggestMessage`; document only)."""

    type: ClassVar[str] = "multiGuestSuggest"
    image_urls: tuple[str, ...] = ()


class CohostReservationEvent(Event, frozen=True, gc=False, array_like=True, tag="cohostReserve"):
    """Two creators arrange to go live together (`WebcastCohostReserveMessage`; document only)."""

    type: ClassVar[str] = "cohostReserve"
    reservation_type: int = 0
    reservation_id: str = ""


class CohostTopic(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What co-hosts talk about. `heat` and `rival_count` are TikTok's numbers."""

    id: str = ""
    title_key: str = ""
    title: str = ""
    liked: bool = False
    heat: int = 0
    rival_count: int = 0


class CohostTopicEvent(Event, frozen=True, gc=False, array_like=True, tag="cohostTopic"):
    """The topic of co-hosts changed (`WebcastCohostTopicMessage`; document only). `action` is TikTok's number."""

    type: ClassVar[str] = "cohostTopic"
    action: int = 0
    topic: CohostTopic = CohostTopic()


class LinkLayoutEvent(Event, frozen=True, gc=False, array_like=True, tag="linkLayout"):
    """Somebody chose another layout for the guests (`WebcastLinkLayoutMessage`; document only).

    `LinkMicLayoutEvent` is the state that follows. `most_seats`: how many the layout has.
    """

    type: ClassVar[str] = "linkLayout"
    message_type: int = 0
    layout_room_id: str = ""
    channel_id: str = ""
    layout_id: str = ""
    most_seats: int = 0
    operator: Operator = Operator()


class LinkSignalEvent(Event, frozen=True, gc=False, array_like=True, tag="linkMicSignaling"):
    """What two apps tell each other to connect (`WebcastLinkMicSignalingMethod`; document only). `signal` is opaque."""

    type: ClassVar[str] = "linkMicSignaling"
    signal: str = ""


class LinkInviteNotice(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The invitation in a notice. `reason` is TikTok's word for why."""

    user: User | None = None
    reason: str = ""
    session_id: str = ""


class LinkNoticeEvent(Event, frozen=True, gc=False, array_like=True, tag="linkmicAudienceNotice"):
    """Viewers are told that they may be guests (`WebcastLinkmicAudienceNoticeMessage`; document only)."""

    type: ClassVar[str] = "linkmicAudienceNotice"
    notice_type: int = 0
    invite: LinkInviteNotice = LinkInviteNotice()


class VictoryLapEvent(Event, frozen=True, gc=False, array_like=True, tag="linkMicBattleVictoryLap"):
    """What comes behind a battle: truth or dare … (`WebcastLinkMicBattleVictoryLap`; document only).

    `play_type` is TikTok's number.
    """

    type: ClassVar[str] = "linkMicBattleVictoryLap"
    play_type: int = 0
    region: str = ""
    battle_id: str = ""


class PlaybookEvent(Event, frozen=True, gc=False, array_like=True, tag="playbook"):
    """A scripted play among guests (`WebcastPlaybookMessage`; document only). `status` and `end_reason` are TikTok's numbers."""

    type: ClassVar[str] = "playbook"
    message_type: int = 0
    play_id: str = ""
    status: int = 0
    title: str = ""
    cover_url: str = ""
    end_reason: int = 0


class CountdownEvent(Event, frozen=True, gc=False, array_like=True, tag="countdown"):
    """A countdown on the screen (`WebcastCountdownMessage`; document only); its length is not documented."""

    type: ClassVar[str] = "countdown"
    message_type: int = 0
    operator: Operator = Operator()


class CountdownForAllEvent(Event, frozen=True, gc=False, array_like=True, tag="countdownForAll"):
    """A countdown that everybody sees (`WebcastCountdownForAllMessage`; document only); its length is not documented."""

    type: ClassVar[str] = "countdownForAll"
    message_type: int = 0
    operator: Operator = Operator()
    end_reason: int = 0


class LiveShowEvent(Event, frozen=True, gc=False, array_like=True, tag="liveShow"):
    """A guest's turn in a show (`WebcastLiveShowMessage`; document only)."""

    type: ClassVar[str] = "liveShow"
    message_type: int = 0
    end_reason: int = 0
    operator: Operator = Operator()


class GreetingEvent(Event, frozen=True, gc=False, array_like=True, tag="greeting"):
    """Somebody who entered is greeted (`WebcastGreetingMessage`; document only).

    `entry_message_id` is the message of their joining.
    """

    type: ClassVar[str] = "greeting"
    entry_message_id: str = ""
    text: str = ""
    text_key: str = ""
    guide: str = ""
    guide_key: str = ""


class KaraokeListEvent(Event, frozen=True, gc=False, array_like=True, tag="karaokeQueueList"):
    """The list of songs to be sung (`WebcastKaraokeQueueListMessage`; document only): how many; which ones is not documented."""

    type: ClassVar[str] = "karaokeQueueList"
    list_type: int = 0
    song_count: int = 0
    updated_at_ms: int = 0
    operator_id: str = ""


class KaraokeRedDotEvent(Event, frozen=True, gc=False, array_like=True, tag="karaokeRedDot"):
    """How often songs were asked for so far (`WebcastKaraokeRedDotMessage`; document only).

    Of the creator, and to be sung by viewers.
    """

    type: ClassVar[str] = "karaokeRedDot"
    creator_requests: int = 0
    viewer_requests: int = 0


class KaraokeRequestEvent(Event, frozen=True, gc=False, array_like=True, tag="karaokeReq"):
    """Viewers ask for songs (`WebcastKaraokeReqMessage`; document only): how many so far; which ones is not documented."""

    type: ClassVar[str] = "karaokeReq"
    request_count: int = 0
    requested_at_ms: int = 0


class KaraokeDuetEvent(Event, frozen=True, gc=False, array_like=True, tag="karaokeYouSingReq"):
    """Viewers ask to sing themselves (`WebcastKaraokeYouSingReqMessage`; document only): how many so far."""

    type: ClassVar[str] = "karaokeYouSingReq"
    request_count: int = 0
    requested_at_ms: int = 0
    request_type: int = 0


class KaraokeSwitchEvent(Event, frozen=True, gc=False, array_like=True, tag="karaokeSwitch"):
    """Karaoke was switched on or off (`WebcastKaraokeSwitchMessage`; document only). Both are TikTok's numbers."""

    type: ClassVar[str] = "karaokeSwitch"
    switch_type: int = 0
    status: int = 0
