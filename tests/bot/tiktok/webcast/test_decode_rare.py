"""The rarer messages, captured: ids and main fields as an independent library reads them; and the table of them all."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.protobuf.message import Message as ProtobufMessage

from bot.events import UnknownEvent
from bot.events.codec import EVENT_CLASSES
from bot.events.ids import Handle
from bot.tiktok.capture.decode_command import decode_lines
from bot.tiktok.capture.file import read_lines
from bot.tiktok.webcast.decode import READERS, decode
from bot.tiktok.webcast.decode_rare import RARE
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.bot.tiktok.shared_data import captured

Json = dict[str, Any]
DAMAGED = 576
"""A goal whose contributor was overwritten: it stays whole, as an unknown event."""


@pytest.fixture(scope="module")
def pairs() -> list[tuple[int, str, Json, Json]]:
    """(line, method, our event, their message) of every rarer message that both sides decoded."""
    with gzip.open(captured("decoded.jsonl.gz")) as lines:
        theirs = {record["n"]: record["decoded"] for record in map(json.loads, lines)}
    ours = decode_lines(read_lines(str(captured("payloads.jsonl.gz"))))
    return [
        (each["n"], each["method"], each["event"], theirs[each["n"]])
        for each in ours
        if each["method"] in RARE and each["n"] in theirs and each["n"] != DAMAGED
    ]


def value(enum: Any) -> int:
    """Their enumerations are objects, zeros are left out."""
    return int(enum["value"]) if isinstance(enum, dict) else int(enum or 0)


def text(number: Any) -> str:
    return str(number) if number else ""


def ids(path: str) -> Callable[[Json], str]:
    return lambda decoded: text(at(decoded, path))


def at(decoded: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(decoded, list):
            decoded = decoded[int(name)] if int(name) < len(decoded) else None
        else:
            decoded = (decoded or {}).get(name)
    return decoded


MAIN_FIELDS: dict[str, tuple[tuple[str, Callable[[Json], Any]], ...]] = {
    "WebcastEnvelopeMessage": (
        ("envelope.id", ids("envelope_info.envelope_id")),
        ("envelope.diamonds", lambda d: value(at(d, "envelope_info.diamond_count"))),
        ("envelope.people", lambda d: value(at(d, "envelope_info.people_count"))),
        ("user.id", ids("envelope_info.send_user_id")),
        ("display", lambda d: value(d.get("display"))),
    ),
    "WebcastGoalUpdateMessage": (
        ("goal.id", ids("goal.id")),
        ("goal.sub_goals.0.progress", lambda d: value(at(d, "goal.sub_goals.0.progress"))),
        ("goal.sub_goals.0.target", lambda d: value(at(d, "goal.sub_goals.0.target"))),
        ("goal.description", lambda d: at(d, "goal.description") or ""),
        ("contributor_id", ids("contributor_id")),
        ("update_source", lambda d: value(d.get("update_source"))),
    ),
    "WebcastRankUpdateMessage": (
        ("updates.0.rank_type", lambda d: value(at(d, "updates.0.rank_type"))),
        ("updates.0.rank", lambda d: value(at(d, "updates.0.own_rank"))),
        ("updates.0.countdown_s", lambda d: value(at(d, "updates.0.countdown"))),
        ("updates.0.text_key", lambda d: at(d, "updates.0.default_content.key") or ""),
    ),
    "WebcastRankTextMessage": (
        ("rank_before", lambda d: value(d.get("owner_idx_before_update"))),
        ("rank_after", lambda d: value(d.get("owner_idx_after_update"))),
        ("user_id", ids("cur_user_id")),
        ("user.id", ids("cur_user_id")),
    ),
    "WebcastLinkMessage": (("action", lambda d: value(d.get("message_type"))), ("linker_id", ids("linker_id"))),
    "WebcastLinkLayerMessage": (
        ("action", lambda d: value(d.get("message_type"))),
        ("channel_id", ids("channel_id")),
        ("linked.0.user_id", ids("list_change_content.list.linked_list.0.user.user_id")),
        ("applied.0.user_id", ids("list_change_content.list.applied_list.0.user.user_id")),
    ),
    "WebcastLinkMicMethod": (
        ("action", lambda d: value(d.get("message_type"))),
        ("fan_tickets", lambda d: value(d.get("fan_ticket"))),
        ("user_id", ids("user_id")),
    ),
    "WebcastLinkMicFanTicketMethod": (
        ("total", lambda d: value(at(d, "fan_ticket_room_notice.total_linkmic_fan_ticket"))),
        ("scores.0.fan_tickets", lambda d: value(at(d, "fan_ticket_room_notice.user_fan_ticket.0.fan_ticket"))),
    ),
    "WebcastBarrageMessage": (
        ("number", lambda d: value(d.get("msg_type"))),
        ("text_key", lambda d: at(d, "content.key") or ""),
        ("level", lambda d: value(at(d, "user_grade_param.current_grade") or at(d, "fans_level_param.current_grade"))),
    ),
    "WebcastRoomPinMessage": (
        ("action", lambda d: value(d.get("action"))),
        ("pinned_message_id", ids("pin_msg_id")),
        ("duration_s", lambda d: value(d.get("display_duration"))),
        ("text", lambda d: at(d, "chat_message.content") or ""),
        ("operator.id", ids("operator.id")),
    ),
    "WebcastRoomMessage": (("text", lambda d: d.get("content", "")), ("scene", lambda d: d.get("scene", ""))),
    "WebcastPollMessage": (("poll_id", ids("poll_id")), ("kind", lambda d: value(d.get("poll_kind")))),
    "WebcastSubNotifyMessage": (("user.id", ids("user.id")), ("months", lambda d: value(d.get("sub_month")))),
    "WebcastLiveIntroMessage": (("text", lambda d: d.get("content", "")), ("user.id", ids("user.id"))),
    "WebcastLinkMicBattleItemCard": (("battle_id", ids("battle_id")), ("action", lambda d: value(d.get("msg_type")))),
    "WebcastLinkmicBattleTaskMessage": (
        ("progress", lambda d: value(at(d, "task_update.progress"))),
        ("target", lambda d: value(at(d, "start.config.target_config.progress_target"))),
    ),
    "WebcastPerceptionMessage": (("punishment.punishment_type", lambda d: at(d, "punish_info.punish_type") or ""),),
    "WebcastBottomMessage": (("duration_s", lambda d: value(d.get("duration"))), ("violator_id", ids("violation_user_id"))),
    "WebcastOecLiveShoppingMessage": (("product_count", lambda d: value(d.get("live_product_number"))),),
    "WebcastPartnershipDropsUpdateMessage": (("drops_id", lambda d: d.get("drops_id", "")),),
    "WebcastSubPinEventMessage": (("progress", lambda d: value(at(d, "card.goal_pin_card.progress"))),),
}


def test_ids_agree_for_every_rarer_message(pairs: list[tuple[int, str, Json, Json]]) -> None:
    assert len(pairs) > 600
    for n, _, event, decoded in pairs:
        common = decoded["common"]
        assert event["message_id"] == str(common["msg_id"]), n
        if "room_id" in common:
            assert event["room_id"] == str(common["room_id"]), n
        assert event["display_key"] == (at(common, "display_text.key") or event["display_key"]), n


@pytest.mark.parametrize("method", MAIN_FIELDS)
def test_main_fields_agree(pairs: list[tuple[int, str, Json, Json]], method: str) -> None:
    found = [(n, event, decoded) for n, name, event, decoded in pairs if name == method]
    assert found, f"no captured {method}"
    for n, event, decoded in found:
        for ours, theirs in MAIN_FIELDS[method]:
            expected = theirs(decoded)
            assert at(event, ours) == expected or (not expected and not at(event, ours)), (n, ours)


def test_captured_sentences_have_no_placeholder_left(pairs: list[tuple[int, str, Json, Json]]) -> None:
    said = Counter[str]()
    for _, _, event, _ in pairs:
        assert "{0" not in event["display_text"]
        said[event["display_key"]] += bool(event["display_text"])
    assert said["pm_mt_topviewer_comment"] > 0
    assert sum(said.values()) > 50


def readers() -> Iterator[tuple[str, type[ProtobufMessage]]]:
    for method, reader in READERS.items():
        yield method, reader.kind


def test_every_kind_of_message_of_the_schema_has_a_reader_and_empty_ones_do_no_harm() -> None:
    for method, kind in readers():
        message = kind()
        base = message.base  # type: ignore[attr-defined]
        base.method, base.message_id, base.room_id = method, 5, 6
        event = decode(method, message.SerializeToString(), creator=Handle("alice"), received_at_ms=1)
        assert type(event) in EVENT_CLASSES
        assert event.message_id == "5", method
        assert method == "WebcastSocialMessage" or not isinstance(event, UnknownEvent), method


def test_a_damaged_rarer_message_stays_whole() -> None:
    base = pb.ToldBase(method="WebcastPollMessage", message_id=5, room_id=6)
    payload = pb.Poll(base=base, poll_id=7, start=pb.PollStart(title="Tea?")).SerializeToString()[:-1]
    event = decode("WebcastPollMessage", payload, creator=Handle("alice"), received_at_ms=1)
    assert isinstance(event, UnknownEvent)
    assert (event.method, event.payload, event.message_id, event.room_id) == ("WebcastPollMessage", payload, "5", "6")
