"""Real payloads, and what an independent library made of them: we must agree wherever we model a message."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.events import UnknownEvent
from bot.events.ids import Handle
from bot.tiktok.capture.decode_command import decode_lines
from bot.tiktok.capture.file import read_lines
from bot.tiktok.webcast.decode import MEMBER_ACTIONS, READERS, decode
from bot.tiktok.webcast.decode_rare import RARE
from tests.bot.tiktok.shared_data import captured

DAMAGED_COUNT = frozenset({542})
"""A like whose tag byte behind the user was overwritten when names were replaced: the independent library takes the text
that follows for the count (a list of bytes)."""

Json = dict[str, Any]


def payloads() -> list[Json]:
    return [json.loads(line) for line in read_lines(str(captured("payloads.jsonl.gz")))]


@pytest.fixture(scope="module")
def pairs() -> list[tuple[int, str, Json, Json]]:
    """(line, method, our event, their message) for all but the rarer messages (test_decode_rare.py) that both sides decoded."""
    theirs = {}
    with gzip.open(captured("decoded.jsonl.gz")) as lines:
        for line in lines:
            record = json.loads(line)
            theirs[record["n"]] = record["decoded"]
    ours = decode_lines(read_lines(str(captured("payloads.jsonl.gz"))))
    return [
        (each["n"], each["method"], each["event"], theirs[each["n"]])
        for each in ours
        if each["method"] in READERS and each["method"] not in RARE and each["n"] in theirs
    ]


def of(pairs: list[tuple[int, str, Json, Json]], method: str) -> Iterator[tuple[int, Json, Json]]:
    found = [(n, event, decoded) for n, name, event, decoded in pairs if name == method]
    assert found, f"no captured {method}"
    return iter(found)


def text(number: int | str | None) -> str:
    return str(number) if number else ""


def test_every_captured_line_becomes_an_event() -> None:
    answers = list(decode_lines(read_lines(str(captured("payloads.jsonl.gz")))))
    assert [each for each in answers if "error" in each] == []
    assert [each["n"] for each in answers] == list(range(1577))


def test_what_is_modelled_is_never_unknown() -> None:
    kinds = Counter(
        (each["method"] in READERS, each["event"]["type"] == "unknown")
        for each in decode_lines(read_lines(str(captured("payloads.jsonl.gz"))))
    )
    # Line 576, a goal, is damaged in its middle: it stays whole.
    assert kinds == {(True, False): 1576, (True, True): 1}


def test_an_unknown_event_keeps_the_payload_whole() -> None:
    for record in payloads():
        payload = base64.b64decode(record["payload"])
        event = decode(record["method"], payload, creator=Handle("x"), received_at_ms=1)
        if isinstance(event, UnknownEvent):
            assert (event.method, event.payload) == (record["method"], payload)


def test_rarer_messages_tell_their_id_room_and_time_as_the_library_reads_them() -> None:
    theirs = {}
    with gzip.open(captured("decoded.jsonl.gz")) as lines:
        for line in lines:
            record = json.loads(line)
            theirs[record["n"]] = record["decoded"]["common"]
    compared = 0
    for answer in decode_lines(read_lines(str(captured("payloads.jsonl.gz")))):
        common, event = theirs.get(answer["n"]), answer["event"]
        if common is None or answer["method"] not in RARE:
            continue
        compared += 1
        assert event["message_id"] == str(common["msg_id"]), answer["n"]
        # n=576 is damaged behind its common part: read all the same.
        assert event["room_id"] == text(common.get("room_id")) or "room_id" not in common
        stamp = common.get("create_time", 0)
        assert event["created_at_ms"] in (stamp, stamp * 1000)
    assert compared > 600


def test_the_weekly_rank_reward_is_read_from_its_third_field() -> None:
    rewards = [r for r in payloads() if r["method"] == "WebcastWeeklyRankRewardMessage"]
    events = [decode(r["method"], base64.b64decode(r["payload"]), creator=Handle("x"), received_at_ms=1) for r in rewards]
    assert len(events) == 6
    assert all(len(event.room_id) == len(event.message_id) == 19 for event in events)
    assert all(event.created_at_ms > 10**12 for event in events)


def test_instants_are_milliseconds_of_the_year_of_the_capture() -> None:
    years = Counter[int]()
    for record in payloads():
        event = decode(record["method"], base64.b64decode(record["payload"]), creator=Handle("x"), received_at_ms=1)
        if event.created_at_ms:
            years[event.created_at_ms // (365 * 24 * 3_600_000) + 1970] += 1
    assert set(years) <= {2023, 2024}  # a year of 365 days runs ahead by 13 days
    assert years.total() > 1500


def test_message_and_room_ids_agree(pairs: list[tuple[int, str, Json, Json]]) -> None:
    assert len(pairs) == 708
    for n, _, event, decoded in pairs:
        common = decoded["common"]
        assert event["message_id"] == str(common["msg_id"]), n
        if "room_id" in common:
            assert event["room_id"] == str(common["room_id"]), n


def test_users_agree_in_id_handle_nickname_and_profile(pairs: list[tuple[int, str, Json, Json]]) -> None:
    compared = 0
    for n, method, event, decoded in pairs:
        theirs = decoded.get("data", decoded).get("user")
        if theirs is None:
            continue
        ours = event["user"]
        assert (ours["id"], ours["handle"], ours["nickname"], ours["sec_uid"]) == (
            text(theirs.get("id")),
            theirs.get("display_id", ""),
            theirs.get("nickname", ""),
            theirs.get("sec_uid", ""),
        ), (n, method)
        urls = theirs.get("avatar_thumb", {}).get("url_list", [""])
        assert ours["avatar_url"] == urls[0]
        compared += 1
    assert compared > 500


def test_what_viewers_are_to_the_creator_agrees(pairs: list[tuple[int, str, Json, Json]]) -> None:
    seen = Counter[str]()
    for n, _, event, decoded in pairs:
        identity = decoded.get("user_identity")
        if identity is None:
            continue
        ours = event["user"]
        assert ours["is_moderator"] == identity.get("is_moderator_of_anchor", False), n
        for flag, name in (("is_subscriber", "is_subscriber_of_anchor"), ("is_follower", "is_follower_of_anchor")):
            assert ours[flag] or not identity.get(name, False), (n, flag)
        seen.update(name for name in ("is_moderator", "is_subscriber", "is_follower", "is_friend") if ours[name])
    assert set(seen) == {"is_moderator", "is_subscriber", "is_follower", "is_friend"}


def test_gifter_and_fan_levels_come_from_the_badges(pairs: list[tuple[int, str, Json, Json]]) -> None:
    levels = Counter[str]()
    for n, _, event, decoded in pairs:
        theirs = decoded.get("user")
        if not isinstance(theirs, dict):
            continue
        for badge in theirs.get("badge_list", []):
            level = int(badge.get("privilege_log_extra", {}).get("level", 0) or 0)
            name = {8: "gifter_level", 10: "fan_level"}.get(badge.get("scene_type", {}).get("value", 0))
            if name and level:
                assert event["user"][name] == level, n
                levels[name] += 1
    assert min(levels["gifter_level"], levels["fan_level"]) > 0


def test_comments_agree(pairs: list[tuple[int, str, Json, Json]]) -> None:
    for n, event, decoded in of(pairs, "WebcastChatMessage"):
        assert event["text"] == decoded["content"], n
        assert event["language"] == decoded.get("content_language", "")
        assert event["visible_to_sender"] is decoded.get("visible_to_sender", False)
        if "at_user" in decoded and decoded["at_user"].get("id"):
            assert [each["id"] for each in event["mentions"]] == [str(decoded["at_user"]["id"])]


def test_emote_comments_agree(pairs: list[tuple[int, str, Json, Json]]) -> None:
    for n, event, decoded in of(pairs, "WebcastEmoteChatMessage"):
        theirs = [(each["emote_id"], each["image"]["url_list"][0]) for each in decoded["emote_list"]]
        assert [(each["emote_id"], each["image_url"]) for each in event["emotes"]] == theirs, n


def test_questions_agree(pairs: list[tuple[int, str, Json, Json]]) -> None:
    for n, event, decoded in of(pairs, "WebcastQuestionNewMessage"):
        theirs = decoded["data"]
        assert (event["question_id"], event["text"]) == (str(theirs["question_id"]), theirs["content"]), n


def test_captions_agree(pairs: list[tuple[int, str, Json, Json]]) -> None:
    for n, event, decoded in of(pairs, "WebcastCaptionMessage"):
        theirs = [(each["lang"], each["content"]) for each in decoded.get("content", [])]
        assert [(each["language"], each["text"]) for each in event["captions"]] == theirs, n
        assert event["duration_ms"] == decoded["duration_ms"]
        assert event["created_at_ms"] in (decoded["timestamp_ms"], decoded["timestamp_ms"] * 1000)


def test_gifts_agree_in_name_price_and_count(pairs: list[tuple[int, str, Json, Json]]) -> None:
    for n, event, decoded in of(pairs, "WebcastGiftMessage"):
        theirs = decoded["gift"]
        ours = event["gift"]
        assert ours["id"] == str(decoded["gift_id"]) == str(theirs["id"]), n
        assert (ours["name"], ours["diamonds"]) == (theirs["name"], theirs["diamond_count"])
        assert ours["streakable"] is (theirs["type"] == 1)
        assert event["repeat_count"] == decoded["repeat_count"]
        assert event["repeat_end"] is bool(decoded.get("repeat_end"))
        assert event["group_id"] == text(decoded.get("group_id"))


def test_combos_are_open_until_their_end_and_other_gifts_single(pairs: list[tuple[int, str, Json, Json]]) -> None:
    kinds = Counter(event["combo"] for _, event, _ in of(pairs, "WebcastGiftMessage"))
    assert kinds == {"open": 67, "ended": 25, "single": 2}


def test_likes_agree(pairs: list[tuple[int, str, Json, Json]]) -> None:
    for n, event, decoded in of(pairs, "WebcastLikeMessage"):
        assert event["total"] == decoded["total"], n
        if n not in DAMAGED_COUNT:
            assert event["count"] == decoded.get("count", 0), n


def test_a_like_with_a_damaged_tail_is_read_up_to_the_damage(pairs: list[tuple[int, str, Json, Json]]) -> None:
    event = next(event for n, event, _ in of(pairs, "WebcastLikeMessage") if n == 542)
    assert (event["count"], event["total"], event["user"]["handle"]) == (15, 124378, "ceihsicriw15")


def test_joins_agree(pairs: list[tuple[int, str, Json, Json]]) -> None:
    for n, event, decoded in of(pairs, "WebcastMemberMessage"):
        assert event["type"] == "member"
        assert event["action"] == decoded["action"]["value"] == 1
        assert event["member_count"] == decoded.get("member_count", 0), n
        assert event["entry_source"] == decoded.get("client_enter_source", "")
        assert event["entry_type"] == decoded.get("client_enter_type", "")


def test_follows_and_shares_agree(pairs: list[tuple[int, str, Json, Json]]) -> None:
    joined = Counter[int]()
    for n, event, decoded in of(pairs, "WebcastSocialMessage"):
        if decoded["action"] == 1:
            assert (event["type"], event["follow_count"]) == ("follow", decoded.get("follow_count", 0)), n
        else:
            assert (event["type"], event["action"]) == ("share", decoded["action"]), n
            assert event["share_target"] == decoded.get("share_target", "")
            joined[event["users_joined"]] += 1
    assert joined == {0: 34, 5: 2, 10: 3}


def test_viewer_counts_and_top_viewers_agree(pairs: list[tuple[int, str, Json, Json]]) -> None:
    for n, event, decoded in of(pairs, "WebcastRoomUserSeqMessage"):
        assert event["viewers"] == decoded.get("total", 0), n
        assert event["total"] == decoded.get("total_user", 0)
        assert event["anonymous"] == decoded.get("anonymous", 0)
        theirs = [
            (
                text(rank.get("user", {}).get("id")),
                rank.get("user", {}).get("nickname", ""),
                rank.get("rank", 0),
                rank.get("score", 0),
            )
            for rank in decoded.get("ranks", [])
        ]
        ours = [(top["user"]["id"], top["user"]["nickname"], top["rank"], top["diamonds"]) for top in event["top_viewers"]]
        assert ours == theirs, n


def test_control_messages_agree(pairs: list[tuple[int, str, Json, Json]]) -> None:
    for n, event, decoded in of(pairs, "WebcastControlMessage"):
        assert event["action"] == decoded["action"]["value"], n
        assert event["reason"] == decoded.get("extra", {}).get("source", "")


def test_deletions_agree_and_are_all_by_user(pairs: list[tuple[int, str, Json, Json]]) -> None:
    for n, event, decoded in of(pairs, "WebcastImDeleteMessage"):
        assert event["user_ids"] == [str(each) for each in decoded.get("delete_user_ids", [])], n
        assert event["message_ids"] == [str(each) for each in decoded.get("delete_msg_ids", [])]
        assert (len(event["user_ids"]), event["message_ids"]) == (1, [])


def test_battles_agree_in_id_hosts_scores_and_results(pairs: list[tuple[int, str, Json, Json]]) -> None:
    words = {0: "win", 1: "lose", 2: "draw"}
    for n, event, decoded in of(pairs, "WebcastLinkMicBattle"):
        settings = decoded["battle_settings"]
        assert event["battle_id"] == str(decoded["battle_id"]), n
        assert (event["duration_s"], event["started_at_ms"]) == (settings["duration"], settings["start_time_ms"])
        assert event["phase"] == {4: "starting", 5: "punishing"}[decoded["action"]["value"]]
        hosts = {str(each["key"]): each["value"]["user"] for each in decoded["anchors_info"]}
        sides = {side["user"]["id"]: side for side in event["sides"]}
        assert {key: (side["user"]["handle"], side["user"]["nickname"]) for key, side in sides.items()} == {
            key: (host["display_id"], host["nick_name"]) for key, host in hosts.items()
        }
        for key, result in decoded.get("battle_result", {}).items():
            assert sides[key]["result"] == words[result.get("result", {"value": 0})["value"]]
            assert sides[key]["score"] == result.get("score", 0)
        for army in decoded.get("armies", []):
            assert contributors(sides[str(army["key"])]) == members(army["value"]), n


def test_battle_scores_agree(pairs: list[tuple[int, str, Json, Json]]) -> None:
    for n, event, decoded in of(pairs, "WebcastLinkMicArmies"):
        assert event["battle_id"] == str(decoded["battle_id"]), n
        assert event["phase"] == "active"
        assert 0 <= event["seconds_left"] <= decoded["battle_settings"]["duration"]
        if "team_armies" in decoded:
            teams = {side["team_id"]: (side["score"], sorted(side["host_ids"])) for side in event["sides"]}
            assert teams == {
                str(team["team_id"]): (team["team_total_score"], sorted(str(each["user_id"]) for each in team["team_user"]))
                for team in decoded["team_armies"]
            }
        else:
            scores = {side["user"]["id"]: (side["score"], contributors(side)) for side in event["sides"]}
            assert scores == {key: (army.get("hostscore", 0), members(army)) for key, army in decoded["armies"].items()}


def test_the_end_of_a_punishment_agrees(pairs: list[tuple[int, str, Json, Json]]) -> None:
    for n, event, decoded in of(pairs, "WebcastLinkMicBattlePunishFinish"):
        assert (event["battle_id"], event["phase"]) == (str(decoded["battle_id"]), "ended"), n
        assert event["cut_short"] is (decoded.get("reason", {}).get("value") == 1)


def test_no_action_is_called_a_subscription() -> None:
    assert MEMBER_ACTIONS[3] == "muted"
    assert not any("subscribed" in name for name in MEMBER_ACTIONS.values())


def contributors(side: Json) -> list[tuple[str, int]]:
    return sorted((each["user"]["id"], each["score"]) for each in side["contributors"])


def members(army: Json) -> list[tuple[str, int]]:
    return sorted((str(each["user_id"]), each.get("score", 0)) for each in army.get("user_armies", []))


@pytest.mark.parametrize("cut", [lambda payload: payload[: len(payload) // 2], lambda payload: payload[:-1]])
def test_a_captured_payload_that_is_cut_short_is_an_error_or_stays_whole_and_is_not_half_an_event(
    cut: Callable[[bytes], bytes],
) -> None:
    answers = []
    for record in payloads():
        if record["method"] in READERS:
            line = {**record, "payload": base64.b64encode(cut(base64.b64decode(record["payload"]))).decode()}
            answers.append(next(decode_lines([json.dumps(line).encode()])))
    refused = [each for each in answers if "error" in each or each["event"]["type"] == "unknown"]
    assert len(refused) > 0.9 * len(answers)
    assert all(each["method"] in RARE for each in refused if "event" in each)
