"""What is made of parts, by their bytes: made once, bounded, forgotten when asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tiktok.webcast import kept
from bot.tiktok.webcast.kept import BYTES_MADE, MOST_IDS_KEPT, START_BYTES, Kept, KeptByStart, KeptIds


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


def test_ids_are_one_text_however_many_there_are() -> None:
    ids = KeptIds()
    assert [ids[number] for number in range(1, MOST_IDS_KEPT + 50)] == [str(number) for number in range(1, MOST_IDS_KEPT + 50)]
    assert ids[7] is ids[7]
    assert len(ids) <= MOST_IDS_KEPT


def test_all_are_forgotten_at_once() -> None:
    one, other, third, ids = Kept(len, 10_000), Kept(len, 10_000), KeptByStart(len, 10_000), KeptIds()
    assert one[b"a"] == other[b"b"] == 1
    assert (third.several([b"c"]), ids[1]) == ([1], "1")
    kept.forget()
    assert (len(one), len(other), one.bytes, len(third), third.bytes, len(ids)) == (0, 0, 0, 0, 0, 0)


def long(who: int, rest: str) -> bytes:
    return bytes([who]) * START_BYTES + rest.encode()


def test_of_parts_that_begin_alike_the_last_is_kept_and_never_taken_for_another() -> None:
    made: list[bytes] = []

    def make(part: bytes) -> str:
        made.append(part)
        return part[START_BYTES:].decode()

    names = KeptByStart(make, most_bytes=100_000)
    assert names.several([long(1, "ann"), long(2, "bob"), long(1, "ann")]) == ["ann", "bob", "ann"]
    assert names.several([long(1, "anna"), long(2, "bob"), long(1, "ann"), b"", b""]) == ["anna", "bob", "ann", "", ""]
    assert made == [long(1, "ann"), long(2, "bob"), long(1, "anna"), long(1, "ann"), b""]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3000)), max_size=60))
def test_by_their_starts_it_never_holds_more_than_it_may(parts: list[tuple[int, int]]) -> None:
    most = 6_000
    lengths = KeptByStart(len, most)
    for who, size in parts:
        assert lengths.several([long(who, "x" * size)]) == [START_BYTES + size]
        held = sum(len(part) + BYTES_MADE for part, _ in lengths.values())
        assert held == lengths.bytes <= most
    lengths.clear()
    assert (len(lengths), lengths.bytes) == (0, 0)
