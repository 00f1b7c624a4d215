"""Twenty thousand hostile inputs; `make fuzz` has a million. And proof that the fuzzer sees what it looks for."""

from __future__ import annotations

import random
import time
import warnings

import pytest

from tests.fuzz import targets
from tests.fuzz.corpus import gather
from tests.fuzz.driver import Bounds, fuzz
from tests.fuzz.mutation import BOMB_BYTES, bomb, mutate, varint
from tests.fuzz.targets import Case

INPUTS = 20_000
SEED = 3


@pytest.mark.long
def test_no_input_breaks_a_promise() -> None:
    tally = fuzz(inputs=INPUTS, seed=SEED)
    if not tally.captured:
        warnings.warn(pytest.PytestWarning("FUZZED WITHOUT REAL PAYLOADS: ../shared/data/captures is absent"), stacklevel=1)
    assert not tally.findings, "\n\n".join(str(each) for each in tally.findings)
    assert set(tally.inputs) == set(targets.TARGETS)
    assert sum(tally.inputs.values()) == INPUTS


def test_a_crash_is_found_and_can_be_had_again() -> None:
    def crash(case: Case) -> None:
        raise KeyError(case.method)

    found = fuzz(inputs=5, seed=SEED, feed=crash).findings[-1]
    assert (found.n, "KeyError" in found.what) == (4, True)
    assert fuzz(inputs=0, seed=SEED, only=4, feed=crash).findings[0].case == found.case


def test_a_hang_is_found() -> None:
    def hang(_case: Case) -> None:
        while True:
            time.sleep(0.01)

    assert "Hung" in fuzz(inputs=1, seed=SEED, feed=hang, bounds=Bounds(hung_s=0.05)).findings[0].what


def test_what_takes_long_is_found() -> None:
    def dawdle(_case: Case) -> None:
        time.sleep(0.02)

    assert "took" in fuzz(inputs=1, seed=SEED, feed=dawdle, bounds=Bounds(slow_s=0.01)).findings[0].what


def test_a_blow_up_is_found() -> None:
    grown: list[bytes] = []

    def grow(_case: Case) -> None:
        grown.append(b"x" * (512 * 1024 * 1024))

    assert "MiB" in fuzz(inputs=1, seed=SEED, feed=grow, bounds=Bounds(growth_kib=1024, slow_s=60)).findings[0].what


def test_one_seed_one_input() -> None:
    seeds = (b"\x0a\x03abc\x10\x05", b'{"event": "chat", "data": {}}')
    for n in range(500):
        one, other = (mutate(seeds[n % 2], seeds[1 - n % 2], random.Random(n)) for _ in range(2))
        assert one == other


def test_every_kind_of_seed_is_there_without_the_shared_data(tmp_path_factory: pytest.TempPathFactory) -> None:
    corpus = gather(random.Random(1), shared=tmp_path_factory.mktemp("nothing"))
    assert corpus.captured == 0
    assert all((corpus.payloads, corpus.batches, corpus.frames, corpus.edge_frames, corpus.answers))


def test_a_bomb_is_small_and_a_varint_is_right() -> None:
    assert len(bomb(b"\0", BOMB_BYTES[-1])) < BOMB_BYTES[-1] / 900
    assert [varint(value) for value in (0, 127, 128, 300)] == [b"\0", b"\x7f", b"\x80\x01", b"\xac\x02"]
