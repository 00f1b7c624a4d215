"""Guests and co-hosts, and a battle's tasks and cards. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf.message import Message as ProtobufMessage

from bot.events import (
    BattleCardEvent,
    BattleNoticeEvent,
    BattleTaskEvent,
    FanTicketEvent,
    FanTicketScore,
    LinkEvent,
    LinkLayerEvent,
    Seat,
    User,
)
from bot.events.ids import Handle, ViewerId
from bot.tiktok.webcast.decode_copied import copier
from bot.tiktok.webcast.decode_parts import Arrival, first_url, linked_users, user
from bot.tiktok.webcast.decode_told import told
from bot.tiktok.webcast.display import render_text
from bot.tiktok.webcast.kept import Kept
from bot.tiktok.webcast.pb import webcast_pb2 as pb

LINK_ACTIONS = {
    1: "created",
    2: "closed",
    3: "invited",
    4: "applied",
    5: "replied",
    6: "entered",
    7: "left",
    8: "permitted",
    9: "invitation_cancelled",
    10: "waiting_changed",
    11: "linked_changed",
    12: "user_updated",
    13: "kicked_out",
    14: "application_cancelled",
    15: "muted",
    16: "matched",
    17: "settings_changed",
    18: "seat_changed",
    19: "list_changed",
    20: "waiting_changed",
    21: "linked_changed",
    22: "cohosts_changed",
    23: "media_changed",
    24: "accepted",
    101: "kicked_out_by_system",
    102: "toast",
}
"""Of `WebcastLinkMessage`. Documents call 19 a leave; captured, it carries the lists of linked and waiting, 18 times of 18."""

LAYER_ACTIONS = {
    1: "created",
    2: "invited",
    3: "applied",
    4: "permitted",
    5: "replied",
    6: "kicked_out",
    7: "application_cancelled",
    8: "invitation_cancelled",
    9: "left",
    10: "finished",
    11: "list_changed",
    12: "joined",
    13: "group_joined",
    14: "group_permitted",
    15: "group_cancelled",
    16: "group_left",
    17: "group_changed_between_two",
    18: "group_changed",
}
STAGES = {0: "started", 1: "progress", 2: "settled", 3: "rewarded"}
NOT_SETTLED = -1

MOST_SEAT_BYTES_KEPT = 1024 * 1024
"""Two thousand. Captured: 728 in the lists of 53 changes are 82 different ones."""

NO_SEAT = Seat()
NO_LISTS: tuple[tuple[Seat, ...], tuple[Seat, ...]] = ((), ())

CARDS = (
    *("critical_strike", "smoke", "extra_time", "special_effect", "potion", "wave"),
    *("top2", "top3", "vault_glove", "music"),
)
WRAPPED = frozenset({"top2", "top3", "vault_glove", "music"})
"""Cards whose description stands one level deeper."""

_score = copier(pb.FanTicketScore, FanTicketScore)
_seat = copier(pb.Seat, Seat)


def link(message: pb.LeanLink, payload: bytes, arrival: Arrival) -> LinkEvent:
    """`WebcastLinkMessage`: one content of many; what they share is read from whichever is there."""
    content = _content(message)
    action = message.action
    if isinstance(content, pb.LeanLinkUsers):  # nearly all of them
        shared = told(message.base, None, payload, arrival)
        lists = linked_users(content.linked[:]), linked_users(content.applied[:])
        return LinkEvent(shared, action, LINK_ACTIONS.get(action, ""), _id(message.linker_id), message.scene, "", "", "", *lists)
    person = user(content.from_user) if _has(content, "from_user") else user(content.user) if _has(content, "user") else None
    sentence = content.text if isinstance(content, pb.LinkToast) else None
    return LinkEvent(
        told(message.base, person, payload, arrival, sentence),
        action,
        LINK_ACTIONS.get(action, ""),
        _id(message.linker_id),
        message.scene,
        _id(_of(content, "from_user_id")),
        _id(_of(content, "to_user_id") or _of(content, "user_id")),
        _id(_of(content, "from_room_id") or _of(content, "room_id")),
        _cohosts(content.users) if isinstance(content, pb.CohostUsers) else (),
        (),
        _of(content, "reason") or _of(content, "status"),
        _of(content, "reply_status"),
        render_text(sentence) if sentence is not None else "",
    )


def _content(message: pb.LeanLink | pb.LeanLinkLayer) -> Any:
    """The content that is there; an empty one when it is none that we know."""
    name = message.WhichOneof("content")
    return getattr(message, name) if name else pb.AnyMessage()


def _is_set(message: Any, name: str) -> bool:
    return bool(message.HasField(name))


class _Names(dict[type[ProtobufMessage], frozenset[str]]):
    """The fields that each kind of content has: the library's own table is slow to ask."""

    def __missing__(self, kind: type[ProtobufMessage]) -> frozenset[str]:
        names = self[kind] = frozenset(kind.DESCRIPTOR.fields_by_name)
        return names


_names = _Names()


def _has(content: Any, name: str) -> bool:
    return name in _names[type(content)]


def _of(content: Any, name: str) -> int:
    return getattr(content, name) if name in _names[type(content)] else 0


def _cohosts(users: Iterable[pb.CohostUser]) -> tuple[User, ...]:
    return tuple(
        [User(ViewerId(_id(each.user_id)), Handle(each.handle), each.nickname, first_url(each.avatar_thumb)) for each in users]
    )


def link_layer(message: pb.LeanLinkLayer, payload: bytes, arrival: Arrival) -> LinkLayerEvent:
    """`WebcastLinkLayerMessage`: who did what to whom, by ids."""
    content, action = _content(message), message.action
    lists, of = NO_LISTS, content
    if isinstance(content, (pb.LeanLayerListChange, pb.LeanLayerJoin)):
        lists = _seats(content.lists)
        of = content.joiner if isinstance(content, pb.LeanLayerJoin) else None
    return LinkLayerEvent(
        told(message.base, None, payload, arrival),
        action,
        LAYER_ACTIONS.get(action, ""),
        _id(message.channel_id),
        message.scene,
        message.source,
        _seat(of.seat) if of is not None and _has(of, "seat") else NO_SEAT,
        _seat(of.to) if of is not None and _has(of, "to") else NO_SEAT,
        *lists,
        _of(of, "number") if of is not None else 0,
    )


def _kept_seat(raw: bytes) -> Seat:
    return _seat(pb.LayerSeat.FromString(raw).seat)


_kept_seats = Kept(_kept_seat, MOST_SEAT_BYTES_KEPT)


def _seats(lists: pb.LeanLayerLists) -> tuple[tuple[Seat, ...], tuple[Seat, ...]]:
    """Who is linked, who waits. The lists come whole with each change."""
    return tuple(map(_kept_seats.__getitem__, lists.linked[:])), tuple(map(_kept_seats.__getitem__, lists.applied[:]))


def fan_tickets(message: pb.FanTickets, payload: bytes, arrival: Arrival) -> FanTicketEvent:
    """`WebcastLinkMicFanTicketMethod`."""
    notice = message.notice
    return FanTicketEvent(
        told(message.base, None, payload, arrival),
        tuple([_score(each) for each in notice.scores[:]]),
        notice.total,
        _id(notice.match_id),
        notice.play_scene,
    )


def battle_task(message: pb.BattleTask, payload: bytes, arrival: Arrival) -> BattleTaskEvent:
    """`WebcastLinkmicBattleTaskMessage`: the bonus task of a battle, one content by its type."""
    bonus, update, settle, reward = message.start.bonus, message.update, message.settle, message.reward
    return BattleTaskEvent(
        told(message.base, None, payload, arrival),
        battle_id=_id(message.battle_id),
        stage=STAGES.get(message.message_type, ""),
        target=bonus.target.target,
        duration_s=bonus.target.duration_s,
        multiplier=bonus.reward.multiplier,
        reward_s=bonus.reward.duration_s,
        progress=update.progress,
        from_user_id=_id(update.from_user_id),
        result=settle.result if message.HasField("settle") else NOT_SETTLED,
        prompt_key=update.prompt_key or reward.prompt.key,
        task_type=bonus.target.type,
        started_at_s=bonus.target.started_at_s,
        reward_starts_at_s=settle.reward_starts_at_s or bonus.reward.starts_at_s,
    )


def battle_card(message: pb.BattleCards, payload: bytes, arrival: Arrival) -> BattleCardEvent:
    """`WebcastLinkMicBattleItemCard`: a card was played, or won."""
    if message.HasField("award"):
        return _award(message, payload, arrival)
    if message.HasField("special_effect_notice"):
        return _effect(message, payload, arrival)
    name = next((each for each in CARDS if _is_set(message, each)), "")
    use: Any = getattr(message, name) if name else pb.CardUse()
    described = use.card.card if name in WRAPPED else use.card
    sentence = use.text
    return BattleCardEvent(
        told(message.base, _battler(described.sender), payload, arrival, sentence),
        battle_id=_id(message.battle_id),
        action=message.action,
        card=name,
        name_key=described.name_key,
        image_url=first_url(described.image),
        text=render_text(sentence),
        text_key=sentence.key,
        sent_at_s=described.sent_at_s,
        effective_at_s=described.effective_at_s,
        effect_s=described.effect_s,
        multiplier=_of(use.card, "multiplier"),
        extra_duration_s=_of(described, "extra_duration_s"),
        receiver_id=_id(described.to_creator_id or use.creator_id),
    )


def _award(message: pb.BattleCards, payload: bytes, arrival: Arrival) -> BattleCardEvent:
    award = message.award
    return BattleCardEvent(
        told(message.base, None, payload, arrival, award.text),
        battle_id=_id(message.battle_id),
        action=message.action,
        card="award",
        text=render_text(award.text),
        text_key=award.text.key,
        users=tuple([winner for each in award.users if (winner := _battler(each)) is not None]),
    )


def _effect(message: pb.BattleCards, payload: bytes, arrival: Arrival) -> BattleCardEvent:
    effect = message.special_effect_notice
    giver = User(ViewerId(str(effect.from_user_id))) if effect.from_user_id else None
    return BattleCardEvent(
        told(message.base, giver, payload, arrival),
        battle_id=_id(message.battle_id),
        action=message.action,
        card="special_effect_notice",
        receiver_id=_id(effect.to_creator_id),
        score=effect.score,
    )


def battle_notice(message: pb.BattleNotice, payload: bytes, arrival: Arrival) -> BattleNoticeEvent:
    """`WebcastLinkmicBattleNoticeMessage`: only its common guide has words that we can read."""
    text = message.guide.text
    shared = told(message.base, None, payload, arrival, text)
    return BattleNoticeEvent(shared, message.notice_type, render_text(text), text.key)


def _battler(host: pb.BattleHost) -> User | None:
    person = host.user
    if not person.id and not person.handle:
        return None
    return User(ViewerId(_id(person.id)), Handle(person.handle), person.nickname, first_url(person.avatar_thumb))


def _id(number: int) -> str:
    return str(number) if number else ""
