"""What happens in a room -> the protobuf message that TikTok sends for it. Pure.

Each function leaves `base` (method, ids, time) to the room, which fills it when the message is posted. Numbers are those of
captured traffic: who reads them beside proto/webcast.proto sees what a capture shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sandbox.tiktok.battle import CUT_SHORT, FINISH, OPEN, PUNISHED, Battle
from sandbox.tiktok.gifts import Gift
from sandbox.tiktok.pb import webcast_pb2 as pb
from sandbox.tiktok.viewer import Viewer

Body = (
    pb.Chat
    | pb.EmoteChat
    | pb.QuestionNew
    | pb.CaptionMessage
    | pb.GiftMessage
    | pb.Like
    | pb.Member
    | pb.Social
    | pb.RoomUserSeq
    | pb.Control
    | pb.ImDelete
    | pb.Battle
    | pb.BattleArmies
    | pb.BattlePunishFinish
)

METHODS: dict[type[Body], str] = {
    pb.Chat: "WebcastChatMessage",
    pb.EmoteChat: "WebcastEmoteChatMessage",
    pb.QuestionNew: "WebcastQuestionNewMessage",
    pb.CaptionMessage: "WebcastCaptionMessage",
    pb.GiftMessage: "WebcastGiftMessage",
    pb.Like: "WebcastLikeMessage",
    pb.Member: "WebcastMemberMessage",
    pb.Social: "WebcastSocialMessage",
    pb.RoomUserSeq: "WebcastRoomUserSeqMessage",
    pb.Control: "WebcastControlMessage",
    pb.ImDelete: "WebcastImDeleteMessage",
    pb.Battle: "WebcastLinkMicBattle",
    pb.BattleArmies: "WebcastLinkMicArmies",
    pb.BattlePunishFinish: "WebcastLinkMicBattlePunishFinish",
}

JOINED, MODERATOR_ADDED, MUTED = 1, 5, 9
PAUSED, RESUMED, ENDED, SUSPENDED = 1, 2, 3, 4
FOLLOWED, SHARED = 1, 3
SCORE_CHANGED = 1

_MODERATOR_BADGE, _SUBSCRIBER_BADGE, _GIFTER_BADGE, _FAN_BADGE = 1, 4, 8, 10


def image(seed: str, *, kind: str = "avt") -> pb.Image:
    """A picture's addresses: one picture in three formats, signed and expiring, as TikTok gives them."""
    name = hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()
    uri = f"tos-sandbox-{kind}-0068/{name}"
    hosts = (("p16-sign", "webp"), ("p77-sign", "webp"), ("p16-sign", "jpeg"))
    return pb.Image(
        urls=[f"https://{host}.sandbox.invalid/{uri}~c5_100x100.{form}?x-expires=1900000000" for host, form in hosts],
        uri=f"100x100/{uri}",
    )


def user(viewer: Viewer) -> pb.User:
    """A viewer as most messages carry them: ids, names, avatar, relation, badges."""
    made = pb.User(
        id=int(viewer.id),
        nickname=viewer.nickname,
        avatar_thumb=image(viewer.id),
        handle=viewer.handle,
        sec_uid=viewer.sec_uid,
        id_text=viewer.id,
        is_subscriber=viewer.is_subscriber,
        follow_info=pb.FollowInfo(following_count=120, follower_count=80, follow_status=_follow_status(viewer)),
        attributes=pb.UserAttributes(is_admin=viewer.is_moderator),
        badges=_badges(viewer),
    )
    if viewer.fan_level:
        made.fan_club.membership.level = viewer.fan_level
        made.fan_club.membership.status = 1
        made.fan_club_info.level = viewer.fan_level
    return made


def _follow_status(viewer: Viewer) -> int:
    return 2 if viewer.is_friend else 1 if viewer.is_follower else 0


def _badges(viewer: Viewer) -> list[pb.Badge]:
    worn = (
        (viewer.is_moderator, _MODERATOR_BADGE, "0"),
        (viewer.is_subscriber, _SUBSCRIBER_BADGE, ""),
        (viewer.gifter_level > 0, _GIFTER_BADGE, str(viewer.gifter_level)),
        (viewer.fan_level > 0, _FAN_BADGE, str(viewer.fan_level)),
    )
    return [
        pb.Badge(
            display_type=4,
            priority_type=20,
            scene=scene,
            is_displayed=True,
            log=pb.BadgeLog(level=level),
            combination=pb.BadgeCombination(value=level),
        )
        for is_worn, scene, level in worn
        if is_worn
    ]


def identity(viewer: Viewer, *, creator_id: str = "") -> pb.Identity:
    """What the viewer is to this room's creator."""
    return pb.Identity(
        is_gifter=viewer.gifter_level > 0,
        is_subscriber=viewer.is_subscriber,
        is_friend=viewer.is_friend,
        is_follower=viewer.is_follower or viewer.is_friend,
        is_moderator=viewer.is_moderator,
        is_creator=viewer.id == creator_id,
    )


def chat(
    viewer: Viewer,
    text: str,
    *,
    creator_id: str,
    language: str = "",
    visible_to_sender: bool = False,
    mentions: Iterable[Viewer] = (),
) -> pb.Chat:
    """A comment. The text passes unchanged, whatever it holds."""
    return pb.Chat(
        user=user(viewer),
        content=text,
        language=language,
        visible_to_sender=visible_to_sender,
        identity=identity(viewer, creator_id=creator_id),
        mentions=[user(mention) for mention in mentions],
    )


def emote_chat(viewer: Viewer, emote_id: str) -> pb.EmoteChat:
    """A comment that is one picture and no text."""
    emote = pb.Emote(id=emote_id, image=image(emote_id, kind="emote"))
    return pb.EmoteChat(user=user(viewer), emotes=[emote], identity=identity(viewer))


def question(viewer: Viewer, text: str, *, question_id: str, at_ms: int) -> pb.QuestionNew:
    """A question put to the creator."""
    return pb.QuestionNew(question=pb.Question(id=int(question_id), content=text, created_at_s=at_ms // 1000, user=user(viewer)))


def caption(text: str, *, language: str, at_ms: int, sentence: int) -> pb.CaptionMessage:
    """What the creator said, as TikTok heard it."""
    content = pb.CaptionContent(language=language, content=text)
    return pb.CaptionMessage(timestamp=at_ms, duration_ms=1500, contents=[content], sentence_id=sentence, definite=True)


def gift(viewer: Viewer, kind: Gift, *, count: int, added: int, group_id: str, is_end: bool, creator_id: str) -> pb.GiftMessage:
    """One step of a combo, its end, or a gift that knows no combo (group 0).

    `added` gifts came since the step before. The end repeats the last count and adds no diamonds [captured].
    """
    return pb.GiftMessage(
        gift_id=kind.id,
        fan_ticket_count=0 if is_end else kind.diamonds * added,
        group_count=1,
        repeat_count=count,
        combo_count=count,
        user=user(viewer),
        repeat_end=int(is_end),
        group_id=int(group_id or 0),
        gift=pb.Gift(
            image=image(kind.name, kind="gift"),
            icon=image(kind.name, kind="gift"),
            description=f"sent {kind.name}",
            id=kind.id,
            is_combo=kind.is_streakable,
            type=kind.type,
            diamonds=kind.diamonds,
            name=kind.name,
        ),
        send_type=0 if is_end else 1,
        monitor=pb.GiftMonitor(creator_id=int(creator_id)),
        identity=identity(viewer),
    )


def like(viewer: Viewer, count: int, *, total: int) -> pb.Like:
    """A batch of likes (TikTok sends at most 15 in one) and the room's total."""
    return pb.Like(count=count, total=total, user=user(viewer))


def member(viewer: Viewer, action: int, *, member_count: int, operator: Viewer | None = None) -> pb.Member:
    """Someone came (action 1), was muted, was made moderator …; `operator` did it to them."""
    return pb.Member(
        user=user(viewer),
        member_count=member_count,
        operator=user(operator) if operator else None,
        action=action,
        user_id=int(viewer.id),
        is_set_to_admin=action == MODERATOR_ADDED,
        entry_source="homepage_hot-live_cell" if action == JOINED else "",
        entry_type="draw" if action == JOINED else "",
    )


def follow(viewer: Viewer, *, creator_id: str, followers: int) -> pb.Social:
    """Someone began to follow the creator."""
    made = pb.Social(user=user(viewer), action=FOLLOWED, share_target=creator_id, follow_count=followers)
    made.base.display_text.key = "pm_main_follow_message_viewer_2"
    made.base.display_text.pattern = "{0:user} followed the host"
    return made


def share(viewer: Viewer, *, joined: int, shares: int) -> pb.Social:
    """Someone shared the LIVE; 5 or 10 viewers may have come by it."""
    made = pb.Social(user=user(viewer), action=SHARED, share_count=shares)
    made.base.display_text.key = f"pm_mt_guidance_viewer_{joined}_share" if joined else "pm_mt_guidance_share"
    made.base.display_text.pattern = "{0:user} shared the LIVE"
    return made


def viewers(now: int, *, total: int, top: Iterable[tuple[Viewer, int]]) -> pb.RoomUserSeq:
    """How many watch, how many ever came, and who gave most."""
    return pb.RoomUserSeq(
        viewers=now,
        viewers_text=str(now),
        popularity=now,
        total_viewers=total,
        anonymous=now // 10,
        ranks=[pb.RankedViewer(score=score, user=user(viewer), rank=rank) for rank, (viewer, score) in enumerate(top, 1)],
    )


def control(action: int, *, reason: str = "") -> pb.Control:
    """Paused, resumed, ended by the host, or suspended by TikTok (with its reason)."""
    made = pb.Control(action=action)
    if action in (PAUSED, RESUMED):
        made.extra.source = "app_pause" if action == PAUSED else "app_resume"
    if action == SUSPENDED:
        made.punishment.reason = reason
        made.extra.violation_reason.pattern = reason
    return made


def deletion(message_ids: Iterable[str | int], user_ids: Iterable[str | int]) -> pb.ImDelete:
    """Comments taken away, by message or all of a user's. Neither who did it nor why."""
    return pb.ImDelete(message_ids=map(int, message_ids), user_ids=map(int, user_ids))


def _settings(battle: Battle) -> pb.BattleSettings:
    return pb.BattleSettings(
        battle_id=int(battle.id),
        started_at_ms=battle.started_at_ms,
        duration_s=battle.duration_s,
        channel_id=int(battle.channel_id),
        status=battle.status,
        battle_type=1,
        ends_at_ms=battle.started_at_ms + battle.duration_s * 1000,
    )


def _armies(battle: Battle) -> dict[int, pb.Army]:
    return {
        int(side.host.id): pb.Army(
            members=[
                pb.ArmyMember(user_id=int(fan.id), score=score, nickname=fan.nickname, avatar_thumb=image(fan.id))
                for fan, score in side.top()
            ],
            score=side.score,
            host_id_text=side.host.id,
        )
        for side in battle.sides
    }


def battle_opened(battle: Battle) -> pb.Battle:
    """The PK begins."""
    hosts = [side.host for side in battle.sides]
    return pb.Battle(
        battle_id=int(battle.id),
        settings=_settings(battle),
        action=OPEN,
        hosts={
            int(host.id): pb.BattleHost(
                user=pb.BattleHostUser(id=int(host.id), nickname=host.nickname, avatar_thumb=image(host.id), handle=host.handle)
            )
            for host in hosts
        },
    )


def battle_scored(battle: Battle, *, at_ms: int, giver: Viewer | None = None) -> pb.BattleArmies:
    """The scores as they stand, and whose gift moved them."""
    return pb.BattleArmies(
        battle_id=int(battle.id),
        armies=_armies(battle),
        channel_id=int(battle.channel_id),
        score_updated_at_ms=at_ms,
        trigger_reason=SCORE_CHANGED,
        from_user_id=int(giver.id) if giver else 0,
        settings=_settings(battle),
    )


def battle_finished(battle: Battle, *, is_cut_short: bool) -> pb.Battle:
    """The PK is over: results, final scores, contributors. The loser's punishment begins."""
    results = battle.results()
    made = battle_opened(battle)
    made.action = CUT_SHORT if is_cut_short else FINISH
    for host_id, army in _armies(battle).items():
        made.armies[host_id].CopyFrom(army)
        made.results[host_id].CopyFrom(pb.BattleResult(user_id=host_id, result=results[str(host_id)], score=army.score))
    return made


def punishment_finished(battle: Battle, *, is_cut_short: bool) -> pb.BattlePunishFinish:
    """The punishment is over as well."""
    settings = _settings(battle)
    settings.status = PUNISHED
    return pb.BattlePunishFinish(
        channel_id=int(battle.channel_id),
        operator_id=int(battle.sides[0].host.id) if is_cut_short else 0,
        reason=int(is_cut_short),
        battle_id=int(battle.id),
        settings=settings,
    )
