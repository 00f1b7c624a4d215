"""The sign server's two routes, and what it is not told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.errors import ConnectionRefused
from bot.events.ids import RoomId
from bot.tiktok.webcast.session import Session
from bot.tiktok.webcast.signing import Route, Signer
from sandbox.app import Sandbox
from tests.doubles.clock import FakeClock

LOGIN = "0123456789abcdef"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


async def signed_by(sandbox: Sandbox, route: Route, *, times: int = 1, session: Session | None = None) -> list[str]:
    """Sign so often; the paths that were asked for, with everything else that was said."""
    asked: list[str] = []

    async def note(_: aiohttp.ClientSession, __: object, params: aiohttp.TraceRequestStartParams) -> None:
        asked.append(f"{params.url.path}?{params.url.query_string} {dict(params.headers)}")

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(note)
    room = sandbox.tiktok.creator("alice").go_live()
    async with aiohttp.ClientSession(trace_configs=[trace]) as http:
        signer = Signer(http, clock=FakeClock(), sign_base=sandbox.url, api_key="k", route=route, session=session)
        for _ in range(times):
            signed = await signer.sign(RoomId(room.id))
            assert signed.room_id == room.id
            if session is not None:
                assert (LOGIN in signed.cookie) is (session.to_sign_server or "127.0.0.1" in session.hosts)
                assert "ttwid=" in signed.cookie
                assert LOGIN not in repr(signed)
    return asked


def paths(asked: list[str]) -> list[str]:
    return ["old" if each.startswith("/webcast/fetch") else "new" for each in asked]


async def test_the_old_route_is_asked_as_long_as_it_is_there(sandbox: Sandbox) -> None:
    assert paths(await signed_by(sandbox, "auto", times=2)) == ["old", "old"]


async def test_the_new_route_is_found_when_the_old_one_is_gone_and_remembered(sandbox: Sandbox) -> None:
    sandbox.tiktok.faults.sign = "removed"
    assert paths(await signed_by(sandbox, "auto", times=3)) == ["old", "new", "new", "new"]


async def test_a_route_that_was_chosen_is_kept(sandbox: Sandbox) -> None:
    assert paths(await signed_by(sandbox, "new")) == ["new"]
    sandbox.tiktok.faults.sign = "removed"
    with pytest.raises(ConnectionRefused, match="This route was removed"):
        await signed_by(sandbox, "old")


async def test_a_room_that_is_not_found_is_no_reason_to_leave_the_route(sandbox: Sandbox) -> None:
    sandbox.tiktok.faults.once("sign", 404)
    with pytest.raises(ConnectionRefused, match="The room was not found"):
        await signed_by(sandbox, "auto")
    assert paths(await signed_by(sandbox, "auto")) == ["old"]


@pytest.mark.parametrize("route", ["old", "new"])
async def test_the_sign_server_is_not_shown_the_login_unless_that_was_allowed(sandbox: Sandbox, route: Route) -> None:
    for hosts in (frozenset[str](), frozenset({"127.0.0.1"})):
        (asked,) = await signed_by(sandbox, route, session=Session(LOGIN, hosts=hosts))
        assert LOGIN not in asked
        assert "sessionid" not in asked.lower()
    (asked,) = await signed_by(sandbox, route, session=Session(LOGIN, to_sign_server=True))
    assert LOGIN in asked
