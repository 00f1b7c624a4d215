"""Requests and answers are held against Discord's own OpenAPI description; what differs is told, never a failure of ours."""

from __future__ import annotations

import gzip
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.discord.openapi import JSON, KEPT, MULTIPART, TOLD_PER_MESSAGE, Conformance, Description, DescriptionError, Sent
from sandbox.discord.server import Discord
from tests.doubles.described import FILE, description
from tests.sandbox.discord.served import FAST, Rest, serving

pytestmark = pytest.mark.misbehaves
BASE = "/api/v10"
POST, EDIT = "/channels/5/messages", "/channels/5/messages/7"
CALLBACK, COMMANDS = "/interactions/5/token/callback", "/applications/5/commands"


@pytest.fixture(scope="module")
def described() -> Description:
    found = description()
    if isinstance(found, str):
        if os.environ.get("CI"):
            pytest.fail(found)
        pytest.skip(found)
    return found


def told(described: Description, method: str, path: str, body: Any = None, query: Sequence[tuple[str, str]] = ()) -> list[str]:
    sent = Sent() if body is None else Sent(JSON, json.dumps(body).encode())
    return [f"{found.pointer}: {found.reason}" for found in described.request(method, BASE + path, query, sent)]


@pytest.mark.parametrize(
    ("method", "path", "body", "query"),
    [
        ("POST", POST, {"content": "hello", "nonce": "1", "enforce_nonce": True, "allowed_mentions": {"parse": []}}, ()),
        ("POST", POST, {"embeds": [{"title": "t", "color": 1, "timestamp": "2026-07-18T10:00:00+00:00"}]}, ()),
        ("POST", POST, {"components": [{"type": 1, "components": [{"type": 2, "style": 1, "custom_id": "a"}]}]}, ()),
        ("PATCH", EDIT, {"content": None}, ()),
        ("POST", POST, {"allowed_mentions": {"roles": [5]}, "attachments": [{"id": 0}]}, ()),
        ("DELETE", EDIT, None, ()),
        ("GET", POST, None, (("limit", "100"), ("before", "7"))),
        ("GET", "/users/@me", None, ()),
        ("PUT", COMMANDS, [{"type": 1, "name": "watch", "description": "d", "nsfw": False}], ()),
        ("POST", CALLBACK, {"type": 4, "data": {"content": "hello", "flags": 64}}, (("with_response", "True"),)),
        ("POST", CALLBACK, {"type": 8, "data": {"choices": [{"name": "n", "value": "v"}]}}, (("with_response", "1"),)),
        ("PATCH", "/webhooks/5/a.b%2Bc/messages/@original", {"content": "hello"}, ()),
        ("GET", "/guilds/5/messages/search", None, (("author_id", "1"), ("author_id", "2"))),
    ],
)
def test_what_discord_takes_is_passed_over(
    described: Description, method: str, path: str, body: Any, query: Sequence[tuple[str, str]]
) -> None:
    assert told(described, method, path, body, query) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "complaint"),
    [
        ("POST", "/channels/5/massages", {}, (), "path: no such route is described"),
        ("PUT", POST, {}, (), "path: no such route is described"),
        ("GET", "/channels/live/messages", None, (), "path channel_id: 'live' does not match '^(0|[1-9][0-9]*)$'"),
        (
            "GET",
            "/channels/18446744073709551616/messages",
            None,
            (),
            "path channel_id: '18446744073709551616' is not a 'snowflake'",
        ),
        ("GET", POST, None, [("limit", "101")], "query limit: 101 is greater than the maximum of 100"),
        ("GET", POST, None, [("limit", "many")], "query limit: 'many' is not of type 'integer'"),
        ("GET", POST, None, [("limits", "10")], "query limits: no such parameter is described"),
        ("POST", CALLBACK, {"type": 1}, [("with_response", "yes")], "query with_response: 'yes' is not of type 'boolean'"),
        ("GET", "/guilds/5/members/search", None, (), "query query: it is required"),
        ("POST", POST, None, (), "body: it is required"),
        ("DELETE", EDIT, {"reason": "none"}, (), "body: none is described"),
        ("POST", POST, ["hello"], (), "body: ['hello'] is not of type 'object'"),
        ("POST", POST, {"content": 5}, (), "/content: 5 is not of type 'string', 'null'"),
        ("POST", POST, {"contents": "hello"}, (), "/contents: no such property is described"),
        ("POST", POST, {"allowed_mentions": {"roles": [-5]}}, (), "/allowed_mentions/roles/0: -5 is not a 'snowflake'"),
        ("POST", POST, {"nonce": "n" * 26}, (), f"/nonce: '{'n' * 26}' is too long"),
        ("POST", POST, {"embeds": [{}, {"titel": "t"}]}, (), "/embeds/1/titel: no such property is described"),
        ("POST", POST, {"embeds": [{"color": 1 << 24}]}, (), "/embeds/0/color: 16777216 is greater than the maximum of 16777215"),
        ("POST", POST, {"embeds": [{"timestamp": "today"}]}, (), "/embeds/0/timestamp: 'today' is not a 'date-time'"),
        ("POST", POST, {"embeds": [{"url": "alice"}]}, (), "/embeds/0/url: 'alice' is not a 'uri'"),
        (
            "POST",
            POST,
            {"allowed_mentions": {"parse": ["all"]}},
            (),
            "/allowed_mentions/parse/0: 'all' is nothing that is described",
        ),
        (
            *("POST", POST, {"components": [{"type": 1, "components": [{"type": 2, "style": 9, "custom_id": "a"}]}]}, ()),
            "/components/0/components/0/style: 9 is nothing that is described here",
        ),
        ("POST", POST, {"components": [{"type": 18}]}, (), "/components/0: {'type': 18} is nothing that is described here"),
        ("PUT", COMMANDS, [{"type": 1, "name": "n" * 33}], (), f"/0/name: '{'n' * 33}' is too long"),
        (
            "PUT",
            COMMANDS,
            [{"name": "w", "options": [{"type": 3, "name": "n"}]}],
            (),
            "/0/options/0: 'description' is a required",
        ),
        ("POST", CALLBACK, {"data": {"content": "x"}}, (), "body: {'data': {'content': 'x'}} is nothing that is"),
        ("POST", CALLBACK, {"type": 4, "data": {"content": "x" * 2001}}, (), "/data/content: 'xxx"),
        ("POST", CALLBACK, {"type": 4, "data": {"ephemeral": True}}, (), "/data/ephemeral: no such property is described"),
        (
            "POST",
            CALLBACK,
            {"type": 8, "data": {"choices": [{"name": "n"}]}},
            (),
            "/data: {'choices': [{'name': 'n'}]} is nothing",
        ),
        ("POST", CALLBACK, {"type": 99}, (), "body: "),
    ],
)
def test_what_discord_does_not_take_is_told_with_its_place(
    described: Description, method: str, path: str, body: Any, query: Sequence[tuple[str, str]], complaint: str
) -> None:
    found = told(described, method, path, body, query)
    assert any(complaint in each for each in found), found


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (Sent("text/plain", b"{}"), "content type: text/plain is not one of application/json"),
        (Sent("", b"{}"), "content type: none is not one of"),
        (Sent(JSON, b"{"), "body: it is not JSON"),
        (Sent(JSON, b"[" * 100_000), "body: it is nested too deeply"),
        (Sent(MULTIPART, b'{"content": 5}', ("files[0]",)), "/content: 5 is not of type"),
        (Sent(MULTIPART, b"{}", ("files[0]", "file")), "file: no such part is described"),
        (Sent(MULTIPART, b"{}", ("files[10]",)), "files[10]: no such part is described"),
    ],
)
def test_the_body_is_told_apart_from_its_wrapping(described: Description, sent: Sent, complaint: str) -> None:
    assert any(complaint in str(found) for found in described.request("POST", BASE + POST, (), sent))


def test_no_route_of_the_description_is_beyond_us(described: Description) -> None:
    paths = json.loads(gzip.decompress(FILE.read_bytes()))["paths"]
    body = Sent(JSON, b'{"type": 4, "name": [], "components": [{"type": 1}], "data": {"embeds": [{}]}}')
    for path, item in paths.items():
        for method in item.keys() - {"parameters"}:
            parameters = [*item.get("parameters", ()), *item[method].get("parameters", ())]
            query = [(each["name"], "-1") for each in parameters if each["in"] == "query"] * 2
            found = described.request(method.upper(), BASE + re.sub(r"\{\w+\}", "5", path), query, body)
            assert "no such route is described" not in [each.reason for each in found]


def test_a_form_with_files_is_passed_over(described: Description) -> None:
    sent = Sent(MULTIPART, b'{"content": "x", "attachments": [{"id": "0", "filename": "a.txt"}]}', ("files[0]", "files[1]"))
    assert described.request("POST", BASE + POST, (), sent) == []


@pytest.mark.parametrize(
    ("status", "body", "complaint"),
    [
        (200, {"url": "wss://gateway.discord.gg"}, None),
        (200, {}, "GET /gateway 200 body: 'url' is a required property"),
        (200, None, "GET /gateway 200 body: None is not of type 'object'"),
        (201, {}, "GET /gateway status: 201 is not described"),
        (404, {"code": 10003, "message": "Unknown Channel"}, None),
        (404, {"code": 10003}, "GET /gateway 404 body: 'message' is a required property"),
        (400, {"code": 50035, "message": "m", "errors": {"content": {"_errors": [{"code": "WORD", "message": "m"}]}}}, None),
        (429, {"message": "m", "retry_after": 0.5, "global": False}, None),
        (429, {"message": "m", "global": False}, "'retry_after' is a required property"),
        (500, {"anything": 1}, None),
    ],
)
def test_answers_are_held_to_it_too(described: Description, status: int, body: object, complaint: str | None) -> None:
    found = "\n".join(map(str, described.answer("GET", BASE + "/gateway", status, body)))
    assert complaint in found if complaint else found == ""


def test_ids_are_told_apart_from_names_by_the_longest_match(described: Description) -> None:
    (found,) = described.request("PATCH", BASE + "/webhooks/5/token/messages/@original", (), Sent(JSON, b"[]"))
    assert found.where == "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original"


def test_what_is_told_is_bounded(described: Description) -> None:
    conformance = Conformance(described)
    sent = Sent(JSON, json.dumps({"content": "x" * 100_000, **dict.fromkeys(map(str, range(50)))}).encode())
    for _ in range(KEPT):
        found = conformance.request("POST", BASE + POST, (), sent)
    assert len(found) == TOLD_PER_MESSAGE
    assert len(conformance.requests) == KEPT
    assert max(len(str(each)) for each in found) < 300


@pytest.fixture
async def held(described: Description) -> AsyncIterator[Discord]:
    """A Discord that holds its bot against the description."""
    server = Discord(limits=FAST)
    server.conform_to(Conformance(described))
    async with serving(server):
        yield server


async def test_a_wrong_request_is_a_violation_and_is_still_served(held: Discord) -> None:
    channel = held.guild("fans").channel("live")
    async with aiohttp.ClientSession() as http:
        answer = await Rest(held, http)("POST", f"/channels/{channel.id}/messages", {"content": "hello", "embed": {}})
    assert (answer.status, channel.messages[0].content) == (200, "hello")
    (found,) = held.violations
    assert str(found) == "openapi: /embed: no such property is described (POST /channels/{channel_id}/messages)"
    assert held.differing_answers == []


@pytest.mark.parametrize("data", [b"{", b"\xff", b"[" * 100_000, b'"\\ud800"', b"1e999", b"null"])
async def test_no_body_makes_a_500_of_it(held: Discord, data: bytes) -> None:
    channel = held.guild("fans").channel("live")
    headers = {"Authorization": f"Bot {held.token}", "Content-Type": JSON}
    address = f"{held.api_base}/channels/{channel.id}/messages"
    async with aiohttp.ClientSession() as http, http.post(address, data=data, headers=headers) as answer:
        assert answer.status == 400
    assert "openapi" in {found.kind for found in held.violations}


async def test_a_broken_form_is_refused_as_broken_json_is(held: Discord) -> None:
    channel = held.guild("fans").channel("live")
    headers = {"Authorization": f"Bot {held.token}", "Content-Type": MULTIPART}
    address = f"{held.api_base}/channels/{channel.id}/messages"
    async with aiohttp.ClientSession() as http, http.post(address, data=b"-", headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 50109)
    assert [found.kind for found in held.violations] == ["openapi", "bad_json"]


async def test_a_form_is_read_part_by_part(held: Discord) -> None:
    channel = held.guild("fans").channel("live")
    form = aiohttp.FormData({"payload_json": json.dumps({"content": "hello"})})
    form.add_field("files[0]", b"bytes", filename="a.txt")
    form.add_field("photo", b"bytes", filename="b.txt")
    headers = {"Authorization": f"Bot {held.token}"}
    address = f"{held.api_base}/channels/{channel.id}/messages"
    async with aiohttp.ClientSession() as http, http.post(address, data=form, headers=headers) as answer:
        assert answer.status == 200
    assert [found.detail for found in held.violations] == ["photo: no such part is described"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "cannot be read"),
        (b"{}", "is no OpenAPI description"),
        (b"[]", "is no OpenAPI description"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_description_is_refused_with_a_sentence(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    file = tmp_path / "openapi.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DescriptionError, match=sentence):
        Description.read(file)


def test_without_the_library_one_sentence_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    file = tmp_path / "openapi.json"
    schemas = {"Error": {"properties": {}}, "ChannelTypes": {"oneOf": []}, "SnowflakeType": {}}
    file.write_text(
        json.dumps({"servers": [{"url": "https://a.b/c"}], "paths": {}, "components": {"schemas": schemas, "responses": {}}})
    )
    with pytest.raises(DescriptionError, match="python -m pip install jsonschema"):
        Description.read(file)


def test_a_gzip_that_is_cut_off_is_refused_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "openapi.json.gz"
    file.write_bytes(gzip.compress(b"{}" * 100)[:-9])
    with pytest.raises(DescriptionError, match="cannot be read"):
        Description.read(file)
