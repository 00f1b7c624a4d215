"""Likes, joins, follows, shares, viewer counts."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bot.events.base import Event, User


class LikeEvent(Event, frozen=True, gc=False, array_like=True, tag="like"):
    """A batch of likes (`WebcastLikeMessage`): a sample. `total` is the room's; it can arrive out of order, so keep the most."""

    type: ClassVar[str] = "like"
    count: int = 0
    total: int = 0


class JoinEvent(Event, frozen=True, gc=False, array_like=True, tag="member"):
    """A viewer entered (`WebcastMemberMessage`, action 1, 46 or 47): sampled in big rooms."""

    type: ClassVar[str] = "member"
    action: int = 1
    member_count: int = 0
    entry_source: str = ""
    entry_action: str = ""
    entry_type: str = ""


class FollowEvent(Event, frozen=True, gc=False, array_like=True, tag="follow"):
    """A viewer follows the creator (`WebcastSocialMessage`, action 1)."""

    type: ClassVar[str] = "follow"
    follow_count: int = 0


class ShareEvent(Event, frozen=True, gc=False, array_like=True, tag="share"):
    """A viewer shared the LIVE (`WebcastSocialMessage`, action 2 to 5). `users_joined`: viewers who came through it."""

    type: ClassVar[str] = "share"
    share_target: str = ""
    share_count: int = 0
    users_joined: int = 0
    action: int = 3


class TopViewer(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One of the top gifters; `diamonds` may be hidden (0)."""

    user: User = User()
    rank: int = 0
    diamonds: int = 0


class ViewersEvent(Event, frozen=True, gc=False, array_like=True, tag="roomUserSeq"):
    """Viewers now and so far (`WebcastRoomUserSeqMessage`), every two seconds or so."""

    type: ClassVar[str] = "roomUserSeq"
    viewers: int = 0
    total: int = 0
    anonymous: int = 0
    top_viewers: tuple[TopViewer, ...] = ()


class UnauthorizedMemberEvent(Event, frozen=True, gc=False, array_like=True, tag="unauthorizedMember"):
    """A viewer who is not logged in entered (`WebcastUnauthorizedMemberMessage`). `name` is what TikTok calls them:
    "Viewer363240".

    `name_key` and `entry_key` name the sentences behind `name` and `entry_text`.
    """

    type: ClassVar[str] = "unauthorizedMember"
    action: int = 0
    name: str = ""
    name_key: str = ""
    entry_text: str = ""
    entry_key: str = ""


class GroupLiveMemberEvent(Event, frozen=True, gc=False, array_like=True, tag="groupLiveMemberNotify"):
    """A member of a group LIVE (`WebcastGroupLiveMemberNotifyMessage`; document only). `user`, who it is, is the edge's."""

    type: ClassVar[str] = "groupLiveMemberNotify"
    host_user_id: str = ""
