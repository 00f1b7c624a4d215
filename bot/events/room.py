"""The room's own state, and what we cannot name."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bot.events.base import Event


class LivePausedEvent(Event, frozen=True, gc=False, array_like=True, tag="livePaused"):
    """`WebcastControlMessage`, action 1."""

    type: ClassVar[str] = "control"
    action: int = 1
    reason: str = ""


class LiveResumedEvent(Event, frozen=True, gc=False, array_like=True, tag="liveResumed"):
    """`WebcastControlMessage`, action 2."""

    type: ClassVar[str] = "control"
    action: int = 2
    reason: str = ""


class LiveEndedEvent(Event, frozen=True, gc=False, array_like=True, tag="liveEnded"):
    """The LIVE is over: `WebcastControlMessage` action 3 (by the creator) or 4 (by TikTok), or found out by us (`inferred`)."""

    type: ClassVar[str] = "control"
    action: int = 3
    reason: str = ""
    inferred: bool = False


class ControlEvent(Event, frozen=True, gc=False, array_like=True, tag="control"):
    """`WebcastControlMessage` with any other action."""

    type: ClassVar[str] = "control"
    action: int = 0
    reason: str = ""


class UnknownEvent(Event, frozen=True, gc=False, array_like=True, tag="unknown"):
    """A message that we do not model, whole, so that nothing is lost. Reaches clients, `tail` and `record`, not the log."""

    type: ClassVar[str] = "unknown"
    method: str = ""
    payload: bytes = b""


class RoomTextEvent(Event, frozen=True, gc=False, array_like=True, tag="room"):
    """A line of TikTok's in the chat (`WebcastRoomMessage`, `RoomMessage`): a welcome, "joined the team", "comments are
    filtered".

    `display_key` tells which (`pm_mt_fan_live_joined_comment`, `pm_mt_LIVE_commentFiltered_notif` …), `scene` too
    (`user_join_fans`). `status` is the edge's; 4 was seen at the end of a LIVE.
    """

    type: ClassVar[str] = "room"
    text: str = ""
    scene: str = ""
    sub_scene: str = ""
    source: int = 0
    is_welcome: bool = False
    duration_ms: int = 0
    status: int = 0


class SystemEvent(Event, frozen=True, gc=False, array_like=True, tag="system"):
    """A line of the system (`WebcastSystemMessage`; document only)."""

    type: ClassVar[str] = "system"
    text: str = ""


class NoticeEvent(Event, frozen=True, gc=False, array_like=True, tag="notice"):
    """A notice for the creator or the viewer (`WebcastNoticeMessage`; document only)."""

    type: ClassVar[str] = "notice"
    text: str = ""
    notice_type: int = 0
    style: str = ""
    title: str = ""
    violation_reason: str = ""
    sentence: str = ""
    tips_title: str = ""
    tips_url: str = ""
    notice_title: str = ""
    notice_text: str = ""
    scene: str = ""


class ToastEvent(Event, frozen=True, gc=False, array_like=True, tag="toast"):
    """A text that pops up; it is `display_text` (`WebcastToastMessage`; document only)."""

    type: ClassVar[str] = "toast"
    duration_ms: int = 0
    delay_ms: int = 0
    scene: str = ""


class SpeakerEvent(Event, frozen=True, gc=False, array_like=True, tag="speaker"):
    """A notice about what a moderator did; it is `display_text` (`WebcastSpeakerMessage`; only its common part is known)."""

    type: ClassVar[str] = "speaker"


class IntroEvent(Event, frozen=True, gc=False, array_like=True, tag="liveIntro"):
    """The creator's introduction of the LIVE, right after a connect (`WebcastLiveIntroMessage`). `user` is the creator."""

    type: ClassVar[str] = "liveIntro"
    intro_id: str = ""
    text: str = ""
    language: str = ""
    mode: int = 0
    audit_status: int = 0


class Announcement(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A notice bar that several messages carry. `link` is an address inside TikTok's app, `source` what it is about."""

    text: str = ""
    text_key: str = ""
    link: str = ""
    source: str = ""
    notify_type: int = 0
    from_user_id: str = ""
    to_creator_id: str = ""


class RoomNotifyEvent(Event, frozen=True, gc=False, array_like=True, tag="roomNotify"):
    """A notice bar across rooms (`WebcastRoomNotifyMessage`). `link` is an address inside the app."""

    type: ClassVar[str] = "roomNotify"
    text: str = ""
    link: str = ""
    source: str = ""
    notify_type: int = 0
    from_user_id: str = ""
    to_creator_id: str = ""


class MarqueeEvent(Event, frozen=True, gc=False, array_like=True, tag="marqueeAnnouncement"):
    """Announcements that scroll by (`WebcastMarqueeAnnouncementMessage`)."""

    type: ClassVar[str] = "marqueeAnnouncement"
    scene: str = ""
    announcements: tuple[Announcement, ...] = ()


class BannerEvent(Event, frozen=True, gc=False, array_like=True, tag="inRoomBanner"):
    """Banners of campaigns and leagues, as the JSON text that TikTok sends (`WebcastInRoomBannerMessage`)."""

    type: ClassVar[str] = "inRoomBanner"
    json: str = ""
    position: int = 0
    action_type: int = 0


class CapsuleEvent(Event, frozen=True, gc=False, array_like=True, tag="capsule"):
    """A button above the chat (`WebcastCapsuleMessage`), say "The host set a goal. Support". `link` is an address inside
    the app.
    """

    type: ClassVar[str] = "capsule"
    text: str = ""
    text_key: str = ""
    button: str = ""
    button_key: str = ""
    link: str = ""
    image_url: str = ""
    kind: int = 0
    scene: str = ""
    sub_scene: str = ""
    duration_s: int = 0
    reminder_key: str = ""


class GuideEvent(Event, frozen=True, gc=False, array_like=True, tag="guide"):
    """A card that advises to subscribe, to give … (`WebcastGuideMessage`; document only). The unit of `duration` is not known."""

    type: ClassVar[str] = "guide"
    text: str = ""
    guide_type: int = 0
    gift_id: str = ""
    duration: int = 0
    display_style: int = 0
    scene: str = ""


class ProbeTimes(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """When the server handled a message, in milliseconds of its clock."""

    client_start_ms: int = 0
    api_received_ms: int = 0
    api_sent_ms: int = 0


class LatencyProbeEvent(Event, frozen=True, gc=False, array_like=True, tag="msgDetect"):
    """The server measures how long messages take (`WebcastMsgDetectMessage`). Nothing happened in the room."""

    type: ClassVar[str] = "msgDetect"
    detect_type: int = 0
    trigger_by: int = 0
    region: str = ""
    times: ProbeTimes = ProbeTimes()


class Sticker(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One of the creator's stickers on the video, with the creator's own words."""

    id: str = ""
    name: str = ""
    text: str = ""


class StickersEvent(Event, frozen=True, gc=False, array_like=True, tag="roomSticker"):
    """The creator's stickers changed (`WebcastRoomStickerMessage`). `raw` is the edge's opaque text."""

    type: ClassVar[str] = "roomSticker"
    stickers: tuple[Sticker, ...] = ()
    raw: str = ""


class ToolChangeEvent(Event, frozen=True, gc=False, array_like=True, tag="anchorToolModification"):
    """The creator's tools changed, an effect say (`WebcastAnchorToolModificationMessage`). `raw` is the edge's opaque text."""

    type: ClassVar[str] = "anchorToolModification"
    name: str = ""
    category: str = ""
    raw: str = ""


class PrivilegeEvent(Event, frozen=True, gc=False, array_like=True, tag="privilegeAdvance"):
    """A notice about a privilege (`WebcastPrivilegeAdvanceMessage`; document only). `action` and `image_urls` are the edge's."""

    type: ClassVar[str] = "privilegeAdvance"
    text: str = ""
    text_key: str = ""
    scene: int = 0
    sub_type: str = ""
    action: str = ""
    image_urls: tuple[str, ...] = ()


class StreamStatusEvent(Event, frozen=True, gc=False, array_like=True, tag="streamStatus"):
    """The stream's state changed (the edge's event, opaque: of `WebcastStreamStatusMessage` only the head is known)."""

    type: ClassVar[str] = "streamStatus"
    raw: str = ""


class HotRoomEvent(Event, frozen=True, gc=False, array_like=True, tag="hotRoom"):
    """The room is hot (the edge's event; of `WebcastHotRoomMessage` only the head is known). `key` is the edge's."""

    type: ClassVar[str] = "hotRoom"
    key: str = ""


class HostBoardEvent(Event, frozen=True, gc=False, array_like=True, tag="hostBoard"):
    """The creator's board (the edge's event, opaque; its wire source is not known)."""

    type: ClassVar[str] = "hostBoard"
    raw: str = ""


class BusinessBoardEvent(Event, frozen=True, gc=False, array_like=True, tag="smbBoard"):
    """A small business's board (the edge's event, opaque; its wire source is not known)."""

    type: ClassVar[str] = "smbBoard"
    raw: str = ""
    status: int = 0


class RevenueShareEvent(Event, frozen=True, gc=False, array_like=True, tag="shareRevenueNotice"):
    """A notice about shared revenue (the edge's event; its wire source is not known)."""

    type: ClassVar[str] = "shareRevenueNotice"
    creator_user_id: str = ""


class SummaryEvent(Event, frozen=True, gc=False, array_like=True, tag="aiSummary"):
    """TikTok's own summary of the LIVE (`WebcastAISummaryMessage`; document only).

    `text`, `scenario_key` and `label_key` are the edge's: where the native message has its text is not documented. `scene` is
    TikTok's number, `link` an address inside its app, `stays` whether the summary remains on the screen.
    """

    type: ClassVar[str] = "aiSummary"
    text: str = ""
    scenario_key: str = ""
    image_url: str = ""
    label_key: str = ""
    duration_ms: int = 0
    scene: int = 0
    shown_first: bool = False
    title: str = ""
    title_key: str = ""
    link: str = ""
    stays: bool = False


class ShortTouchEvent(Event, frozen=True, gc=False, array_like=True, tag="shortTouch"):
    """A promotion at the edge of the video (the edge's event; of `WebcastShortTouchMessage` only the head is known)."""

    type: ClassVar[str] = "shortTouch"
    variant: str = ""
    action: str = ""
    reference_id: str = ""
