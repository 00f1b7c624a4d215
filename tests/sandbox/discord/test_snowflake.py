"""Ids carry their time and never go back."""

from __future__ import annotations

import discord
from hypothesis import given
from hypothesis import strategies as st

from sandbox.discord.snowflake import Snowflakes, iso, snowflake, time_ms


@given(st.integers(1_420_070_400_000, 4_000_000_000_000), st.integers(0, 2**22 - 1))
def test_the_time_of_an_id_can_be_read_back(at_ms: int, increment: int) -> None:
    assert time_ms(snowflake(at_ms, increment)) == at_ms


def test_discord_py_reads_the_same_time() -> None:
    identifier = snowflake(1_790_000_000_000, 7)
    assert discord.utils.snowflake_time(identifier).timestamp() == 1_790_000_000


def test_ids_rise_even_when_the_clock_is_set_back() -> None:
    clock = iter([1_790_000_000.0, 1_780_000_000.0, 1_790_000_000.001])
    ids = Snowflakes(lambda: next(clock))
    made = [ids.next() for _ in range(3)]
    assert made == sorted(set(made))


def test_instants_are_written_with_their_zone() -> None:
    assert iso(1_790_000_000_123) == "2026-09-21T14:13:20.123000+00:00"
