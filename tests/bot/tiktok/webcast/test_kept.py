"""What is made of parts, by their bytes: made once, bounded, forgotten when asked."""

from __future__ import annotations

import pytest

from bot.tiktok.webcast import kept
from bot.tiktok.webcast.kept import BYTES_MADE, Kept


def test_what_was_made_of_the_same_bytes_is_not_made_again() -> None:
    made: list[bytes] = []

    def make(part: bytes) -> str:
        made.append(part)
        return part.decode()

    names = Kept(make, most_bytes=10_000)
    assert [names[each] for each in (b"ann", b"bob", b"ann")] == ["ann", "bob", "ann"]
    assert made == [b"ann", b"bob"]


@pytest.mark.parametrize("size", [0, 100, 100_000])
def test_it_never_holds_more_than_it_may(size: int) -> None:
    most = 10 * (BYTES_MADE + 100)
    lengths = Kept(len, most)
    for number in range(50):
        assert lengths[bytes([number]) * (size + 1)] == size + 1
        assert sum(len(part) + BYTES_MADE for part in lengths) <= max(most, size + 1 + BYTES_MADE)


def test_what_cannot_be_made_is_not_kept() -> None:
    numbers = Kept(int, most_bytes=10_000)
    with pytest.raises(ValueError, match="invalid literal"):
        numbers[b"x"]
    assert (len(numbers), numbers.bytes) == (0, 0)


def test_all_are_forgotten_at_once() -> None:
    one, other = Kept(len, most_bytes=10_000), Kept(len, most_bytes=10_000)
    assert one[b"a"] == other[b"b"] == 1
    kept.forget()
    assert (len(one), len(other), one.bytes) == (0, 0, 0)
