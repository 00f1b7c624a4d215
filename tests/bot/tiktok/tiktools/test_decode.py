"""Frames of both dialects become the events that everybody knows."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events import (
    CaptionEvent,
    Combo,
    CommentEvent,
    ControlEvent,
    DeletionEvent,
    EmoteEvent,
    Event,
    FollowEvent,
    GiftEvent,
    JoinEvent,
    LikeEvent,
    LiveEndedEvent,
    LivePausedEvent,
    LiveResumedEvent,
    MemberActionEvent,
    QuestionEvent,
    ShareEvent,
    UnknownEvent,
    ViewersEvent,
    codec,
)
from bot.events.ids import Handle
from bot.tiktok.tiktools.decode import READERS, decode_frame
from bot.tiktok.tiktools.frames import Fault, Faults
from tests.bot.tiktok.tiktools.reading import AT_MS, decoded, told, told_as
from tests.bot.tiktok.tiktools.test_fields import ANYTHING

MIA = {"id": "9", "uniqueId": "mia", "nickname": "Mia"}


def test_a_comment_with_all_that_it_can_carry() -> None:
    event = told_as(
        CommentEvent,
        "chat",
        user=MIA,
        comment="hi @bo 😂",
        language="en",
        messageUuid="u-1",
        emotes=[{"emoteId": "e1", "imageUrl": "https://e/1", "placeInComment": 3}, {"emoteId": "e2", "image": "https://e/2"}],
        starred={"claps": 2, "score": 10},
        replyToUser={"userId": "8", "uniqueId": "bo"},
    )
    assert (event.message_id, event.room_id, event.creator) == ("5", "77", "alice")
    assert (event.created_at_ms, event.received_at_ms) == (1_780_000_000_001, AT_MS)
    assert event.user is not None
    assert (event.user.id, event.text, event.language, event.message_uuid) == ("9", "hi @bo 😂", "en", "u-1")
    assert [(each.emote_id, each.image_url, each.index) for each in event.emotes] == [
        ("e1", "https://e/1", 3),
        ("e2", "https://e/2", 0),
    ]
    assert [each.handle for each in event.mentions] == ["bo"]
    assert event.starred


def test_a_plain_comment_is_neither_starred_nor_in_a_language() -> None:
    event = told_as(CommentEvent, "chat", user=MIA, comment="x", language="un", starred={}, emotes=None)
    assert (event.starred, event.language, event.emotes, event.mentions) == (False, "", (), ())


@pytest.mark.parametrize(
    ("gift", "combo", "final"),
    [
        ({"giftType": 1, "repeatCount": 3, "repeatEnd": False}, Combo.OPEN, False),
        ({"giftType": "1", "repeatCount": "3", "repeatEnd": True}, Combo.ENDED, True),
        ({"giftType": 2, "repeatCount": 3}, Combo.SINGLE, True),
        ({"giftType": 4, "repeatCount": 3, "repeatEnd": True}, Combo.SINGLE, True),
        ({"repeatCount": 3, "combo": True}, Combo.OPEN, False),
        ({"repeatCount": 3}, Combo.SINGLE, True),
    ],
)
def test_only_a_streak_has_progress_and_an_end(gift: dict[str, object], combo: Combo, final: bool) -> None:
    event = told_as(GiftEvent, "gift", user=MIA, giftId=5655, giftName="Rose", diamondCount=1, **gift)
    assert (event.combo, event.is_final, event.repeat_count) == (combo, final, 3)
    assert (event.gift.id, event.gift.name, event.gift.diamonds) == ("5655", "Rose", 1)


def test_frames_of_one_combo_are_grouped_by_its_transaction_where_there_is_no_group() -> None:
    streak = {"giftType": 1, "transactionId": "t-1", "giftId": 1}
    assert told_as(GiftEvent, "gift", groupId="g", **streak).group_id == "g"
    assert told_as(GiftEvent, "gift", **streak).group_id == "t-1"
    single = told_as(GiftEvent, "gift", giftType=2, transactionId="t-1", giftId=1)
    assert (single.group_id, single.transaction_id) == ("", "t-1")


def test_a_gift_without_a_user_object_still_has_its_sender() -> None:
    event = told_as(GiftEvent, "gift", senderUserId="9", giftType=2, relationship={"joinDayNumber": 12})
    assert event.user is not None
    assert (event.user.id, event.joined_day, event.repeat_count) == ("9", "12", 1)


@pytest.mark.parametrize("total", ["totalLikes", "totalLikeCount"])
def test_likes_have_a_batch_and_a_total_in_either_spelling(total: str) -> None:
    event = told_as(LikeEvent, "like", user=MIA, likeCount=15, **{total: 5678})
    assert (event.count, event.total) == (15, 5678)


@pytest.mark.parametrize("fields", [{"action": 1}, {"actionId": 1}, {}, {"actionCode": 46}, {"action": 1, "actionCode": 38}])
def test_somebody_enters(fields: dict[str, int]) -> None:
    event = told_as(JoinEvent, "member", user=MIA, entrySource="follow-tab", entryAction="draw", entryType="rec", **fields)
    assert (event.entry_source, event.entry_action, event.entry_type) == ("follow-tab", "draw", "rec")


@pytest.mark.parametrize(
    ("fields", "action", "name"),
    [
        ({"actionCode": 9}, 9, "muted_by_moderator"),
        ({"action": 7}, 7, "kicked"),
        ({"action": 2, "actionCode": 3}, 3, "muted"),
        ({"action": 3}, 3, ""),
        ({"actionId": 2}, 2, ""),
        ({"actionCode": 999}, 999, ""),
    ],
)
def test_a_member_action_is_named_only_where_its_number_is_tiktoks_own(fields: dict[str, int], action: int, name: str) -> None:
    event = told_as(MemberActionEvent, "member", user=MIA, **fields)
    assert (event.action, event.name) == (action, name)


@pytest.mark.parametrize(
    ("name", "fields", "kind"),
    [
        ("follow", {}, FollowEvent),
        ("share", {}, ShareEvent),
        ("social", {"action": "follow"}, FollowEvent),
        ("social", {"eventType": "share"}, ShareEvent),
        ("social", {"displayType": "pm_main_follow_message_viewer_2"}, FollowEvent),
        ("social", {"label": "pm_mt_guidance_share"}, ShareEvent),
        ("social", {"action": "wave"}, UnknownEvent),
        ("social", {"action": 1}, UnknownEvent),
    ],
)
def test_follow_and_share_come_by_two_names(name: str, fields: dict[str, object], kind: type[Event]) -> None:
    assert type(told(name, user=MIA, **fields)) is kind


def test_one_act_told_by_both_names_is_one_event() -> None:
    assert codec.event_id(told("social", user=MIA, action="follow")) == codec.event_id(told("follow", user=MIA))


def test_top_viewers_are_ranked_by_their_order_in_either_shape() -> None:
    event = told_as(
        ViewersEvent,
        "roomUserSeq",
        viewerCount="1234",
        totalViewers=5000,
        topViewers=[{"user": {"uniqueId": "top1"}, "coinCount": 500}, {"uniqueId": "top2", "id": "2"}, 7],
    )
    assert (event.viewers, event.total) == (1234, 5000)
    assert [(each.user.handle, each.rank, each.diamonds) for each in event.top_viewers] == [("top1", 1, 500), ("top2", 2, 0)]


def test_what_the_creator_says() -> None:
    event = told_as(CaptionEvent, "caption", text="hello", language="en", isFinal=True, startedAtMs=1000, endsAtMs=2500)
    assert [(each.language, each.text) for each in event.captions] == [("en", "hello")]
    assert (event.duration_ms, event.final) == (1500, True)


@pytest.mark.parametrize("name", ["emoteChat", "emote"])
def test_an_emote(name: str) -> None:
    event = told_as(EmoteEvent, name, user=MIA, emoteId="e1", emoteUrl="https://e/1")
    assert [(each.emote_id, each.image_url) for each in event.emotes] == [("e1", "https://e/1")]


@pytest.mark.parametrize("name", ["question", "questionNew"])
def test_a_question(name: str) -> None:
    assert told_as(QuestionEvent, name, user=MIA, questionText="why?").text == "why?"


def test_a_deletion_names_the_uuid_of_its_comment_and_one_without_is_kept_whole() -> None:
    assert told_as(DeletionEvent, "imDelete", deletedMsgId="u-1").message_ids == ("u-1",)
    assert isinstance(told("imDelete"), UnknownEvent)


@pytest.mark.parametrize(
    ("name", "action", "kind"),
    [
        ("control", 1, LivePausedEvent),
        ("control", 2, LiveResumedEvent),
        ("control", 3, LiveEndedEvent),
        ("control", "3", LiveEndedEvent),
        ("control", 4, LiveEndedEvent),
        ("control", 99, ControlEvent),
        ("streamEnd", None, LiveEndedEvent),
    ],
)
def test_the_rooms_own_state(name: str, action: object, kind: type[Event]) -> None:
    assert type(told(name, action=action)) is kind


def test_what_is_only_known_by_name_is_kept_whole() -> None:
    frame = b'{"event":"karaokeReq","data":{"type":"karaokeReq","msgId":"5","track":"x"}}'
    event = decoded(frame)
    assert isinstance(event, UnknownEvent)
    assert (event.method, event.payload, event.message_id) == ("karaokeReq", frame, "5")


def test_an_unknown_upstream_message_is_called_by_its_own_name() -> None:
    event = told_as(UnknownEvent, "unknown", method="WebcastBrandNewMessage")
    assert event.method == "WebcastBrandNewMessage"


@pytest.mark.parametrize("message_id", [None, "", "0", 0])
def test_a_frame_without_an_id_gets_one_that_a_repeat_shares(message_id: object) -> None:
    first, again = (told("like", user=MIA, likeCount=1, msgId=message_id) for _ in range(2))
    other = told("like", user=MIA, likeCount=2, msgId=message_id)
    assert first.message_id == again.message_id != other.message_id
    assert first.message_id.startswith("body:")


def test_a_stamp_in_seconds_is_one_in_milliseconds() -> None:
    assert told("like", timestamp=1_234_567_890).created_at_ms == 1_234_567_890_000
    assert told("like", timestamp=-5).created_at_ms == 0


def test_the_connections_room_is_right_where_a_frame_has_a_rounded_one() -> None:
    frame = json.dumps({"event": "liveIntro", "data": {"roomId": "7648000000000001000", "title": "x"}})
    (known,) = decode_frame(frame, creator=Handle("alice"), received_at_ms=1, room_id="7648000000000001023")
    (first,) = decode_frame(frame, creator=Handle("alice"), received_at_ms=1)
    assert (known.room_id, first.room_id) == ("7648000000000001023", "7648000000000001000")


def test_a_reader_that_fails_costs_its_own_frame_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Event:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setitem(READERS, "like", broken)
    faults = Faults()
    batch = '{"events":[{"type":"like"},{"type":"follow"}]}'
    events = decode_frame(batch, creator=Handle("alice"), received_at_ms=1, faults=faults)
    assert [type(event) for event in events] == [UnknownEvent, FollowEvent]
    assert faults == {Fault.UNDECODABLE: 1}


@settings(max_examples=200)
@given(st.sampled_from(sorted(READERS)), st.dictionaries(st.sampled_from(sorted({
    *("user", "comment", "emotes", "starred", "action", "actionCode", "status", "teams", "hosts", "battleUsers", "topViewers"),
    *("giftId", "giftType", "repeatCount", "msgId", "timestamp", "battleSettings", "scores", "users", "rankList", "bgUrls"),
    *("senderUserId", "operatorUserId", "updatedAtSec", "secsRemaining", "viewerCount", "relationship", "roomId"),
})), ANYTHING))  # fmt: skip
def test_whatever_is_in_a_frame_it_becomes_one_event_that_can_be_stored(name: str, data: dict[str, object]) -> None:
    faults = Faults()
    text = json.dumps({"event": name, "data": data})
    (event,) = decode_frame(text, creator=Handle("alice"), received_at_ms=1, faults=faults)
    assert Fault.UNDECODABLE not in faults
    stored = codec.encode([codec.Logged(codec.Envelope(), event)])  # type: ignore[arg-type]
    assert codec.decode(stored)[0].event == event
    json.dumps(codec.to_json(event))


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_bytes_of_any_kind_never_raise(message: bytes | str) -> None:
    for event in decode_frame(message, creator=Handle("alice"), received_at_ms=1):
        assert isinstance(event, Event)
