"""What the captures do not show: moderation, teams, guests, messages without an id, and bytes that are something else."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import (
    CaptionEvent,
    Combo,
    CommentEvent,
    ControlEvent,
    DeletionEvent,
    Event,
    FollowEvent,
    GiftEvent,
    JoinEvent,
    LiveEndedEvent,
    LivePausedEvent,
    LiveResumedEvent,
    MemberActionEvent,
    ShareEvent,
    UnknownEvent,
)
from bot.events.ids import Handle
from bot.tiktok.webcast.decode import MEMBER_ACTIONS, READERS, DecodeError, decode
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.bot.tiktok.webcast.reading import BASE, ROOM, read


def test_the_shared_part_is_filled_from_message_and_connection() -> None:
    event = read("WebcastChatMessage", pb.Chat(base=BASE, content="hi"))
    assert (event.message_id, event.room_id, event.creator) == ("12", "34", "alice")
    assert (event.created_at_ms, event.received_at_ms, event.user) == (1_696_447_177_078, 5, None)


def test_a_comment_keeps_language_emotes_mentions_and_who_may_see_it() -> None:
    message = pb.Chat(
        base=BASE,
        user=pb.User(id=1, handle="bob"),
        content="hi @carol",
        language="en",
        visible_to_sender=True,
        emotes=[pb.IndexedEmote(index=3, emote=pb.Emote(id="e1", image=pb.Image(urls=["https://a", "https://b"])))],
        mentions=[pb.User(id=2, handle="carol"), pb.User()],
    )
    event = read("WebcastChatMessage", message, is_history=True)
    assert isinstance(event, CommentEvent)
    assert (event.text, event.language, event.visible_to_sender, event.is_history) == ("hi @carol", "en", True, True)
    assert [(each.emote_id, each.image_url, each.index) for each in event.emotes] == [("e1", "https://a", 3)]
    assert [each.handle for each in event.mentions] == ["carol"]


@pytest.mark.parametrize(
    ("lists", "emotes", "mentioned"),
    [
        ({}, [], ["dave"]),
        ({"mentions": [pb.User(id=2, handle="carol"), pb.User()]}, [], ["carol"]),
        ({"mentions": [pb.User(id=2, handle="carol"), pb.User(id=3, handle="erin")]}, [], ["carol", "erin"]),
        ({"emotes": [pb.IndexedEmote(emote=pb.Emote(id="e1")), pb.IndexedEmote()]}, ["e1", ""], ["dave"]),
    ],
)
def test_a_comment_keeps_whole_lists_whatever_stands_last_in_them(
    lists: dict[str, Any], emotes: list[str], mentioned: list[str]
) -> None:
    event = read("WebcastChatMessage", pb.Chat(base=BASE, at_user=pb.User(id=4, handle="dave"), **lists))
    assert isinstance(event, CommentEvent)
    assert [each.emote_id for each in event.emotes] == emotes
    assert [each.handle for each in event.mentions] == mentioned


# ------------------------------------------------------------------------------------------------ gifts


def gift(**fields: object) -> GiftEvent:
    event = read("WebcastGiftMessage", pb.GiftMessage(base=BASE, user=pb.User(id=1), **fields))  # type: ignore[arg-type]
    assert isinstance(event, GiftEvent)
    return event


ROSE = pb.Gift(id=5655, name="Rose", diamonds=1, type=1)


def test_a_rose_combo_is_open_until_its_end() -> None:
    assert gift(gift=ROSE, repeat_count=3, group_id=9).combo is Combo.OPEN
    end = gift(gift=ROSE, repeat_count=5, repeat_end=1, group_id=9)
    assert (end.combo, end.repeat_count, end.repeat_end, end.group_id, end.is_final) == (Combo.ENDED, 5, True, "9", True)


def test_a_big_gift_is_single_and_counts_at_least_one() -> None:
    event = gift(gift=pb.Gift(id=1, name="Lion", diamonds=29_999, type=2))
    assert (event.combo, event.repeat_count, event.group_id) == (Combo.SINGLE, 1, "")


def test_a_gift_without_its_description_is_known_by_id_and_its_combo_by_its_group() -> None:
    assert (gift(gift_id=5655, group_id=9).gift.id, gift(gift_id=5655, group_id=9).combo) == ("5655", Combo.OPEN)
    assert gift(gift_id=5655).combo is Combo.SINGLE


def test_a_gift_for_a_guest_names_the_guest() -> None:
    assert gift(gift=ROSE).to_user is None
    assert gift(gift=ROSE, monitor=pb.GiftMonitor(creator_id=3, to_user_id=3)).to_user is None
    for fields in (
        {"to_user": pb.User(id=8, nickname="Guest")},
        {"to_member_id": 8, "to_member_nickname": "Guest"},
        {"monitor": pb.GiftMonitor(creator_id=3, to_user_id=8)},
    ):
        receiver = gift(gift=ROSE, **fields).to_user
        assert receiver is not None
        assert receiver.id == "8"


# ------------------------------------------------------------------------------------------------ members, follows, shares


@pytest.mark.parametrize("action", [1, 46, 47])
def test_only_three_actions_are_joins(action: int) -> None:
    event = read("WebcastMemberMessage", pb.Member(base=BASE, user=pb.User(id=1), action=action, member_count=7))
    assert isinstance(event, JoinEvent)
    assert (event.action, event.member_count) == (action, 7)


@pytest.mark.parametrize(("action", "name"), [*MEMBER_ACTIONS.items(), (27, ""), (50, ""), (0, ""), (9999, "")])
def test_every_other_action_is_passed_on_with_our_name_for_it_or_none(action: int, name: str) -> None:
    event = read("WebcastMemberMessage", pb.Member(base=BASE, user=pb.User(id=1), action=action))
    assert isinstance(event, MemberActionEvent)
    assert (event.action, event.name) == (action, name)


def test_a_mute_names_the_muted_and_the_moderator() -> None:
    message = pb.Member(
        base=BASE, user_id=4, operator=pb.User(id=9, handle="mod"), action=9, action_duration=300, action_description="why"
    )
    event = read("WebcastMemberMessage", message)
    assert isinstance(event, MemberActionEvent)
    assert event.user is not None
    assert event.operator is not None
    assert (event.name, event.user.id, event.operator.handle) == ("muted_by_moderator", "4", "mod")
    assert (event.duration_s, event.description) == (300, "why")


def social(action: int, key: str = "") -> Event:
    base = pb.Base(message_id=1, display_text=pb.Text(key=key))
    return read("WebcastSocialMessage", pb.Social(base=base, user=pb.User(id=1), action=action))


def test_the_action_decides_between_follow_and_share_and_the_key_only_where_it_does_not() -> None:
    assert isinstance(social(1, "pm_mt_guidance_share"), FollowEvent)
    assert isinstance(social(3, "pm_main_follow_message_viewer_2"), ShareEvent)
    assert isinstance(social(0, "pm_main_follow_message_viewer_2"), FollowEvent)
    assert isinstance(social(0, "pm_mt_guidance_share"), ShareEvent)
    assert isinstance(social(77), UnknownEvent)


def test_a_share_tells_how_many_viewers_it_brought() -> None:
    event = social(3, "pm_mt_guidance_viewer_10_share")
    assert isinstance(event, ShareEvent)
    assert event.users_joined == 10


# ------------------------------------------------------------------------------------------------ the room


def test_control_actions_have_their_own_events() -> None:
    def control(action: int) -> Event:
        return read("WebcastControlMessage", pb.Control(base=BASE, action=action))

    kinds = [type(control(action)) for action in (1, 2, 3, 4, 9)]
    assert kinds == [LivePausedEvent, LiveResumedEvent, LiveEndedEvent, LiveEndedEvent, ControlEvent]


def test_a_ban_tells_tiktoks_reason() -> None:
    message = pb.Control(base=BASE, action=4, extra=pb.ControlExtra(source="x"), punishment=pb.Punishment(shown_reason="Nudity"))
    event = read("WebcastControlMessage", message)
    assert isinstance(event, LiveEndedEvent)
    assert event.reason == "Nudity"


def test_a_deletion_names_messages_or_users() -> None:
    event = read("WebcastImDeleteMessage", pb.ImDelete(base=BASE, message_ids=[1, 2], user_ids=[3]))
    assert isinstance(event, DeletionEvent)
    assert (event.message_ids, event.user_ids) == (("1", "2"), ("3",))


def test_deleted_ids_are_read_packed_or_one_by_one() -> None:
    base = pb.ImDelete(base=BASE).SerializeToString()
    for ids in (b"\x10\x01\x10\x02", b"\x12\x02\x01\x02"):
        event = decode("WebcastImDeleteMessage", base + ids, creator=Handle("a"), received_at_ms=0)
        assert isinstance(event, DeletionEvent)
        assert event.message_ids == ("1", "2")


def test_a_caption_takes_its_own_time() -> None:
    message = pb.CaptionMessage(
        base=pb.Base(message_id=1),
        timestamp=1_695_115_456,
        definite=True,
        contents=[pb.CaptionContent(language="en", content="Hi")],
    )
    event = read("WebcastCaptionMessage", message)
    assert isinstance(event, CaptionEvent)
    assert (event.created_at_ms, event.final) == (1_695_115_456_000, True)


# ------------------------------------------------------------------------------------------------ what is something else


def test_an_unmodelled_method_is_unknown_and_whole() -> None:
    payload = pb.AnyMessage(base=BASE).SerializeToString() + b"\x12\x03abc"
    event = decode("WebcastNewThing", payload, creator=Handle("a"), received_at_ms=0, room_id=ROOM)
    assert isinstance(event, UnknownEvent)
    assert (event.method, event.payload, event.message_id, event.room_id) == ("WebcastNewThing", payload, "12", "34")


@pytest.mark.parametrize("payload", [b"", b"\xff\xff", b"\x08\x05", b"\x0a\x04\x0a\x02 !", b"\x0a\x10hello"])
def test_an_unmodelled_method_takes_any_bytes(payload: bytes) -> None:
    event = decode("WebcastNewThing", payload, creator=Handle("a"), received_at_ms=0, room_id=ROOM)
    assert isinstance(event, UnknownEvent)
    assert (event.payload, event.room_id, event.created_at_ms) == (payload, ROOM, 0)


def test_bytes_that_only_look_like_a_common_part_are_none() -> None:
    looks_like = pb.AnyMessage(base=pb.Base(method=" !", message_id=5, room_id=6)).SerializeToString()
    event = decode("WebcastNewThing", looks_like, creator=Handle("a"), received_at_ms=0, room_id=ROOM)
    assert (event.message_id[:5], event.room_id) == ("body:", ROOM)


def test_the_common_part_of_an_unmodelled_message_is_found_behind_other_fields_and_before_damage() -> None:
    payload = b"\x12\x03abc" + pb.AnyMessage(base=BASE).SerializeToString() + b"\x1b\xff"
    event = decode("WebcastNewThing", payload, creator=Handle("a"), received_at_ms=0)
    assert (event.message_id, event.room_id) == ("12", "34")


def test_fields_out_of_order_are_read_alike() -> None:
    in_order = pb.Chat(base=BASE, content="hi", language="en").SerializeToString()
    base = pb.Chat(base=BASE).SerializeToString()
    event = decode("WebcastChatMessage", in_order[len(base) :] + base, creator=Handle("alice"), received_at_ms=5, room_id=ROOM)
    assert event == read("WebcastChatMessage", pb.Chat(base=BASE, content="hi", language="en"))


def test_bytes_of_another_kind_are_refused_with_the_reason() -> None:
    for payload, reason in (
        (b"", "holds no field of WebcastChatMessage"),
        (b"\xff", "cut short"),
        (b"\x0a\x05ab", "cut short"),
        (b"\x1b\x00", "is not a WebcastChatMessage"),
        (b"\x08\x01\x18\x05", "field 1 of WebcastChatMessage has a wrong wire type"),
        (b"\x1a\x02\xff\xfe", "is not a WebcastChatMessage"),  # text that is not UTF-8
    ):
        with pytest.raises(DecodeError, match=reason):
            decode("WebcastChatMessage", payload, creator=Handle("a"), received_at_ms=0)


def test_a_broken_tag_behind_a_whole_message_costs_only_what_is_behind_it() -> None:
    base = pb.Base(method="WebcastChatMessage", message_id=1)
    payload = pb.Chat(base=base, content="hi").SerializeToString() + b"\x53\xc2\x01\x08"
    event = decode("WebcastChatMessage", payload, creator=Handle("a"), received_at_ms=0)
    assert isinstance(event, CommentEvent)
    assert event.text == "hi"


@given(method=st.sampled_from(sorted(READERS)), payload=st.binary(max_size=200))
def test_random_bytes_decode_or_say_why_not(method: str, payload: bytes) -> None:
    with contextlib.suppress(DecodeError):
        decode(method, payload, creator=Handle("a"), received_at_ms=0)
