"""Pages asked with the optional curl_cffi: against a real socket where it is installed, against a stand-in for its faults."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest

from bot.errors import CreatorNotFound, CreatorOffline, Unclear
from bot.events.ids import Handle, RoomId
from bot.tiktok.webcast import browser_tls
from bot.tiktok.webcast.browser_tls import BrowserFetch, CurlAnswer, CurlSession
from bot.tiktok.webcast.direct import best_pages
from bot.tiktok.webcast.fetching import FetchFailed
from bot.tiktok.webcast.rooms import WebRooms
from sandbox.app import Sandbox
from tests.bot.tiktok.webcast.stand_in import reply, standing_in

ALICE = Handle("alice")


@pytest.fixture
def as_browser() -> BrowserFetch:
    found = browser_tls.installed()
    if found is None:
        pytest.skip("curl_cffi is not installed: make setup EXTRAS=browser-tls")
    return found


async def test_a_creator_is_looked_up_as_a_browser_would(as_browser: BrowserFetch) -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        room = sandbox.tiktok.creator("alice").go_live()
        rooms = WebRooms(http, web_base=sandbox.url, webcast_base=f"{sandbox.url}/webcast", browser_fetch=as_browser)
        assert (await rooms.look_up(ALICE)).room_id == room.id
        assert await rooms.is_alive(RoomId(room.id))
        assert not await rooms.is_age_restricted(RoomId(room.id))
        room.end()
        with pytest.raises(CreatorOffline):
            await rooms.look_up(ALICE)
        with pytest.raises(CreatorNotFound):
            await rooms.look_up(Handle("nobody"))
        assert sandbox.tiktok.violations == []


async def test_the_browsers_own_headers_stand_and_ours_go_along(as_browser: BrowserFetch) -> None:
    async with standing_in() as tiktok:
        tiktok.page = reply("hi", 200, X_TT_System_Error="3")
        ours = {"User-Agent": "Mozilla/5.0 (ours)", "Cookie": "a=b", "Referer": "https://x/"}
        answer = await as_browser(f"{tiktok.url}/@alice/live", params={"q": "1 2"}, headers=ours)
        (request,) = tiktok.requests
    assert (answer.status, answer.body, answer.headers["x-tt-system-error"]) == (200, b"hi", "3")
    assert "Chrome/" in request.headers["User-Agent"]
    assert (request.headers["Cookie"], request.headers["Referer"], request.query["q"]) == ("a=b", "https://x/", "1 2")


async def test_each_request_is_a_visitor_who_was_never_there(as_browser: BrowserFetch) -> None:
    async with standing_in() as tiktok:
        tiktok.page = reply("hi", 200, Set_Cookie="ttwid=1")
        for _ in range(2):
            await as_browser(f"{tiktok.url}/@alice/live", headers={})
        assert ["Cookie" in request.headers for request in tiktok.requests] == [False, False]


async def test_an_address_where_nobody_answers_is_told_without_its_query(as_browser: BrowserFetch) -> None:
    with pytest.raises(FetchFailed) as caught:
        await as_browser("http://127.0.0.1:1/page", params={"secret": "hush"}, headers={})
    assert str(caught.value).startswith("127.0.0.1:1 did not answer properly")
    async with aiohttp.ClientSession() as http:
        with pytest.raises(Unclear, match="did not answer properly"):
            await WebRooms(
                http, web_base="http://127.0.0.1:1", webcast_base="http://127.0.0.1:1", browser_fetch=as_browser
            ).look_up(ALICE)


class Broken:
    """`curl_cffi.requests.AsyncSession` whose proxy is down, and whose error names its password; or whose body never ends."""

    def __init__(self, *, impersonate: str, proxy: str | None) -> None:
        assert impersonate == "chrome"
        self._proxy = proxy
        self.status_code = 200
        self.headers = self

    def multi_items(self) -> list[tuple[str, str | None]]:
        return []

    async def aiter_content(self) -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1024 * 1024

    @contextlib.asynccontextmanager
    async def stream(
        self, method: str, url: str, *, params: Mapping[str, str] | None, headers: Mapping[str, str], timeout: float
    ) -> AsyncIterator[CurlAnswer]:
        if self._proxy:
            raise OSError(7, f"cannot reach {self._proxy}")
        yield self


@contextlib.asynccontextmanager
async def broken(*, impersonate: str, proxy: str | None) -> AsyncIterator[CurlSession]:
    yield Broken(impersonate=impersonate, proxy=proxy)


async def test_a_proxys_password_stays_out_of_the_error() -> None:
    with pytest.raises(FetchFailed) as caught:
        await BrowserFetch(broken, proxy="http://user:hush@proxy")("http://tiktok.test/", headers={})
    assert "hush" not in str(caught.value)


async def test_a_body_without_an_end_is_cut_off() -> None:
    with pytest.raises(FetchFailed, match="sent more than"):
        await BrowserFetch(broken)("http://tiktok.test/", headers={})


def test_without_the_library_there_is_nothing_and_pages_are_visited_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "curl_cffi.requests", None)
    assert browser_tls.installed() is None
    assert not best_pages().is_browser


async def test_without_it_a_page_that_wants_a_browser_names_what_helps() -> None:
    async with standing_in() as tiktok, aiohttp.ClientSession() as http:
        tiktok.page = reply("<html></html>", 200, X_TT_System_Error="3")
        with pytest.raises(Unclear, match="make setup EXTRAS=browser-tls"):
            await WebRooms(http, web_base=tiktok.url, webcast_base=f"{tiktok.url}/webcast").look_up(ALICE)
