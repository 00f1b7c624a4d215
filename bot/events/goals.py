"""Goals, polls, envelopes: what the creator asks the room for, and what the room gets."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bot.events.base import Event, User


class GoalGift(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The gift that a goal counts; `diamonds` is the price of one."""

    name: str = ""
    image_url: str = ""
    diamonds: int = 0
    type: int = 0


class SubGoal(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One line of a goal: `progress` of `target`, in gifts or whatever `type` counts."""

    id: str = ""
    type: int = 0
    progress: int = 0
    target: int = 0
    gift: GoalGift = GoalGift()


class GoalContributor(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A viewer who contributed; `score` is in diamonds."""

    user_id: str = ""
    handle: str = ""
    score: int = 0
    in_room: bool = False
    is_friend: bool = False


class Goal(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The goal as it stands. Instants in seconds, TikTok's clock; 0 when there is none."""

    id: str = ""
    type: int = 0
    status: int = 0
    description: str = ""
    sub_goals: tuple[SubGoal, ...] = ()
    contributors: tuple[GoalContributor, ...] = ()
    cycle_type: int = 0
    started_at_s: int = 0
    expires_at_s: int = 0
    finished_at_s: int = 0


class GoalIndicator(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Which indicator of the goal changes; `op` is TikTok's number."""

    key: str = ""
    op: int = 0


class GoalEvent(Event, frozen=True, gc=False, array_like=True, tag="goalUpdate"):
    """A goal changed (`WebcastGoalUpdateMessage`): set, progressed, pinned.

    `update_source`: 1 set, 2 progress, 3 pinned, 4 unpinned, 5 reviewed, 6 suspended. Who moved it: `contributor_id`,
    `contributed_to`, `contributed_count` gifts, with `contributed_score`. `extra` is TikTok's JSON text. The edge names the
    goal by `indicator.key` and sends `contribution_level`, `metadata` and `creator_user_id` of its own.
    """

    type: ClassVar[str] = "goalUpdate"
    goal: Goal = Goal()
    indicator: GoalIndicator = GoalIndicator()
    contributor_id: str = ""
    contributor_handle: str = ""
    contributed_to: SubGoal = SubGoal()
    contributed_count: int = 0
    contributed_score: int = 0
    gift_repeat_count: int = 0
    update_source: int = 0
    extra: str = ""
    creator_user_id: str = ""
    contribution_level: int = 0
    metadata: str = ""


class PollOption(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One answer and its votes so far."""

    index: int = 0
    text: str = ""
    votes: int = 0


class PollEvent(Event, frozen=True, gc=False, array_like=True, tag="poll"):
    """A poll began, has new votes, or is over (`WebcastPollMessage`).

    `stage`: `started`, `votes`, `ended`, empty for another. `kind`: 1, 3 and 4 are voted on by gifts, 5 by emotes.
    `end_type`: 0 by time, 1 by the creator, 2 by somebody else, 3 by a moderator. `question_raw`, `options_raw` and
    `status` are the edge's.
    """

    type: ClassVar[str] = "poll"
    poll_id: str = ""
    stage: str = ""
    title: str = ""
    options: tuple[PollOption, ...] = ()
    starts_at_ms: int = 0
    ends_at_ms: int = 0
    kind: int = 0
    end_type: int = 0
    voters: int = 0
    gift_id: str = ""
    operator: User | None = None
    status: int = 0
    question_raw: str = ""
    options_raw: str = ""


class Envelope(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A treasure box. `diamonds` are shared among `people`; it opens at `opens_at_s` (TikTok's clock).

    `business_type`: 1 by a viewer, 2 by TikTok, 4 a portal, 19 a super fan box.
    """

    id: str = ""
    business_type: int = 0
    diamonds: int = 0
    people: int = 0
    opens_at_s: int = 0
    created_at_ms: int = 0
    room_id: str = ""
    super_fans: int = 0


class EnvelopeEvent(Event, frozen=True, gc=False, array_like=True, tag="envelope"):
    """A treasure box appeared or went (`WebcastEnvelopeMessage`). `user` gives it. `display`: 1 appears, 2 hides."""

    type: ClassVar[str] = "envelope"
    envelope: Envelope = Envelope()
    display: int = 0


class SuperFanBoxEvent(Event, frozen=True, gc=False, array_like=True, tag="superFanBox"):
    """A super fan box appeared or went: a `WebcastEnvelopeMessage` of business type 19, or with `ttlive_superfanbox` in its
    key.
    """

    type: ClassVar[str] = "superFanBox"
    envelope: Envelope = Envelope()
    display: int = 0


class EnvelopePortalEvent(Event, frozen=True, gc=False, array_like=True, tag="envelopePortal"):
    """A treasure box in a portal to another room (`WebcastEnvelopePortalMessage`). `view` and `display` are TikTok's numbers.

    `session`, `status`, `kind` and `level` are the edge's.
    """

    type: ClassVar[str] = "envelopePortal"
    view: int = 0
    display: int = 0
    session: str = ""
    status: int = 0
    kind: int = 0
    level: int = 0
