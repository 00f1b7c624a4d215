"""The edge's other documented answers, and every way that its HTTP side fails."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import pytest

from sandbox.app import Sandbox
from sandbox.tiktok.pb import webcast_pb2 as pb
from sandbox.tiktok.viewer import Viewer
from tests.bot.tiktok.shared_data import CAPTURES
from tests.sandbox.tiktools.test_rest import ask

BOB = Viewer("bob", "Bob")
DOCUMENTED = CAPTURES.parent / "tiktools" / "rest-doc-responses.json"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/webcast/room_video"),
        ("GET", "/webcast/room_cover"),
        ("POST", "/webcast/fetch"),
        ("GET", "/webcast/rankings"),
        ("GET", "/webcast/hashtag_list"),
        ("POST", "/webcast/resolve_user_ids"),
        ("POST", "/webcast/sign_url"),
        ("POST", "/webcast/sign_websocket"),
        ("POST", "/webcast/ws_credentials"),
        ("GET", "/webcast/user_earnings"),
        ("GET", "/webcast/feed"),
        ("GET", "/webcast/live_analytics/user_interactions"),
        ("GET", "/webcast/live_analytics/video_detail"),
        ("GET", "/webcast/live_analytics/video_list"),
        ("POST", "/webcast/live_status"),
        ("POST", "/webcast/room_id"),
        ("POST", "/webcast/room_info"),
        ("GET", "/webcast/check_alive"),
        ("POST", "/webcast/bulk_live_check"),
        ("GET", "/webcast/gift_info"),
        ("GET", "/webcast/rate_limits"),
        ("POST", "/authentication/jwt"),
    ],
)
async def test_answers_have_the_documented_names(sandbox: Sandbox, method: str, path: str) -> None:
    sandbox.tiktok.creator("alice").go_live("an hour ago").end()
    live = sandbox.tiktok.creator("alice").go_live("the sea")
    body = {
        "unique_id": "alice",
        "room_id": live.id,
        "url": "https://a.b/c",
        "user_ids": [live.creator.id],
        "unique_ids": ["alice"],
    }
    query = {"unique_id": "alice", "room_id": live.id}
    status, told = await ask(sandbox, method, path, **({"body": body} if method == "POST" else query))
    assert (status, told["status_code"]) == (200, 0)
    assert shape(documented(f"{method} {path}")) <= shape(told)


def documented(name: str) -> Any:
    """The documented answer, as far as it is JSON: its dots and second halves are left out."""
    if not DOCUMENTED.exists():
        reason = f"NOT TESTED AGAINST THE DOCUMENTED ANSWERS: {DOCUMENTED} is absent"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    text = json.loads(DOCUMENTED.read_text(encoding="utf-8")).get(name, '{"status_code": 0}').split("\n\n//")[0]
    for dots in (", ...", "{...}", "[...]"):
        text = text.replace(dots, {", ...": "", "{...}": "{}", "[...]": "[]"}[dots])
    return json.loads(text)


def shape(told: Any, path: str = "") -> set[str]:
    """Where values stand in an answer. What is below a handle or an id is named by whoever asked."""
    if isinstance(told, dict):
        named = {key: value for key, value in told.items() if not key.isdecimal() and not key.startswith("user1")}
        known = {key: value for key, value in named.items() if key not in ("user2", "user3")}
        return {f"{path}.{key}" for key in known}.union(*(shape(value, f"{path}.{key}") for key, value in known.items()))
    if isinstance(told, list) and told:
        return shape(told[0], f"{path}[]")
    return set()


async def test_who_is_not_live_has_no_video(sandbox: Sandbox) -> None:
    status, told = await ask(sandbox, "POST", "/webcast/room_video", body={"unique_id": "nobody"})
    assert (status, told) == (404, {"status_code": -1, "error": "Not found"})


async def test_long_polling_goes_on_where_it_stopped(sandbox: Sandbox) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    live.chat(BOB, "one")
    _, first = await ask(sandbox, "POST", "/webcast/fetch", body={"unique_id": "alice", "cursor": ""})
    live.chat(BOB, "two")
    _, then = await ask(sandbox, "POST", "/webcast/fetch", body={"unique_id": "alice", "cursor": first["data"]["cursor"]})
    _, last = await ask(sandbox, "POST", "/webcast/fetch", body={"unique_id": "alice", "cursor": then["data"]["cursor"]})
    assert [texts(each) for each in (first, then, last)] == [["one"], ["two"], []]


def texts(told: dict[str, Any]) -> list[str]:
    batch = pb.FetchResult.FromString(base64.b64decode(told["data"]["raw_data"]))
    assert told["data"]["message_count"] == len(batch.messages)
    return [pb.Chat.FromString(each.payload).content for each in batch.messages]


async def test_ids_of_creators_have_names_and_more_than_twenty_are_refused(sandbox: Sandbox) -> None:
    alice = sandbox.tiktok.creator("alice")
    alice.go_live()
    _, told = await ask(sandbox, "POST", "/webcast/resolve_user_ids", body={"user_ids": [alice.id, "5"]})
    assert told["data"] == {alice.id: {"userId": alice.id, "username": "alice", "cached": False}}
    status, _ = await ask(sandbox, "POST", "/webcast/resolve_user_ids", body={"user_ids": ["1"] * 21})
    assert status == 400


async def test_chatting_needs_a_session(sandbox: Sandbox) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    status, _ = await ask(sandbox, "POST", "/webcast/chat", body={"room_id": live.id, "text": "hi"})
    assert status == 403
    assert not sandbox.tiktools.rest_more.said


async def test_the_direct_sockets_frames_are_those_of_tiktok(sandbox: Sandbox) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    _, told = await ask(sandbox, "POST", "/webcast/ws_credentials", body={"unique_id": "alice"})
    binary = {name: base64.b64decode(each) for name, each in told["data"]["binary_frames"].items()}
    frames = {name: pb.PushFrame.FromString(each) for name, each in binary.items()}
    assert {name: each.payload_type for name, each in frames.items()} == {
        "im_enter_room_b64": "im_enter_room",
        "heartbeat_b64": "hb",
    }
    assert pb.EnterRoom.FromString(frames["im_enter_room_b64"].payload).room_id == int(live.id)
    assert pb.Heartbeat.FromString(frames["heartbeat_b64"].payload).send_seq == 1


async def test_channels_come_with_most_viewers_first(sandbox: Sandbox) -> None:
    for handle, viewers in (("alice", 3), ("bo", 9)):
        sandbox.tiktok.creator(handle).go_live().viewers = viewers
    _, told = await ask(sandbox, "GET", "/api/live/top-channels")
    assert [each["uniqueId"] for each in told["channels"]] == ["bo", "alice"]


async def test_webhooks_are_kept_and_listed(sandbox: Sandbox) -> None:
    hook = {"url": "https://example.org/hook", "events": ["live.start"]}
    _, added = await ask(sandbox, "POST", "/api/webhooks", body=hook)
    _, listed = await ask(sandbox, "GET", "/api/webhooks")
    assert listed["data"] == [added["data"]] == [{"id": "1", **hook}]


async def test_asked_for_failures_come_once_each_and_a_rate_limit_says_when_it_ends(sandbox: Sandbox) -> None:
    sandbox.tiktools.fail(429, 503)
    answers = [await ask(sandbox, "GET", "/webcast/hashtag_list") for _ in range(3)]
    assert [status for status, _ in answers] == [429, 503, 200]
    assert [told["status_code"] for _, told in answers] == [429, 503, 0]


async def test_names_are_not_always_resolved(sandbox: Sandbox) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    sandbox.tiktools.manner.resolves_names = False
    _, told = await ask(sandbox, "GET", "/webcast/check_alive", unique_id="alice")
    assert told["action"] == "resolve_required"
    _, told = await ask(sandbox, "GET", "/webcast/check_alive", room_ids=live.id)
    assert told["data"][0]["room_id"] == live.id
