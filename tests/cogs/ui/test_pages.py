"""Long lists in pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cogs.ui.pages import pages


def test_a_line_is_never_torn() -> None:
    assert pages(["aaa", "bbb", "ccc"], most=7) == ["aaa\nbbb", "ccc"]


def test_no_line_is_no_page() -> None:
    assert pages([]) == []


def test_a_page_has_no_more_lines_than_a_phone_shows() -> None:
    assert [page.count("\n") + 1 for page in pages(str(number) for number in range(50))] == [10] * 5


@given(st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=30)), st.integers(1, 40))
def test_every_page_fits_and_no_line_is_lost_or_moved(lines: list[str], most: int) -> None:
    found = pages(lines, most=most)
    assert all(len(page) <= most for page in found)
    assert "\n".join(found).split("\n") == [line[:most] for line in lines] or not lines
