"""Rarer messages of the room that are more than a copy: announcements, pins, cards, viewers who are not logged in. Pure."""

from __future__ import annotations

from bot.events import (
    Announcement,
    Gift,
    GiftBroadcastEvent,
    GiftUnlockEvent,
    HourlyRankEvent,
    HourlyRankRewardEvent,
    MarqueeEvent,
    PinEvent,
    PrivilegeEvent,
    QuestionSelectedEvent,
    RankTextEvent,
    RankWinner,
    SubscriberPinEvent,
    ToolChangeEvent,
    UnauthorizedMemberEvent,
    User,
)
from bot.events.ids import Handle, ViewerId
from bot.tiktok.webcast.decode_parts import Arrival, first_url, milliseconds, user
from bot.tiktok.webcast.decode_told import told
from bot.tiktok.webcast.display import render_text
from bot.tiktok.webcast.pb import webcast_pb2 as pb

STREAKABLE = 1
PINNED_KINDS = {
    "WebcastChatMessage": "chat",
    "WebcastSocialMessage": "social",
    "WebcastGiftMessage": "gift",
    "WebcastMemberMessage": "member",
    "WebcastLikeMessage": "like",
}


def pin(message: pb.Pin, payload: bytes, arrival: Arrival) -> PinEvent:
    """`WebcastRoomPinMessage`: the pinned message stands in it, in the field that `method` names."""
    kind = PINNED_KINDS.get(message.method, "")
    author = user(getattr(message, kind).user) if kind else None
    given = message.gift if kind == "gift" else None
    return PinEvent(
        told(message.base, author, payload, arrival),
        action=message.action,
        kind=kind,
        text=message.chat.content if kind == "chat" else "",
        gift=_gift(given.gift) if given is not None else None,
        count=max(1, given.repeat_count) if given is not None else 0,
        operator=user(message.operator) if message.HasField("operator") else None,
        pinned_at_ms=milliseconds(message.pinned_at),
        duration_s=message.duration_s,
        pinned_message_id=_id(message.pinned_message_id),
    )


def subscriber_pin(message: pb.SubscriberPin, payload: bytes, arrival: Arrival) -> SubscriberPinEvent:
    """`WebcastSubPinEventMessage`: the text stands in the card, or in the goal on it."""
    card = message.card
    goal = card.goal
    return SubscriberPinEvent(
        told(message.base, None, payload, arrival),
        action=message.action,
        card_type=card.type,
        card_id=_id(card.id),
        title=card.title.content,
        text=card.text.content or goal.text.content,
        progress=goal.progress,
        target=goal.target,
        operator_id=_id(message.operator_id),
    )


def unauthorized_member(message: pb.UnauthorizedMember, payload: bytes, arrival: Arrival) -> UnauthorizedMemberEvent:
    """`WebcastUnauthorizedMemberMessage`: the name is a number, "Viewer%s" says where it goes."""
    prefix, number = message.name_prefix, message.name
    pattern = prefix.pattern
    return UnauthorizedMemberEvent(
        told(message.base, None, payload, arrival),
        action=message.action,
        name=pattern.replace("%s", number, 1) if "%s" in pattern else number,
        name_key=prefix.key,
        entry_text=render_text(message.entry),
        entry_key=message.entry.key,
    )


def announcement(notify: pb.RoomNotify) -> Announcement:
    """A notice bar inside another message; its words are its own, or the sentence of its common part."""
    sentence = notify.base.display_text
    return Announcement(
        text=notify.text or render_text(sentence),
        text_key=sentence.key,
        link=notify.link,
        source=notify.source,
        notify_type=notify.notify_type,
        from_user_id=_id(notify.from_user_id),
        to_creator_id=_id(notify.to_creator_id),
    )


def marquee(message: pb.Marquee, payload: bytes, arrival: Arrival) -> MarqueeEvent:
    """`WebcastMarqueeAnnouncementMessage`."""
    shared = told(message.base, None, payload, arrival)
    return MarqueeEvent(shared, message.scene, tuple([announcement(each.notify) for each in message.items]))


def gift_broadcast(message: pb.GiftBroadcast, payload: bytes, arrival: Arrival) -> GiftBroadcastEvent:
    """`WebcastGiftBroadcastMessage`."""
    notify = message.notify
    shared = told(message.base, None, payload, arrival, notify.base.display_text)
    return GiftBroadcastEvent(shared, _id(message.from_user_id), announcement(notify))


def privilege(message: pb.Privilege, payload: bytes, arrival: Arrival) -> PrivilegeEvent:
    """`WebcastPrivilegeAdvanceMessage`: the words stand in the notice bar inside it."""
    notice = announcement(message.notify)
    shared = told(message.base, None, payload, arrival, message.notify.base.display_text)
    return PrivilegeEvent(shared, notice.text, notice.text_key, message.scene, message.sub_type)


def hourly_rank(message: pb.HourlyRank, payload: bytes, arrival: Arrival) -> HourlyRankEvent:
    """`WebcastHourlyRankMessage`, the older form of a ranking."""
    text = message.container.text
    return HourlyRankEvent(told(message.base, None, payload, arrival, text), render_text(text), text.key)


def hourly_rank_reward(message: pb.HourlyRankReward, payload: bytes, arrival: Arrival) -> HourlyRankRewardEvent:
    """`WebcastHourlyRankRewardMessage`."""
    winners = [RankWinner(_id(each.user_id), _id(each.asset_id), announcement(each.notify)) for each in message.winners]
    return HourlyRankRewardEvent(told(message.base, None, payload, arrival), tuple(winners))


def rank_text(message: pb.RankText, payload: bytes, arrival: Arrival) -> RankTextEvent:
    """`WebcastRankTextMessage`: others read a sentence with the viewer's name in it, which is all it tells of them but the id."""
    shown = message.others_text if message.others_text.pattern else message.text
    return RankTextEvent(
        told(message.base, _named_in(shown, message.user_id), payload, arrival, shown),
        scene=message.scene,
        rank_before=message.rank_before,
        rank_after=message.rank_after,
        text=render_text(shown),
        text_key=shown.key,
        own_text=render_text(message.own_text),
        user_id=_id(message.user_id),
        rank_type=message.rank_type,
    )


def _named_in(text: pb.FullText, user_id: int) -> User | None:
    for piece in text.pieces:
        person = piece.user.user
        if person.id and user_id in (0, person.id):
            return User(ViewerId(str(person.id)), Handle(person.handle), person.nickname)
    return User(ViewerId(str(user_id))) if user_id else None


def question_selected(message: pb.QuestionSelected, payload: bytes, arrival: Arrival) -> QuestionSelectedEvent:
    """`WebcastQuestionSelectedMessage`."""
    question = message.question
    shared = told(message.base, user(question.user), payload, arrival)
    return QuestionSelectedEvent(shared, _id(question.id), question.content)


def tool_change(message: pb.ToolChange, payload: bytes, arrival: Arrival) -> ToolChangeEvent:
    """`WebcastAnchorToolModificationMessage`."""
    return ToolChangeEvent(told(message.base, None, payload, arrival), message.tool.name, message.tool.category)


def gift_unlock(message: pb.GiftUnlock, payload: bytes, arrival: Arrival) -> GiftUnlockEvent:
    """`WebcastGiftUnlockMessage`."""
    text = message.text
    shared = told(message.base, None, payload, arrival, text)
    return GiftUnlockEvent(shared, tuple([_gift(each) for each in message.gifts]), render_text(text), text.key)


def _gift(gift: pb.Gift) -> Gift:
    image = first_url(gift.image) or first_url(gift.icon)
    return Gift(_id(gift.id), gift.name, gift.diamonds, gift.type == STREAKABLE, image)


def _id(number: int) -> str:
    return str(number) if number else ""
