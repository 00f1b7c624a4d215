"""Every request passes token, global limit and bucket, and is written down."""

from __future__ import annotations

import aiohttp
import pytest

from sandbox.discord.limits import Limits, Rate
from sandbox.discord.server import Discord
from tests.sandbox.discord.served import Rest, serving


async def test_answers_are_exactly_json_and_carry_rate_limit_headers(discord_server: Discord, rest: Rest) -> None:
    channel = discord_server.guild("fans").channel("live")
    answer = await rest("POST", f"/channels/{channel.id}/messages", {"content": "hello"})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == ("5", "4")
    assert "Via" in answer.headers


async def test_errors_carry_the_headers_too(discord_server: Discord, rest: Rest) -> None:
    channel = discord_server.guild("fans").channel("live")
    answer = await rest("POST", f"/channels/{channel.id}/messages", {"content": "x" * 2001})
    assert (answer.status, answer.code, answer.headers["X-RateLimit-Remaining"]) == (400, 50035, "4")
    assert answer.body["errors"] == {
        "content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}]}
    }


async def test_the_sixth_post_of_a_window_is_refused_for_this_channel_only(discord_server: Discord, rest: Rest) -> None:
    guild = discord_server.guild("fans")
    full, other = guild.channel("full"), guild.channel("other")
    answers = [await rest("POST", f"/channels/{full.id}/messages", {"content": "x"}) for _ in range(6)]
    assert [a.status for a in answers] == [200] * 5 + [429]
    refused = answers[-1]
    assert refused.headers["X-RateLimit-Scope"] == "user"
    assert refused.headers["Retry-After"] == "1"
    assert 0 < refused.body["retry_after"] <= 0.5
    assert refused.body["global"] is False
    assert (await rest("POST", f"/channels/{other.id}/messages", {"content": "x"})).status == 200
    assert discord_server.violations == []
    assert [r.scope for r in discord_server.requests if r.status == 429] == ["user"]


async def test_the_fifty_first_request_of_a_second_meets_the_global_limit() -> None:
    frozen = Discord(now=lambda: 1_790_000_000.0)
    channels = [frozen.guild("fans").channel(f"c{n}") for n in range(51)]
    async with serving(frozen), aiohttp.ClientSession() as http:
        rest = Rest(frozen, http)
        answers = [await rest("POST", f"/channels/{c.id}/messages", {"content": "x"}) for c in channels]
    assert [a.status for a in answers] == [200] * 50 + [429]
    refused = answers[-1]
    assert refused.body["global"] is True
    assert (refused.headers["X-RateLimit-Global"], refused.headers["X-RateLimit-Scope"]) == ("true", "global")
    assert "Via" in refused.headers


async def test_a_wrong_token_is_401_and_a_violation(discord_server: Discord, rest: Rest) -> None:
    answer = await rest("GET", "/users/@me", token="wrong")
    assert (answer.status, answer.body) == (401, {"message": "401: Unauthorized", "code": 0})
    assert [v.kind for v in discord_server.violations] == ["bad_token"]


async def test_too_many_invalid_requests_get_the_address_banned_without_a_via() -> None:
    strict = Discord(limits=Limits(invalid=Rate(3, 600.0)))
    async with serving(strict), aiohttp.ClientSession() as http:
        rest = Rest(strict, http)
        for _ in range(3):
            assert (await rest("GET", "/users/@me", token="wrong")).status == 401
        banned = await rest("GET", "/users/@me")
    assert banned.status == 429
    assert "1015" in banned.body
    assert "Via" not in banned.headers


@pytest.mark.misbehaves
async def test_a_route_that_is_not_served_is_written_down(discord_server: Discord, rest: Rest) -> None:
    answer = await rest("POST", "/channels/1/webhooks")
    assert (answer.status, answer.body["message"]) == (404, "404: Not Found")
    assert [(v.kind, v.detail) for v in discord_server.violations] == [("unserved_route", "POST /channels/1/webhooks")]


@pytest.mark.misbehaves
async def test_broken_json_is_50109(discord_server: Discord) -> None:
    channel = discord_server.guild("fans").channel("live")
    headers = {"Authorization": f"Bot {discord_server.token}"}
    address = f"{discord_server.api_base}/channels/{channel.id}/messages"
    async with aiohttp.ClientSession() as http, http.post(address, data=b"{", headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 50109)
    assert [v.kind for v in discord_server.violations] == ["bad_json"]


async def test_the_log_tells_method_route_status_and_body(discord_server: Discord, rest: Rest) -> None:
    channel = discord_server.guild("fans").channel("live")
    await rest("POST", f"/channels/{channel.id}/messages", {"content": "hello"})
    (record,) = discord_server.requests
    assert (record.method, record.route, record.status) == ("POST", "/channels/{channel_id}/messages", 200)
    assert record.body == {"content": "hello"}
    assert record.at_ms > 1_700_000_000_000
