from __future__ import annotations

import itertools
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bot.backoff import delay_s


@given(attempt=st.integers(0, 10_000), seed=st.integers())
def test_a_wait_is_never_tight_and_never_longer_than_the_most(attempt: int, seed: int) -> None:
    wait = delay_s(attempt, Random(seed), first_s=2.0, most_s=30.0)
    assert 1.0 <= wait <= 30.0


def test_waits_double_until_the_most() -> None:
    middle = [delay_s(attempt, Random(1), first_s=1.0, most_s=60.0) for attempt in range(8)]
    assert all(later > earlier for earlier, later in itertools.pairwise(middle[:6]))
    assert delay_s(50, Random(1)) == delay_s(6, Random(1))
