from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.storage.portions import in_portions


@given(st.lists(st.text(max_size=3)), st.integers(1, 4))
def test_every_id_that_names_something_comes_once_and_no_portion_is_too_long(ids: list[str], most: int) -> None:
    portions = list(in_portions(ids, most=most))
    assert sorted(each for some in portions for each in some) == sorted({each for each in ids if each})
    assert all(0 < len(some) <= most for some in portions)
