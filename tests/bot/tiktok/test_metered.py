"""An account's allowance is kept to by all clients of a process together, and what one is told binds the others."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import pytest

from bot.errors import ConnectionLost, ConnectionRefused, RateLimited, SignRefused
from bot.events import Event, Handle, RoomId
from bot.tiktok.allowance import ANONYMOUS_EDGE, ANONYMOUS_SIGNING, Limit, Meter
from bot.tiktok.metered import Metered, shared
from bot.tiktok.source import Room
from sandbox.app import Sandbox
from sandbox.tiktools import closings
from tests.bot.tiktok.alone import client_of
from tests.doubles.clock import FakeClock
from tests.doubles.tiktok import ScriptedSource

ROOM = Room(RoomId("7"), Handle("alice"))


def metered(clock: FakeClock, *limits: Limit, meter: Meter | None = None) -> tuple[Metered, ScriptedSource]:
    source = ScriptedSource(clock)
    return Metered(source, meter or Meter("the sign server", limits), advice="wait", clock=clock), source  # type: ignore[arg-type]


async def first(source: Metered) -> Sequence[Event]:
    async with contextlib.aclosing(source.events(ROOM)) as batches:
        return await anext(batches)


async def test_who_comes_too_often_is_refused_without_a_question_and_told_until_when() -> None:
    clock = FakeClock()
    one, source = metered(clock, Limit(2, 60.0))
    await first(one)
    await first(one)
    with pytest.raises(RateLimited, match=r"^the sign server is not asked for 60 s: its 2 connects .* used up; wait$") as caught:
        await first(one)
    assert caught.value.retry_after_s == 60.0
    assert len(source.attempts[ROOM.handle]) == 2
    await clock.advance(60)
    await first(one)


async def test_every_attempt_counts_not_every_success() -> None:
    one, source = metered(FakeClock(), Limit(2, 60.0))
    source.refuse("alice")
    for kind in (ConnectionRefused, ConnectionRefused, RateLimited):
        with pytest.raises(kind):
            await first(one)
    assert len(source.attempts[ROOM.handle]) == 2


async def test_what_one_client_is_told_binds_the_others_of_the_account() -> None:
    clock, meter = FakeClock(), Meter("the sign server")
    (one, refused), (other, asked) = metered(clock, meter=meter), metered(clock, meter=meter)
    refused.refuse("alice", SignRefused("this key is not served"))
    with pytest.raises(SignRefused):
        await first(one)
    with pytest.raises(RateLimited, match="this key is not served"):
        await first(other)
    assert not asked.attempts


async def test_a_stream_that_breaks_is_nobody_elses_business() -> None:
    one, source = metered(FakeClock(), Limit(9, 60.0))
    async with contextlib.aclosing(one.events(ROOM)) as batches:
        await anext(batches)
        source.stream("alice").lose()
        with pytest.raises(ConnectionLost):
            await anext(batches)
    await first(one)


def test_an_account_is_an_address_and_a_key() -> None:
    one = shared("the sign server", "http://127.0.0.1:1", "key", ANONYMOUS_SIGNING)
    assert shared("the sign server", "http://127.0.0.1:1", "key", ANONYMOUS_SIGNING) is one
    assert shared("the sign server", "http://127.0.0.1:1", "another", ANONYMOUS_SIGNING) is not one


async def test_five_clients_without_a_key_connect_within_a_minute_and_the_sixth_is_told_to_wait() -> None:
    async with Sandbox() as sandbox:
        for number in range(6):
            sandbox.tiktok.creator(f"creator{number}").go_live()
        for number in range(5):
            async with client_of(sandbox, f"creator{number}"):
                pass
        signed = sandbox.tiktok.asked["sign"]
        with pytest.raises(RateLimited, match="its 5 connects in 60 s are used up; wait, or give a sign_api_key"):
            await client_of(sandbox, "creator5").start()
        assert sandbox.tiktok.asked["sign"] == signed
        async with client_of(sandbox, "creator5", sign_api_key="ours"):
            pass


async def test_the_edge_is_not_hammered_by_new_clients_either(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Sandbox() as sandbox:
        monkeypatch.setenv("RELAY_TIKTOK__TIKTOOLS_BASE", f"{sandbox.url}/tiktools")
        sandbox.tiktok.creator("alice").go_live()
        sandbox.tiktools.refuse(closings.DAILY)
        for _ in range(5):
            with pytest.raises(RateLimited, match="daily quota"):
                await client_of(sandbox, sources="tiktools", reconnect=False).start()
        assert sandbox.tiktools.connects.total() == 1
        assert len(ANONYMOUS_EDGE) == 2


# --- and where TikTok's pages do not answer -------------------------------------------------------------------------------


async def test_a_client_finds_and_reads_a_room_by_tiktools_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Sandbox() as sandbox:
        monkeypatch.setenv("RELAY_TIKTOK__TIKTOOLS_BASE", f"{sandbox.url}/tiktools")
        room = sandbox.tiktok.creator("alice").go_live()
        faults = sandbox.tiktok.faults
        faults.page = faults.api = faults.room_info = faults.check_alive = faults.sign = 403
        client = client_of(sandbox, sources="tiktools")
        assert await client.is_live()
        async with client:
            assert client.room_id == room.id
        room.end()
        assert not await client.is_live()
        assert sandbox.tiktools.connects.total() == 1
