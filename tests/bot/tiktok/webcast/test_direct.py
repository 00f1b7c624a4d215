"""The way in without a signature: a cookie from a page, and a socket that takes it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import aiohttp
import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from bot.clock import SystemClock
from bot.errors import BlockedHandshake, ConnectionRefused
from bot.events import CommentEvent, ConnectedEvent, Event, Handle, LiveEndedEvent, RoomId
from bot.tiktok.source import Room
from bot.tiktok.webcast import browser_tls
from bot.tiktok.webcast.direct import BrowserPages, Pages, PlainPages, Visit, Visitor, best_pages
from bot.tiktok.webcast.fetching import Answer, FetchFailed
from bot.tiktok.webcast.session import Session
from bot.tiktok.webcast.socket import WebcastSource
from sandbox.app import Sandbox
from sandbox.tiktok.viewer import Viewer

ALICE = Room(RoomId("1"), Handle("alice"))


class HurriedClock(SystemClock):
    """Real time, but nobody sleeps for long; `slept` is how long they wanted to."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(min(seconds, 0.01) if seconds < 5 else seconds)


@dataclass
class Told:
    """Pages that say what a test lays out, then nothing; `visits` are the addresses."""

    answers: list[Visit] = field(default_factory=list)
    is_browser: bool = False
    visits: list[str] = field(default_factory=list)

    async def visit(self, address: str, user_agent: str) -> Visit:
        assert user_agent.startswith("Mozilla/")
        self.visits.append(address.rpartition("/")[2])
        return self.answers.pop(0) if self.answers else Visit(200, "")


def visitor(pages: Pages, clock: HurriedClock | None = None, session: Session | None = None) -> Visitor:
    return Visitor(pages, clock=clock or HurriedClock(), web_base="http://tiktok.test", session=session)


# --- the cookie ------------------------------------------------------------------------------------------------------------


async def test_the_creators_page_is_asked_then_tiktoks_own_round_after_round() -> None:
    pages, clock = Told([Visit(200, "")] * 3 + [Visit(200, "tt-1")]), HurriedClock()
    signed = await visitor(pages, clock).permit(ALICE)
    assert pages.visits == ["@alice", "@tiktok", "@alice", "@tiktok"]
    assert clock.slept == [0.75]
    assert signed.cookie == "ttwid=tt-1"
    address, _, query = signed.address.partition("?")
    assert address == "wss://webcast-ws.tiktok.com/webcast/im/ws_proxy/ws_reuse_supplement/"
    assert "room_id=1&" in query
    assert "cursor=" not in query


async def test_one_cookie_serves_all_rooms_even_those_who_ask_at_once() -> None:
    pages = Told([Visit(200, "tt-1")])
    guest = visitor(pages)
    permits = await asyncio.gather(guest.permit(ALICE), guest.permit(Room(RoomId("2"), Handle("bob"))))
    assert {permit.cookie for permit in permits} == {"ttwid=tt-1"}
    assert len(pages.visits) == 1


async def test_after_eight_rounds_without_a_cookie_it_gives_up_and_says_so() -> None:
    pages, clock = Told([Visit(403, "")] * 99), HurriedClock()
    with pytest.raises(ConnectionRefused, match=r"no cookie in 8 rounds \(HTTP 403\)"):
        await visitor(pages, clock).permit(ALICE)
    assert (len(pages.visits), clock.slept) == (16, [0.75] * 7)


async def test_a_handshake_that_is_no_browsers_is_told_with_what_helps() -> None:
    pages = Told([Visit(200, "", "3")])
    with pytest.raises(ConnectionRefused, match="make setup EXTRAS=browser-tls"):
        await visitor(pages).permit(ALICE)
    assert len(pages.visits) == 1, "asking again would not help"
    with pytest.raises(ConnectionRefused, match="may block this address"):
        await visitor(Told([Visit(200, "", "3")] * 99, is_browser=True)).permit(ALICE)


async def test_a_renewed_visitor_is_another_browser_with_another_cookie() -> None:
    guest = visitor(Told([Visit(200, "tt-1"), Visit(200, "tt-2")]))
    first = await guest.permit(ALICE)
    assert guest.renew()
    second = await guest.permit(ALICE)
    assert (first.cookie, second.cookie) == ("ttwid=tt-1", "ttwid=tt-2")
    assert first.user_agent != second.user_agent


async def test_a_login_goes_along_to_tiktok() -> None:
    signed = await visitor(Told([Visit(200, "tt-1")]), session=Session("hush")).permit(ALICE)
    assert "sessionid=hush" in signed.cookie


async def test_a_browsers_handshake_comes_with_its_own_name() -> None:
    asked: list[Mapping[str, str]] = []

    async def fetched(address: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str]) -> Answer:
        asked.append(headers)
        if "broken" in address:
            raise FetchFailed("broken did not answer in time")
        told = CIMultiDict([("Set-Cookie", "a=b; Path=/"), ("Set-Cookie", "ttwid=tt-curl; Path=/")])
        return Answer(200, CIMultiDictProxy(told), b"")

    pages = BrowserPages(fetched)
    assert await pages.visit("http://tiktok.test/@alice", "Mozilla/5.0") == Visit(200, "tt-curl")
    with pytest.raises(ConnectionRefused, match="broken did not answer in time"):
        await pages.visit("http://broken/", "Mozilla/5.0")
    assert asked == [{}, {}], "the name that we were told to come with stays out"


def test_pages_are_visited_as_a_browser_where_that_is_possible() -> None:
    assert best_pages().is_browser is (browser_tls.installed() is not None)


# --- the whole way, against the sandbox ------------------------------------------------------------------------------------


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


async def connected(sandbox: Sandbox, clock: HurriedClock) -> list[Event]:
    """alice is live; everything that comes until she ends, which she does once she saw us."""
    room = sandbox.tiktok.creator("alice").go_live()
    room.chat(Viewer("bob", "Bob"), "before")
    guest = Visitor(PlainPages(), clock=clock, web_base=sandbox.url, push_base=sandbox.url.replace("http", "ws", 1))
    events: list[Event] = []
    async with aiohttp.ClientSession() as http:
        source = WebcastSource(http, clock=clock, opener=guest)
        async with contextlib.aclosing(source.events(Room(RoomId(room.id), Handle("alice")))) as batches:
            async for batch in batches:
                events += batch
                if any(isinstance(event, CommentEvent) for event in batch):
                    room.end()
    return events


async def test_a_room_is_read_without_a_sign_server(sandbox: Sandbox) -> None:
    events = await connected(sandbox, HurriedClock())
    assert isinstance(events[0], ConnectedEvent)
    assert events[0].source == "direct"
    (said,) = [event for event in events if isinstance(event, CommentEvent)]
    assert (said.text, said.is_history) == ("before", True)
    assert isinstance(events[-1], LiveEndedEvent)
    assert sandbox.tiktok.violations == []
    assert sandbox.tiktok.asked["sign"] == 0
    assert sandbox.tiktok.asked["profile"] == sandbox.tiktok.limits.ttwid_every


async def test_a_blocked_device_comes_back_as_another_one(sandbox: Sandbox) -> None:
    sandbox.tiktok.faults.once("handshake", "DEVICE_BLOCKED")
    clock = HurriedClock()
    assert isinstance((await connected(sandbox, clock))[-1], LiveEndedEvent)
    assert clock.slept.count(2.0) == 1
    assert sandbox.tiktok.asked["direct"] == 2
    assert sandbox.tiktok.asked["profile"] == 2 * sandbox.tiktok.limits.ttwid_every


async def test_two_blocked_devices_are_a_refusal(sandbox: Sandbox) -> None:
    sandbox.tiktok.faults.handshake = "DEVICE_BLOCKED"
    with pytest.raises(BlockedHandshake):
        await connected(sandbox, HurriedClock())
    assert sandbox.tiktok.asked["direct"] == 2


async def test_pages_that_want_a_browsers_tls_are_told_as_such(sandbox: Sandbox) -> None:
    sandbox.tiktok.faults.ttwid = "system_error"
    with pytest.raises(ConnectionRefused, match="EXTRAS=browser-tls"):
        await connected(sandbox, HurriedClock())
