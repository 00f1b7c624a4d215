"""Guests and co-hosts: who is linked, who asks to be, what each has collected. And what belongs to a battle's margins."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bot.events.base import Event, User


class LinkEvent(Event, frozen=True, gc=False, array_like=True, tag="link"):
    """Somebody is linked to the LIVE, asks to be, leaves or is removed (`WebcastLinkMessage`).

    `action` is TikTok's number, `name` our word for it (`invited`, `entered`, `kicked_out`, `muted` …). `scene`: 2 co-
    hosts, 4 guests. `from_user_id` did it or asked, `to_user_id` is concerned; `other_room_id` is the other creator's room.
    `users` are all who are linked after a list change, `applied` who wait. `reason`: of a leave or removal (removed: 2 by
    the creator, 4 by TikTok, 5 by a moderator), for `muted` 0 muted, 1 unmuted. `reply_status` of a reply: 1 yes, 2 no.
    `user` is whom the message shows most of.
    """

    type: ClassVar[str] = "link"
    action: int = 0
    name: str = ""
    linker_id: str = ""
    scene: int = 0
    from_user_id: str = ""
    to_user_id: str = ""
    other_room_id: str = ""
    users: tuple[User, ...] = ()
    applied: tuple[User, ...] = ()
    reason: int = 0
    reply_status: int = 0
    text: str = ""
    sub_action: int = 0


class Seat(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A place in a link: whose, and from which room."""

    user_id: str = ""
    room_id: str = ""


class LinkLayerEvent(Event, frozen=True, gc=False, array_like=True, tag="linkLayer"):
    """The layer below: the same story as `LinkEvent`, by ids (`WebcastLinkLayerMessage`).

    `action` is TikTok's number, `name` our word. `seat` did it, `other` is concerned; `linked` and `applied` after a list change.
    `number` is the reply's status (`replied`, `permitted`) or why (`left`, `kicked_out`, `finished`). `sub_action` is the edge's.
    """

    type: ClassVar[str] = "linkLayer"
    action: int = 0
    name: str = ""
    channel_id: str = ""
    scene: int = 0
    source: str = ""
    seat: Seat = Seat()
    other: Seat = Seat()
    linked: tuple[Seat, ...] = ()
    applied: tuple[Seat, ...] = ()
    number: int = 0
    sub_action: int = 0


class LinkMicEvent(Event, frozen=True, gc=False, array_like=True, tag="linkMic"):
    """The oldest form of both, and the count of fan tickets (`WebcastLinkMicMethod`, `LinkMicMethod`).

    `action` is TikTok's number (8: fan tickets). `fan_tickets` is the score of `user_id`, `total_fan_tickets` of all.
    `action_name` is the edge's.
    """

    type: ClassVar[str] = "linkMic"
    action: int = 0
    user_id: str = ""
    fan_tickets: int = 0
    total_fan_tickets: int = 0
    channel_id: str = ""
    to_user_id: str = ""
    invited_user_id: str = ""
    rival_id: str = ""
    from_room_id: str = ""
    duration_s: int = 0
    match_type: int = 0
    win: bool = False
    tips: str = ""
    started_at_ms: int = 0
    users: tuple[User, ...] = ()
    action_name: str = ""


class LinkUserState(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a guest's camera and microphone do, in TikTok's numbers."""

    seat: Seat = Seat()
    online_state: int = 0
    audio_muted: int = 0
    video_muted: int = 0


class LinkStateEvent(Event, frozen=True, gc=False, array_like=True, tag="linkState"):
    """States of all who are linked (`WebcastLinkStateMessage`; document only). `version` grows."""

    type: ClassVar[str] = "linkState"
    channel_id: str = ""
    scene: int = 0
    version: int = 0
    users: tuple[LinkUserState, ...] = ()


class LinkMicLayoutEvent(Event, frozen=True, gc=False, array_like=True, tag="linkMicLayoutState"):
    """How the linked are arranged changed (`WebcastLinkMicLayoutStateMessage`; document only)."""

    type: ClassVar[str] = "linkMicLayoutState"
    channel_id: str = ""
    scene: int = 0
    version: int = 0


class LinkScreenEvent(Event, frozen=True, gc=False, array_like=True, tag="linkScreenChange"):
    """A guest is enlarged or no more (`WebcastLinkScreenChangeMessage`). `change_type` is TikTok's number, `session` the
    edge's.
    """

    type: ClassVar[str] = "linkScreenChange"
    change_type: int = 0
    session: str = ""


class LinkGuideEvent(Event, frozen=True, gc=False, array_like=True, tag="linkMicAnchorGuide"):
    """TikTok advises the creator whom to link (`WebcastLinkMicAnchorGuideMessage`). `user` is advised. `raw` is the edge's."""

    type: ClassVar[str] = "linkMicAnchorGuide"
    text: str = ""
    button: str = ""
    connect_type: int = 0
    guide_type: int = 0
    raw: str = ""


class FanTicketScore(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What one creator or guest has collected."""

    user_id: str = ""
    fan_tickets: int = 0
    match_score: int = 0
    match_rank: int = 0


class FanTicketEvent(Event, frozen=True, gc=False, array_like=True, tag="fanTicket"):
    """What each creator and guest has collected (`WebcastLinkMicFanTicketMethod`). `total` is the sum. `raw` is the edge's."""

    type: ClassVar[str] = "fanTicket"
    scores: tuple[FanTicketScore, ...] = ()
    total: int = 0
    match_id: str = ""
    play_scene: int = 0
    raw: str = ""


class OpponentGiftEvent(Event, frozen=True, gc=False, array_like=True, tag="linkMicOpponentGift"):
    """A gift to the opponent (the edge's event; `WebcastLinkMicOpponentGifts` is known by name only). `user` gave it."""

    type: ClassVar[str] = "linkMicOpponentGift"
    opponent_room_id: str = ""
    gift_id: str = ""
    image_url: str = ""
    started_at_ms: int = 0
    ends_at_ms: int = 0
    transaction_id: str = ""


class CohostLayoutEvent(Event, frozen=True, gc=False, array_like=True, tag="cohostLayoutUpdate"):
    """How co-hosts are arranged changed (the edge's event; its wire source is not known)."""

    type: ClassVar[str] = "cohostLayoutUpdate"
    layout: str = ""


class CompetitionEvent(Event, frozen=True, gc=False, array_like=True, tag="competition"):
    """A competition among creators (`WebcastCompetitionMessage`; document only). `layout` is the edge's."""

    type: ClassVar[str] = "competition"
    competition_type: int = 0
    layout: str = ""


class CompetitionContributorEvent(Event, frozen=True, gc=False, array_like=True, tag="competitionContributor"):
    """Who contributed to a competition, and for whom (the edge's event; its wire source is not known)."""

    type: ClassVar[str] = "competitionContributor"
    competition_type: int = 0
    contributor_id: str = ""
    receiver_id: str = ""


class GuestShowdownEvent(Event, frozen=True, gc=False, array_like=True, tag="guestShowdown"):
    """A contest among guests (`WebcastGuestShowdownMessage`; document only). Both are TikTok's numbers."""

    type: ClassVar[str] = "guestShowdown"
    showdown_type: int = 0
    closed_reason: int = 0


class BattleTaskEvent(Event, frozen=True, gc=False, array_like=True, tag="battleTask"):
    """The bonus task within a battle (`WebcastLinkmicBattleTaskMessage`).

    `stage`: `started`, `progress`, `settled`, `rewarded`. A task wants `target` (counted by `task_type`) within
    `duration_s`; then scores count `multiplier` times for `reward_s`. `result`: 0 done, 1 failed, 2 both sides did it, -1
    not settled. `from_user_id` moved it. `remaining_s` and `ends_at_s` are the edge's, `mission` its word for `task_type`.
    """

    type: ClassVar[str] = "battleTask"
    battle_id: str = ""
    stage: str = ""
    target: int = 0
    duration_s: int = 0
    multiplier: int = 0
    reward_s: int = 0
    progress: int = 0
    from_user_id: str = ""
    result: int = -1
    prompt_key: str = ""
    task_type: int = 0
    started_at_s: int = 0
    reward_starts_at_s: int = 0
    mission: str = ""
    remaining_s: int = -1
    ends_at_s: int = 0


class BattleCardEvent(Event, frozen=True, gc=False, array_like=True, tag="battleItemCard"):
    """A card was played or won in a battle (`WebcastLinkMicBattleItemCard`). `user` played it, `receiver_id` is the creator
    it helps or hits.

    `action` is TikTok's number, `card` our word (`critical_strike`, `smoke`, `extra_time`, `potion` …; `award` when `users`
    won one). It takes effect at `effective_at_s` (TikTok's clock) for `effect_s`. `multiplier` of a critical strike or a
    glove.
    """

    type: ClassVar[str] = "battleItemCard"
    battle_id: str = ""
    action: int = 0
    card: str = ""
    name_key: str = ""
    image_url: str = ""
    text: str = ""
    text_key: str = ""
    sent_at_s: int = 0
    effective_at_s: int = 0
    effect_s: int = 0
    multiplier: int = 0
    extra_duration_s: int = 0
    receiver_id: str = ""
    users: tuple[User, ...] = ()
    score: int = 0


class BattleNoticeEvent(Event, frozen=True, gc=False, array_like=True, tag="battleNotice"):
    """A notice about a battle (`WebcastLinkmicBattleNoticeMessage`). `notice_type` is TikTok's number."""

    type: ClassVar[str] = "battleNotice"
    notice_type: int = 0
    text: str = ""
    text_key: str = ""


class BattleGameplayEvent(Event, frozen=True, gc=False, array_like=True, tag="battleGameplay"):
    """A way to play a battle (the edge's event; its wire source is not known)."""

    type: ClassVar[str] = "battleGameplay"
    gameplay_id: str = ""
    gameplay_type: int = 0
    sub_type: int = 0
