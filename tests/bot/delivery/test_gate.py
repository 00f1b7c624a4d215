"""The one gate in front of Discord: how many pass, who goes first, what Discord's refusals do to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
import pytest
from aiohttp import web

from bot.clock import SystemClock
from bot.delivery.budget import MOST_INVALID
from bot.delivery.gate import FIRST_BAN_S, Gate, urgency
from bot.model.draft import Urgency
from tests.doubles.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def test_no_second_sees_more_requests_than_the_budget(clock: FakeClock) -> None:
    gate, times = Gate(clock, requests_per_s=45), list[float]()

    async def request() -> None:
        await gate.admit(Urgency.CHAT)
        times.append(clock.monotonic())

    async with asyncio.TaskGroup() as group:
        for _ in range(200):
            group.create_task(request())
        await clock.until(lambda: len(times) == 200, step_s=0.01, most_s=10)
    assert all(later - earlier >= 1.0 - 1e-9 for earlier, later in zip(times, times[45:], strict=False))
    assert times[-1] <= 5.0, "and none waits in vain"


async def test_the_most_urgent_of_those_who_wait_goes_first(clock: FakeClock) -> None:
    gate, order = Gate(clock, requests_per_s=1), list[str]()

    async def request(name: str, how_urgent: Urgency) -> None:
        await gate.admit(how_urgent)
        order.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(request("first", Urgency.CHAT))
        await clock.advance(0)
        group.create_task(request("waits longest", Urgency.CHAT))
        await clock.advance(0)
        for name, how_urgent in [
            ("chat", Urgency.CHAT),
            ("gift", Urgency.GIFT),
            ("deletion", Urgency.DELETION),
            ("command", Urgency.INTERACTION),
            ("later chat", Urgency.CHAT),
        ]:
            group.create_task(request(name, how_urgent))
        await clock.advance(20)
    assert order == ["first", "command", "deletion", "gift", "waits longest", "chat", "later chat"]


async def test_a_loop_that_is_slow_to_come_round_sends_all_for_whom_there_is_room_in_one_round(clock: FakeClock) -> None:
    gate = Gate(clock, requests_per_s=4500)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(gate.admit(Urgency.CHAT)) for _ in range(1000)]
        await clock.advance(0)
        assert sum(task.done() for task in tasks) == 500
        await clock.advance(0.1)  # the loop goes round some dozen times
        assert all(task.done() for task in tasks)


async def test_who_gives_up_waiting_blocks_nobody(clock: FakeClock) -> None:
    gate = Gate(clock, requests_per_s=1)
    await gate.admit(Urgency.CHAT)
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(gate.admit(Urgency.CHAT)) for _ in range(4)]
    await clock.advance(0)
    for task in tasks[:3]:
        task.cancel()
    await clock.advance(5)
    assert tasks[3].done()
    assert not tasks[3].cancelled()
    assert gate.waiting == 0
    for task in tasks[:3]:
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def discord() -> AsyncIterator[str]:
    """A Discord that answers what the last part of the path says."""

    async def answer(request: web.Request) -> web.Response:
        status = int(request.match_info["status"])
        headers = {"Retry-After": "3", "X-RateLimit-Global": "true"} if "global" in request.query else {}
        if "shared" in request.query:
            headers["X-RateLimit-Scope"] = "shared"
        if "cloudflare" in request.query:
            return web.Response(status=status, text="<h1>You are being rate limited</h1>", content_type="text/html")
        return web.Response(status=status, headers={"Via": "1.1 google", **headers}, body=b"{}", content_type="application/json")

    app = web.Application()
    app.router.add_get("/{rest:.*}/{status}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/v10"
    await runner.cleanup()


async def test_interaction_answers_and_webhooks_pass_freely(clock: FakeClock, discord: str) -> None:
    gate = Gate(clock, requests_per_s=1)
    await gate.admit(Urgency.CHAT)
    async with aiohttp.ClientSession(trace_configs=[gate.trace()]) as session:
        for path in ("/interactions/1/token/200", "/webhooks/1/token/messages/200"):
            async with asyncio.timeout(5), session.get(discord + path) as response:
                assert response.status == 200
        message = asyncio.get_running_loop().create_task(session.get(f"{discord}/channels/1/messages/200"))
        await clock.advance(0.5)
        assert not message.done()
        await clock.advance(1)
        (await message).release()
    assert gate.answers[200] == 3


async def test_the_library_waits_by_the_urgency_of_the_task_it_runs_in(clock: FakeClock, discord: str) -> None:
    gate, order = Gate(clock, requests_per_s=1), list[str]()
    await gate.admit(Urgency.CHAT)

    async def fetch(session: aiohttp.ClientSession, how_urgent: Urgency) -> None:
        urgency.set(how_urgent)
        async with session.get(f"{discord}/channels/1/messages/200"):
            order.append(how_urgent.name)

    async with aiohttp.ClientSession(trace_configs=[gate.trace()]) as session, asyncio.TaskGroup() as group:
        for how_urgent in (Urgency.CHAT, Urgency.CHAT, Urgency.CARD, Urgency.ALERT):
            group.create_task(fetch(session, how_urgent))
        await clock.until(lambda: len(order) == 4, step_s=0.2)
    assert order == ["ALERT", "CARD", "CHAT", "CHAT"]


async def test_a_global_429_closes_the_gate_for_everybody(clock: FakeClock, discord: str) -> None:
    gate = Gate(clock)
    async with aiohttp.ClientSession(trace_configs=[gate.trace()]) as session:
        async with session.get(f"{discord}/channels/1/messages/429?global=1"):
            pass
        waiting = asyncio.get_running_loop().create_task(gate.admit(Urgency.INTERACTION))
        await clock.advance(2.9)
        assert not waiting.done()
        await clock.advance(0.2)
        assert waiting.done()


async def test_a_ban_of_the_address_closes_the_gate_for_everybody_and_longer_each_time(clock: FakeClock, discord: str) -> None:
    gate = Gate(clock)

    async def banned(session: aiohttp.ClientSession) -> None:
        async with session.get(f"{discord}/channels/1/messages/429?cloudflare=1"):
            pass

    async with aiohttp.ClientSession(trace_configs=[gate.trace()]) as session:
        await banned(session)
        waiting = asyncio.get_running_loop().create_task(gate.admit(Urgency.INTERACTION))
        await clock.advance(FIRST_BAN_S - 1)
        assert not waiting.done()
        await clock.advance(2)
        assert waiting.done()
        await clock.advance(2)
        await banned(session)
        waiting = asyncio.get_running_loop().create_task(gate.admit(Urgency.INTERACTION))
        await clock.advance(2 * FIRST_BAN_S - 1)
        assert not waiting.done()
        await clock.advance(2)
        assert waiting.done()
    assert gate.banned == 2


async def test_a_ban_that_a_bunch_of_requests_on_their_way_meets_is_one_ban(clock: FakeClock, discord: str) -> None:
    gate = Gate(clock)

    async def banned(session: aiohttp.ClientSession) -> None:
        async with session.get(f"{discord}/channels/1/messages/429?cloudflare=1"):
            pass

    async with aiohttp.ClientSession(trace_configs=[gate.trace()]) as session, asyncio.TaskGroup() as group:
        for _ in range(5):
            group.create_task(banned(session))
    assert gate.banned == 5
    waiting = asyncio.get_running_loop().create_task(gate.admit(Urgency.INTERACTION))
    await clock.advance(FIRST_BAN_S - 1)
    assert not waiting.done()
    await clock.advance(2)
    assert waiting.done()


async def test_refusals_that_count_towards_a_ban_are_counted_and_shared_limits_are_not(discord: str) -> None:
    gate = Gate(SystemClock())
    async with aiohttp.ClientSession(trace_configs=[gate.trace()]) as session:
        for answer in ("200", "401", "403", "404", "429", "429?shared=1"):
            async with session.get(f"{discord}/channels/1/messages/{answer}"):
                pass
    assert gate.invalid == 3
    assert gate.answers == {200: 1, 401: 1, 403: 1, 404: 1, 429: 2}


async def test_with_too_many_refusals_lines_stop_and_commands_go_on(clock: FakeClock, discord: str) -> None:
    gate = Gate(clock, requests_per_s=100_000)
    async with aiohttp.ClientSession(trace_configs=[gate.trace()]) as session:
        for _ in range(MOST_INVALID // 100):
            async with asyncio.TaskGroup() as group:
                for _ in range(100):
                    group.create_task(_refused(session, discord))
    chat = asyncio.get_running_loop().create_task(gate.admit(Urgency.CHAT))
    await clock.advance(300)
    assert not chat.done()
    await gate.admit(Urgency.INTERACTION)
    await gate.admit(Urgency.DELETION)
    await clock.advance(400)
    assert chat.done()


async def _refused(session: aiohttp.ClientSession, discord: str) -> None:
    async with session.get(f"{discord}/channels/1/messages/403"):
        pass
