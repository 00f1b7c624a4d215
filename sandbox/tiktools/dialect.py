"""A room's messages -> the edge's JSON. Pure but for what a `Speaker` remembers of comments, to name them when they are deleted.

Two dialects, both in the vendor's own material: CURRENT is what its decoder and its SDK types say, DOCUMENTED what its web
pages show. Clients have to take either.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from google.protobuf.message import DecodeError

from sandbox.tiktok import messages
from sandbox.tiktok.battle import FINISH, OPEN, PUNISHED
from sandbox.tiktok.pb import webcast_pb2 as pb
from sandbox.tiktok.world import Posted, Room

Json = dict[str, Any]
Named = tuple[str, Json]

KEPT_COMMENTS = 1_000
CLASSES = {method: kind for kind, method in messages.METHODS.items()}
ACTIVE, ENDED, PREPARING = 1, 3, 4
STATUS_OF_ACTION = {OPEN: ACTIVE, FINISH: ENDED}


class Dialect(Enum):
    """Whose spelling."""

    CURRENT = "current"
    DOCUMENTED = "documented"


def room_info(room: Room) -> Json:
    """The first frame of a connection: flat, without `data`."""
    owner = {"nickname": room.creator.nickname, "uniqueId": room.creator.handle}
    told = {"title": room.title, "user_count": room.viewers, "like_count": room.likes, "owner": owner}
    return {"event": "roomInfo", "roomId": room.id, "uniqueId": room.creator.handle, "roomInfo": told}


class Speaker:
    """One connection's way to say things."""

    def __init__(self, dialect: Dialect) -> None:
        self._is_documented = dialect is Dialect.DOCUMENTED
        self._comments: deque[tuple[str, str, str]] = deque(maxlen=KEPT_COMMENTS)
        self._sayings: dict[type[Any], Callable[[Any], Named]] = {
            pb.Chat: self._chat,
            pb.EmoteChat: self._emote,
            pb.QuestionNew: self._question,
            pb.CaptionMessage: _caption,
            pb.GiftMessage: self._gift,
            pb.Like: self._like,
            pb.Member: self._member,
            pb.Social: self._social,
            pb.RoomUserSeq: self._viewers,
            pb.Control: lambda body: ("control", {"action": body.action}),
            pb.Battle: self._battle,
            pb.BattleArmies: self._armies,
            pb.BattlePunishFinish: lambda body: ("battlePunishFinish", {"battleId": str(body.battle_id)}),
        }

    def frames(self, posted: Posted) -> list[Json]:
        """The frames of one message of the room: mostly one, none for bytes that are no message."""
        if not posted.method:
            return []
        kind = CLASSES.get(posted.method)
        try:
            body: Any = (kind or pb.AnyMessage).FromString(posted.payload)
        except DecodeError:
            return []
        if kind is None:
            named = [("unknown", {"method": posted.method})]
        else:
            named = self._deletions(body) if kind is pb.ImDelete else [self._sayings[kind](body)]
        made = []
        for number, (name, data) in enumerate(named):
            head = {"type": name, "timestamp": body.base.created_at, "msgId": posted.message_id + (str(number) if number else "")}
            made.append({"event": name, "data": {**head, **data}})
        return made

    def _user(self, wire: pb.User) -> Json:
        told: Json = {
            "userId" if self._is_documented else "id": str(wire.id),
            "uniqueId": wire.handle,
            "nickname": wire.nickname,
            "profilePictureUrl": _url(wire.avatar_thumb),
            "followRole": wire.follow_info.follow_status,
            "isSubscriber": wire.is_subscriber,
        }
        if self._is_documented:
            return {**told, "userBadges": [], "isModerator": wire.attributes.is_admin, "payGrade": _gifter_level(wire)}
        icons = ["moderater_badge_icon"] if wire.attributes.is_admin else []
        if wire.fan_club.membership.level:
            icons.append(f"fans_badge_icon_lv{wire.fan_club.membership.level}")
        badges = [{"name": icon, "url": f"https://p16.sandbox.invalid/{icon}.png"} for icon in icons]
        return {**told, "level": _gifter_level(wire), "badges": badges}

    def _chat(self, body: pb.Chat) -> Named:
        message_id = str(body.base.message_id)
        uuid = hashlib.sha256(message_id.encode()).hexdigest()[:32]
        self._comments.append((message_id, str(body.user.id), uuid))
        said: Json = {"user": self._user(body.user), "comment": body.content, "emotes": []}
        if not self._is_documented:
            said |= {"language": body.language or "un", "messageUuid": uuid}
        return "chat", said

    def _emote(self, body: pb.EmoteChat) -> Named:
        emote = body.emotes[0] if body.emotes else pb.Emote()
        shown = {"user": self._user(body.user), "emoteId": emote.id, "emoteUrl": _url(emote.image)}
        return ("emote" if self._is_documented else "emoteChat"), shown

    def _question(self, body: pb.QuestionNew) -> Named:
        asked = {"user": self._user(body.question.user), "questionText": body.question.content}
        return ("questionNew" if self._is_documented else "question"), asked

    def _like(self, body: pb.Like) -> Named:
        total = "totalLikeCount" if self._is_documented else "totalLikes"
        return "like", {"user": self._user(body.user), "likeCount": body.count, total: body.total}

    def _gift(self, body: pb.GiftMessage) -> Named:
        given = {
            "user": self._user(body.user),
            "giftId": body.gift.id,
            "giftName": body.gift.name,
            "diamondCount": body.gift.diamonds,
            "repeatCount": body.repeat_count,
            "repeatEnd": bool(body.repeat_end) or body.gift.type != 1,
            "giftType": body.gift.type,
            "giftPictureUrl": _url(body.gift.image),
        }
        if self._is_documented:
            return "gift", given
        combo = body.repeat_count > 1 and not body.repeat_end
        return "gift", {**given, "groupId": str(body.group_id or ""), "combo": combo, "senderUserId": str(body.user.id)}

    def _member(self, body: pb.Member) -> Named:
        """An action beyond coming in is told by its own number only in the current dialect."""
        if self._is_documented:
            return "member", {"user": self._user(body.user), "actionId": body.action}
        coarse = {"action": 1} if body.action == messages.JOINED else {}
        entry = {"entrySource": body.entry_source, "entryType": body.entry_type} if coarse else {}
        return "member", {"user": self._user(body.user), **coarse, "actionCode": body.action, **entry}

    def _social(self, body: pb.Social) -> Named:
        act = "follow" if body.action == messages.FOLLOWED else "share"
        if self._is_documented:
            return act, {"user": self._user(body.user)}
        return "social", {"user": self._user(body.user), "action": act, "displayType": body.base.display_text.key}

    def _viewers(self, body: pb.RoomUserSeq) -> Named:
        if self._is_documented:
            top = [{"user": self._user(each.user), "coinCount": each.score} for each in body.ranks]
            return "roomUserSeq", {"viewerCount": body.viewers, "topViewers": top}
        named = [self._user(each.user) for each in body.ranks]
        return "roomUserSeq", {"viewerCount": body.viewers, "totalViewers": body.total_viewers, "topViewers": named}

    def _deletions(self, body: pb.ImDelete) -> list[Named]:
        """The edge names single comments, by their uuid: a wipe is one frame for each comment of that user."""
        message_ids, user_ids = {str(each) for each in body.message_ids}, {str(each) for each in body.user_ids}
        gone = [uuid for message_id, user_id, uuid in self._comments if message_id in message_ids or user_id in user_ids]
        return [("imDelete", {"deletedMsgId": uuid}) for uuid in gone]

    def _battle(self, body: pb.Battle) -> Named:
        status = STATUS_OF_ACTION.get(body.action, ENDED)
        if self._is_documented:
            users = [
                {"uniqueId": host.user.handle, "userId": str(host_id), "score": body.armies[host_id].score}
                for host_id, host in sorted(body.hosts.items())
            ]
            return "linkMicBattle", {"battleUsers": users, "battleStatus": status, "battleId": str(body.battle_id)}
        hosts = {
            host_id: {"id": str(host_id), "uniqueId": h.user.handle, "nickname": h.user.nickname}
            for host_id, h in body.hosts.items()
        }
        teams = [
            {
                "hostUserId": str(host_id),
                "hostUser": host,
                "score": body.armies[host_id].score,
                "users": _fans(body.armies[host_id].members),
            }
            for host_id, host in sorted(hosts.items())
        ]
        settings = {"startTimeMs": body.settings.started_at_ms, "duration": body.settings.duration_s}
        return "battle", {
            "battleId": str(body.battle_id),
            "status": status,
            "battleDuration": body.settings.duration_s,
            "teams": teams,
            "battleSettings": settings,
        }

    def _armies(self, body: pb.BattleArmies) -> Named:
        told: Json = {"battleId": str(body.battle_id), "status": ENDED if body.settings.status >= ENDED else ACTIVE}
        if body.settings.status == PUNISHED:
            told["status"] = PREPARING
        sides = sorted(body.armies.items())
        if self._is_documented:
            teams = [{"hostUserId": str(host), "score": army.score, "users": _fans(army.members)} for host, army in sides]
            return "battleArmies", {**told, "teams": teams}
        hosts = [
            {
                "hostUserId": str(host),
                "teamTotalScore": army.score,
                "teamIdx": place,
                "contributors": [{"userId": str(m.user_id), "score": m.score, "nickname": m.nickname} for m in army.members],
            }
            for place, (host, army) in enumerate(sides)
        ]
        gone_s = max(0, body.score_updated_at_ms - body.settings.started_at_ms) // 1000
        left_s = max(0, body.settings.duration_s - gone_s)
        return "battleArmies", {**told, "hosts": hosts, "durationSec": body.settings.duration_s, "secsRemaining": left_s}


def _fans(members: Iterable[pb.ArmyMember]) -> list[Json]:
    return [
        {"user": {"id": str(each.user_id), "uniqueId": each.nickname, "nickname": each.nickname}, "score": each.score}
        for each in members
    ]


def _caption(body: pb.CaptionMessage) -> Named:
    said = body.contents[0] if body.contents else pb.CaptionContent()
    ends_at_ms = body.timestamp + body.duration_ms
    times = {"startedAtMs": body.timestamp, "endsAtMs": ends_at_ms}
    return "caption", {"text": said.content, "isFinal": body.definite, "language": said.language, **times}


def _gifter_level(wire: pb.User) -> int:
    return next((int(badge.log.level) for badge in wire.badges if badge.scene == 8 and badge.log.level.isdecimal()), 0)


def _url(picture: pb.Image) -> str:
    return picture.urls[0] if picture.urls else ""
