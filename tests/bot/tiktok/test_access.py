"""What a client sends to whom: the account's cookies to TikTok alone, the key to the sign server alone, all through the proxy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.clock import SystemClock
from bot.errors import SourceError
from bot.events import Handle, RoomId
from bot.tiktok.access import Access
from bot.tiktok.client import LiveClient
from tests.bot.tiktok.webcast.stand_in import StandIn, standing_in

ROOM = "7286185141754546949"


@pytest.fixture
async def tiktok() -> AsyncIterator[StandIn]:
    async with standing_in() as stand_in:
        yield stand_in


def requests(tiktok: StandIn, path: str) -> list[web.Request]:
    return [request for request in tiktok.requests if request.path == path]


async def visit(tiktok: StandIn, **options: object) -> None:
    """Look up @alice, who cannot be found, and try to enter a room, which is refused."""
    bases = {"web_base": tiktok.url, "webcast_base": f"{tiktok.url}/webcast", "sign_base": tiktok.url}
    access = Access(**{**bases, **options})  # type: ignore[arg-type]
    async with access.opened(SystemClock()) as way:
        with pytest.raises(SourceError):
            await way.rooms.look_up(Handle("alice"))
    with pytest.raises(SourceError):
        await LiveClient("alice", room_id=ROOM, **{**bases, **options}).start()  # type: ignore[arg-type]


async def test_an_accounts_cookies_go_to_tiktok_and_never_to_the_sign_server(tiktok: StandIn) -> None:
    await visit(tiktok, cookies={"sessionid": "s3cret", "tt-target-idc": "alisg"}, sign_api_key="k3y")
    for path in ("/@alice/live", "/api-live/user/room/"):
        [request] = requests(tiktok, path)
        assert request.cookies["sessionid"] == "s3cret"
        assert request.cookies["tt-target-idc"] == "alisg"
        assert "k3y" not in str(request.headers) + str(request.url)
    assert requests(tiktok, "/api-live/user/room/")[0].query["user_is_login"] == "true"
    [signing] = requests(tiktok, "/webcast/fetch")
    assert signing.headers["X-Api-Key"] == "k3y"
    assert "s3cret" not in str(signing.headers) + str(signing.url)


async def test_the_sign_server_sees_the_account_only_when_told_so(tiktok: StandIn) -> None:
    await visit(tiktok, cookies={"sessionid": "s3cret"}, session_to_sign_server=True)
    [signing] = requests(tiktok, "/webcast/fetch")
    assert "s3cret" in str(signing.headers) + str(signing.url)


async def test_headers_parameters_language_and_user_agent_are_as_given(tiktok: StandIn) -> None:
    await visit(
        tiktok,
        headers={"X-Mine": "1", "Referer": "https://elsewhere/"},
        http_params={"region": "PT", "mine": "2"},
        language="pt-BR",
        user_agent="Mozilla/5.0 (Macintosh) Mine",
    )
    [asked] = requests(tiktok, "/api-live/user/room/")
    assert (asked.headers["X-Mine"], asked.headers["Referer"]) == ("1", "https://elsewhere/")
    assert asked.headers["Accept-Language"].startswith("pt-BR,pt;")
    assert asked.headers["User-Agent"] == "Mozilla/5.0 (Macintosh) Mine"
    assert (asked.query["region"], asked.query["mine"]) == ("PT", "2")
    assert (asked.query["browser_language"], asked.query["app_language"]) == ("pt-BR", "pt")
    [signing] = requests(tiktok, "/webcast/fetch")
    assert signing.query["user_agent"] == "Mozilla/5.0 (Macintosh) Mine"
    assert "X-Mine" not in signing.headers


async def test_everything_goes_through_the_proxy(tiktok: StandIn) -> None:
    elsewhere = {
        "web_base": "http://tiktok.invalid",
        "webcast_base": "http://webcast.invalid",
        "sign_base": "http://sign.invalid",
    }
    await visit(tiktok, **elsewhere, proxy=tiktok.url)
    assert {request.host for request in tiktok.requests} == {"tiktok.invalid", "sign.invalid"}


async def test_the_environments_proxy_is_used_only_when_trusted(tiktok: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", tiktok.url)
    elsewhere = {"web_base": "http://tiktok.invalid", "sign_base": "http://sign.invalid"}
    await visit(tiktok, **elsewhere)
    assert not tiktok.requests
    await visit(tiktok, **elsewhere, trust_env=True)
    assert tiktok.requests


async def test_addresses_that_are_not_given_come_from_the_environment(tiktok: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WEB_BASE", "WEBCAST_BASE", "SIGN_BASE"):
        monkeypatch.setenv(f"RELAY_TIKTOK__{name}", tiktok.url)
    monkeypatch.setenv("RELAY_TIKTOK__SIGN_API_KEY", "k3y")
    await visit(tiktok, web_base=None, sign_base=None)
    assert requests(tiktok, "/@alice/live")
    assert requests(tiktok, "/webcast/fetch")[0].headers["X-Api-Key"] == "k3y"


async def test_a_server_that_does_not_answer_is_given_up_in_time() -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(never, "127.0.0.1")
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        with pytest.raises(SourceError, match="in time"):
            await LiveClient("alice", web_base=address, http_timeout_s=0.1).start()
    finally:
        server.close()
        await server.wait_closed()


def test_no_secret_is_shown() -> None:
    shown = repr(
        Access(sign_api_key="s3cret", cookies={"sessionid": "s3cret"}, proxy="http://me:s3cret@proxy", headers={"a": "s3cret"})
    )
    assert "s3cret" not in shown
    assert RoomId(ROOM)
