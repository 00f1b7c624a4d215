"""How good bytes become bad ones. Every choice comes from the generator that is passed in: the same one, the same bytes."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable

MOST_INSERTED = 20_000
MOST_BYTES = 300_000
"""What a mutated input may grow to. The inflated side of a gzip bomb is what `BOMB_BYTES` says."""

BOMB_BYTES = (100_000, 1_000_000, 8_000_000, 64_000_000)

Mutation = Callable[[bytearray, bytes, random.Random], bytearray]


def varint(value: int) -> bytes:
    """As protobuf writes it, for any size: more than ten bytes is what a decoder must refuse."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def tag(number: int, wire_type: int) -> bytes:
    return varint(number << 3 | wire_type)


def flip(data: bytearray, _: bytes, rng: random.Random) -> bytearray:
    for _times in range(rng.choice((1, 1, 2, 8))):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data


def truncate(data: bytearray, _: bytes, rng: random.Random) -> bytearray:
    return data[: rng.randrange(len(data) + 1)]


def splice(data: bytearray, other: bytes, rng: random.Random) -> bytearray:
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def insert(data: bytearray, _: bytes, rng: random.Random) -> bytearray:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.randbytes(rng.randrange(1, 12)) + data[at:]


def repeat(data: bytearray, _: bytes, rng: random.Random) -> bytearray:
    """A stretch of it many times: many small fields, or many JSON members."""
    if not data:
        return data
    start = rng.randrange(len(data))
    part = data[start : start + rng.choice((1, 2, 2, 8, 64))]
    times = rng.choice((2, 16, MOST_INSERTED // len(part)))
    return data[:start] + part * times + data[start:]


def remove(data: bytearray, _: bytes, rng: random.Random) -> bytearray:
    start = rng.randrange(len(data) + 1)
    return data[:start] + data[start + rng.randrange(1, 16) :]


def overwrite_number(data: bytearray, _: bytes, rng: random.Random) -> bytearray:
    """A length or a number far too large, where some byte was."""
    at = rng.randrange(len(data) + 1)
    return data[:at] + varint(rng.choice((2**31 - 1, 2**31, 2**32, 2**63, 2**64 - 1, 2**64, 2**80))) + data[at + 1 :]


def append_field(data: bytearray, other: bytes, rng: random.Random) -> bytearray:
    """A field of any number and type, also groups and types that there are not."""
    number, wire_type = rng.choice((rng.randrange(0, 40), rng.randrange(2**29 + 10))), rng.randrange(8)
    body = varint(len(other)) + other if wire_type == 2 else varint(rng.choice((0, 1, 2**63, 2**70)))
    field = tag(number, wire_type) + body
    return data + field if rng.random() < 0.5 else bytearray(field) + data


def nest(data: bytearray, _: bytes, rng: random.Random) -> bytearray:
    """The whole inside one field inside one field …, or brackets in brackets."""
    depth = rng.choice((2, 20, 99, 101, 2000))
    if data.startswith((b"{", b"[")):
        return bytearray(b'{"data":' * depth + data + b"}" * depth) if rng.random() < 0.5 else data + b"[" * depth
    number = rng.randrange(1, 25)
    for _times in range(min(depth, 200)):
        data = bytearray(tag(number, 2) + varint(len(data)) + data)
    return data


def many_empty(data: bytearray, _: bytes, rng: random.Random) -> bytearray:
    """The cheapest field there is, thousands of times: two bytes on the wire, an object in memory."""
    return data + (tag(rng.randrange(1, 16), 2) + b"\0") * rng.randrange(1, MOST_INSERTED)


def odd_json(data: bytearray, _: bytes, rng: random.Random) -> bytearray:
    """A JSON value in the place of another."""
    starts = [at for at, byte in enumerate(data) if byte == ord(":")]
    if not starts:
        return data
    at = rng.choice(starts) + 1
    ends = [end for end in (data.find(b",", at), data.find(b"}", at)) if end >= 0]
    values = (b"null", b"1e999", b"-1", b"9" * 400, b'"\\ud800"', b"[[]]", b"{}", b"true", b"1.5", b'""', b"18446744073709551616")
    return data[:at] + rng.choice(values) + data[min(ends, default=at) :]


MUTATIONS: tuple[Mutation, ...] = (
    *(flip, flip, truncate, splice, insert, remove, overwrite_number, append_field, odd_json),
    *(repeat, nest, many_empty),
)
_COSTLY = frozenset({repeat, nest, many_empty})


def mutate(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """One to three mutations; the costly ones seldom, so that many inputs fit into a minute."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        mutation = rng.choice(MUTATIONS)
        if mutation in _COSTLY and rng.random() < 0.9:
            mutation = flip
        changed = mutation(changed, other, rng)[:MOST_BYTES]
    return bytes(changed)


def bomb(inner: bytes, size: int) -> bytes:
    """A gzip stream of about `size` bytes that repeats `inner`. Made piece by piece: memory is what we measure."""
    piece = inner * max(1, 65_536 // max(1, len(inner)))
    packer = zlib.compressobj(9, wbits=31)
    packed = [packer.compress(piece) for _ in range(max(1, size // max(1, len(piece))))]
    return b"".join([*packed, packer.flush()])
