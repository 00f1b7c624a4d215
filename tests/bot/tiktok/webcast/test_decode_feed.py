"""Messages of which only the top level is known: read whole, under the documented numbers, and as captured bytes confirm."""

from __future__ import annotations

import base64
import json
from collections import Counter
from typing import Any, TypeVar

import msgspec
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from bot.events import (
    DonationStickersEvent,
    Event,
    GiftCollectionEvent,
    GoodyBagEvent,
    HashtagEvent,
    PaidSeriesEvent,
    PartnershipCardEvent,
    ShopRefreshEvent,
    ShopTaskEvent,
    SubscriptionGuideEvent,
    SubscriptionTimerEvent,
    SubscriptionWaveEvent,
    WeeklyRankRewardEvent,
)
from bot.events.ids import Handle
from bot.tiktok.capture.file import read_lines
from bot.tiktok.webcast.decode import READERS, decode
from bot.tiktok.webcast.decode_feed import FEED
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.bot.tiktok.shared_data import captured
from tests.bot.tiktok.webcast.documents import schema
from tests.bot.tiktok.webcast.reading import read

E = TypeVar("E", bound=Event)

OF_THE_EDGE = {
    "aiSummary": {"text", "scenario_key", "label_key"},
    "ecShortItemRefresh": {"token"},
}
"""Fields that only the hosted feed fills."""

SENTENCES_LEFT_OUT = frozenset({"WebcastMemberMessage", "WebcastLikeMessage", "WebcastGiftMessage", "WebcastChatMessage"})
"""What arrives by the thousand does without its sentence: the fields say it all (`Common.display_text`)."""


def fill(message: Message) -> None:
    """Give every field of a message a value, and of the messages within."""
    descriptor: Any = message.DESCRIPTOR
    assert isinstance(descriptor, Descriptor)
    for field in descriptor.fields:
        if field.message_type is not None:
            within = getattr(message, field.name)
            deeper = within.add() if field.is_repeated else within
            if field.message_type.name in ("FullText", "User", "Image", "ToldBase"):
                deeper.MergeFrom(type(deeper).FromString(LEAVES[field.message_type.name].SerializeToString()))
            else:
                fill(deeper)
        elif field.is_repeated:
            getattr(message, field.name).append("s" if field.type == FieldDescriptor.TYPE_STRING else 7)
        else:
            setattr(message, field.name, {FieldDescriptor.TYPE_STRING: "s", FieldDescriptor.TYPE_BOOL: True}.get(field.type, 7))


LEAVES: dict[str, Message] = {
    "FullText": pb.FullText(key="k", pattern="p"),
    "User": pb.User(id=7, nickname="Bob"),
    "Image": pb.Image(urls=["https://example.org/7.png"]),
    "ToldBase": pb.ToldBase(message_id=12, room_id=34, created_at=1_696_447_177_078),
}


def at_default(struct: msgspec.Struct, path: str = "") -> list[str]:
    """The fields of an event, and of the structs within, that nothing was put into."""
    left = []
    for field in msgspec.structs.fields(struct):
        value = getattr(struct, field.name)
        if field.name == "common" or type(value).__name__ == "User":
            continue
        if isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
            value = value[0]
        if isinstance(value, msgspec.Struct):
            left += [] if type(value).__name__ == "User" else at_default(value, f"{path}{field.name}.")
        elif value == field.default:
            left.append(f"{path}{field.name}")
    return left


@pytest.mark.parametrize("method", [each for each in FEED if each != "WebcastWeeklyRankRewardMessage"])
def test_every_field_of_the_event_is_read_from_the_message(method: str) -> None:
    message = READERS[method].kind()
    fill(message)
    event = read(method, message)
    assert set(at_default(event)) == OF_THE_EDGE.get(event.type, set())
    assert (event.message_id, event.room_id) == ("12", "34")


@pytest.mark.parametrize("method", sorted(FEED))
def test_numbers_and_kinds_of_the_top_level_are_the_documents(method: str) -> None:
    documented = schema(method)
    if not documented:  # its few fields stand in prose
        return
    descriptor: Any = READERS[method].kind.DESCRIPTOR
    for field in descriptor.fields:
        assert kind_of(field) == documented[field.number], (method, field.name)


def kind_of(field: FieldDescriptor) -> str:
    if field.message_type is not None:
        known = {"FullText": "text", "User": "user", "Image": "image", "ToldBase": "common"}
        return known.get(field.message_type.name, "message")
    return {FieldDescriptor.TYPE_STRING: "string", FieldDescriptor.TYPE_BOOL: "bool"}.get(field.type, "number")


# ------------------------------------------------------------------------------------------------ captured


def captures(method: str, kind: type[E]) -> list[E]:
    found = []
    for line in read_lines(str(captured("payloads.jsonl.gz"))):
        record = json.loads(line)
        if record["method"] == method:
            event = decode(method, base64.b64decode(record["payload"]), creator=Handle("x"), received_at_ms=1)
            assert isinstance(event, kind)
            found.append(event)
    return found


def test_a_goody_bag_is_drawn_when_its_time_is_up_among_no_more_than_it_says() -> None:
    bags = captures("WebcastGoodyBagMessage", GoodyBagEvent)
    assert Counter(each.message_type for each in bags) == {1: 5, 3: 5}
    for each in bags:
        terms = each.bag.terms
        told_early_ms = terms.ends_at_ms - each.created_at_ms
        if each.message_type == 1:
            assert not each.winners
            assert not terms.entrant_count
            assert abs(told_early_ms - terms.duration_min * 60_000) < 2_000
        else:
            assert abs(told_early_ms) < 2_000
            assert len(each.winners) == min(terms.winner_count, len(each.winners)) <= terms.entrant_count
            assert sum(winner.coins for winner in each.winners) <= each.bag.prize.coins
            assert all(winner.user.id.isdecimal() and winner.user.handle for winner in each.winners)
        assert bool(terms.text) is (terms.condition == 1)


def test_a_subscription_timer_goes_down_with_the_clock() -> None:
    first, *rest = (each.timer for each in captures("WebcastSubTimerStickerMessage", SubscriptionTimerEvent))
    assert (first.total_s, first.creator_title) == (14_400, first.viewer_title)
    for later in rest:
        assert later.id == first.id
        assert first.remaining_s - later.remaining_s == (later.told_at_ms - first.told_at_ms) // 1000
    assert len(rest) == 9


def test_a_wave_counts_those_whose_subscription_makes_it() -> None:
    waves = [each.wave for each in captures("WebcastSubWaveMessage", SubscriptionWaveEvent)]
    assert sorted(wave.progress.count for wave in waves) == [2, 2, 3, 4, 4, 5]
    for wave in waves:
        assert wave.progress.count == len(wave.progress.users)
        assert wave.user in wave.progress.users
        assert wave.progress.started_at_ms > 1_696_000_000_000


def test_a_collection_names_its_gift_and_says_what_happened() -> None:
    collections = captures("WebcastGiftCollectionUpdateMessage", GiftCollectionEvent)
    assert {each.collection.gift.name for each in collections} == {"Travel in the US", "Travel with You"}
    assert {each.collection.gift.id for each in collections} == {"8042", "6233"}
    assert {each.collection.gift.diamonds for each in collections} == {1200, 999}
    assert {each.display_text for each in collections} <= {
        "The creator just completed a round-the-world tour!",
        *(each.display_text for each in collections if "Travel" in each.display_text),
    }
    assert all(each.display_text for each in collections)


def test_a_ranking_reward_names_the_creator_the_ranking_and_the_sentence() -> None:
    rewards = captures("WebcastWeeklyRankRewardMessage", WeeklyRankRewardEvent)
    assert {each.rank for each in rewards} == {"weekly_rank", "daily_rank"}
    for each in rewards:
        assert each.user_id.isdecimal()
        assert each.notify.text == each.display_text != ""
        assert "{" not in each.display_text


def test_hints_of_the_shop_name_their_subject() -> None:
    refreshes = captures("WebcastEcShortItemRefreshMessage", ShopRefreshEvent)
    assert {(each.hint.delay, each.hint.subject) for each in refreshes} == {(3000, "shortTouchEcommerceVoucher")}
    tasks = captures("WebcastEcTaskRegisterMessage", ShopTaskEvent)
    assert {each.hint.delay for each in tasks} == {5000}
    assert all(each.hint.subject.isdecimal() for each in tasks)


def test_the_rest_of_the_captured_ones_say_what_their_bytes_hold() -> None:
    series = captures("WebcastPaidContentLiveShoppingMessage", PaidSeriesEvent)
    assert all(bool(each.series.id) is (each.action == 1) is (each.series_count == 0) for each in series)
    hashtags = captures("WebcastHashtagMessage", HashtagEvent)
    assert {(each.hashtag.id, each.display_text) for each in hashtags} == {("5", "Gaming")}
    guides = captures("WebcastSubscriptionGuideMessage", SubscriptionGuideEvent)
    assert {each.text_key for each in guides} >= {"pm_mt_goal_reminder"}
    assert all(each.text == each.display_text and each.button and each.link for each in guides)
    stickers = captures("WebcastDonationStickerModifyMethod", DonationStickersEvent)
    assert {each.stickers[0].charity.name for each in stickers} == {"American Cancer Society"}
    [card] = captures("WebcastPartnershipCardChangeMessage", PartnershipCardEvent)
    assert (card.change, card.sequence_id, card.task_id) == (0, 1, "7259712642062273282")


def test_every_captured_sentence_is_put_together() -> None:
    told = Counter[str]()
    for line in read_lines(str(captured("payloads.jsonl.gz"))):
        record = json.loads(line)
        method, payload = record["method"], base64.b64decode(record["payload"])
        if method in SENTENCES_LEFT_OUT or record["n"] == 576:  # a goal that is damaged in its middle
            continue
        sentence = pb.Speaker.FromString(payload).base.display_text
        if sentence.key:
            event = decode(method, payload, creator=Handle("x"), received_at_ms=1)
            assert (event.display_key, bool(event.display_text)) == (sentence.key, True), (record["n"], method)
            told[method] += 1
    assert len(told) == 11
