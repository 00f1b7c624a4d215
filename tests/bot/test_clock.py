from __future__ import annotations

import asyncio

from bot.clock import Bell, SystemClock


async def test_a_ring_before_the_wait_is_not_lost() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()
    assert await bell.wait(5.0)
    assert not await bell.wait(0.0), "two rings before one wait count as one"


async def test_one_ring_wakes_everybody_who_waits_for_the_same_change() -> None:
    supervisor, relay = Bell(), Bell()
    Bell(supervisor, relay).ring()
    assert await supervisor.wait(0.0)
    assert await relay.wait(0.0)


async def test_a_silent_bell_lets_its_waiter_go() -> None:
    assert not await Bell().wait(0.0)


async def test_the_system_clock_sleeps_at_least_one_turn_of_the_loop() -> None:
    clock = SystemClock()
    turned = asyncio.Event()
    asyncio.get_running_loop().call_soon(turned.set)
    await clock.sleep(-1)
    assert turned.is_set()
    assert clock.now_ms() > 1_700_000_000_000
