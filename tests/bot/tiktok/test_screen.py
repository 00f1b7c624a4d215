"""News, repeats and what another room said."""

from __future__ import annotations

from bot.events import CommentEvent, Common, ConnectedEvent, Event, GiftEvent, MessageId, RoomId, UnknownEvent
from bot.tiktok.screen import Screen

ROOM = RoomId("7")


def said(message_id: str, room_id: str = "7", *, is_history: bool = False) -> CommentEvent:
    return CommentEvent(Common(MessageId(message_id), RoomId(room_id)), is_history=is_history)


def test_a_repeat_is_no_news_and_an_id_is_one_only_together_with_its_kind() -> None:
    screen = Screen()
    first: list[Event] = [said("1"), GiftEvent(Common(MessageId("1"), ROOM)), UnknownEvent(said("1").common, "WebcastA")]
    assert screen.take(first, ROOM) == first
    assert screen.take([*first, UnknownEvent(said("1").common, "WebcastB"), said("2")], ROOM) == [
        UnknownEvent(said("1").common, "WebcastB"),
        said("2"),
    ]
    assert screen.repeated == 3


def test_what_has_no_id_is_always_news() -> None:
    assert len(Screen().take([said(""), said("")], ROOM)) == 2


def test_another_rooms_words_are_dropped_and_a_message_without_a_room_is_ours() -> None:
    screen = Screen()
    assert screen.take([said("1", "8"), said("2", ""), said("3")], ROOM) == [said("2", ""), said("3")]
    assert screen.foreign == 1


def test_who_does_not_want_what_was_before_hears_only_that_the_stream_is_open() -> None:
    screen = Screen(process_initial_data=False)
    connected = ConnectedEvent(Common(room_id=ROOM))
    backlog: list[Event] = [connected, said("1", is_history=True), GiftEvent(Common(MessageId("2"), ROOM))]
    assert screen.take(backlog, ROOM, is_initial=True) == [connected]
    assert screen.take([said("3", is_history=True), said("4")], ROOM) == [said("4")]
    assert Screen().take(backlog, ROOM, is_initial=True) == backlog


def test_only_the_latest_are_remembered() -> None:
    screen = Screen(remembered=2)
    screen.take([said("1"), said("2"), said("3")], ROOM)
    assert screen.take([said("1")], ROOM) == [said("1")]
    assert screen.take([said("3")], ROOM) == []
