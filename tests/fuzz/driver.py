"""Runs inputs one after the other and holds each to its bounds: no crash, no hang, no blow-up."""

from __future__ import annotations

import base64
import random
import resource
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from tests.fuzz.corpus import gather
from tests.fuzz.targets import Case, draw, run


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one input may cost. The slowest legal one, a bomb at the limit, takes a fifth of `slow_s` on a small machine.

    After `hung_s` it is interrupted; `growth_kib` is what it may add to the most memory that the process ever held.
    """

    slow_s: float = 1.5
    hung_s: float = 10.0
    growth_kib: int = 192 * 1024


BOUNDS = Bounds()
MOST_SHOWN_BYTES = 2_000


class Hung(Exception):
    """Raised into an input that does not end."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An input that broke a promise. `python -m tests.fuzz --seed SEED --only N` runs it again."""

    n: int
    case: Case
    what: str

    def __str__(self) -> str:
        data = base64.b64encode(self.case.data[:MOST_SHOWN_BYTES]).decode()
        return f"input {self.n}: {self.case.target} {self.case.method} ({len(self.case.data)} bytes)\n{self.what}\n{data}"


@dataclass(slots=True)
class Tally:
    """What a run came to."""

    findings: list[Finding] = field(default_factory=list)
    inputs: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    slowest_n: int = 0
    growth_kib: int = 0
    captured: int = 0


def fuzz(
    *,
    inputs: int,
    seed: int,
    only: int | None = None,
    feed: Callable[[Case], None] = run,
    bounds: Bounds = BOUNDS,
    most_findings: int = 20,
) -> Tally:
    """`inputs` inputs to `feed`, each from its own generator, so that any of them can be had alone."""
    corpus = gather(random.Random(seed))
    tally = Tally(captured=corpus.captured)
    with _alarms():
        for n in range(inputs) if only is None else (only,):
            _one(n, draw(corpus, _generator(seed, n)), tally, feed, bounds)
            if len(tally.findings) >= most_findings:
                break
    return tally


def _generator(seed: int, n: int) -> random.Random:
    return random.Random(seed * 1_000_003 + n)


def _one(n: int, case: Case, tally: Tally, feed: Callable[[Case], None], bounds: Bounds) -> None:
    tally.inputs[case.target] += 1
    held_kib = _most_held_kib()
    started = time.perf_counter()
    what = ""
    signal.setitimer(signal.ITIMER_REAL, bounds.hung_s)
    try:
        feed(case)
    except Exception:  # noqa: BLE001 - any exception is what we are looking for
        what = "".join(traceback.format_exc(limit=-6))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    took_s = time.perf_counter() - started
    growth_kib = _most_held_kib() - held_kib
    if took_s > tally.slowest_s:
        tally.slowest_s, tally.slowest_n = took_s, n
    tally.growth_kib = max(tally.growth_kib, growth_kib)
    if not what and took_s > bounds.slow_s:
        what = f"took {took_s:.2f} s"
    if not what and growth_kib > bounds.growth_kib:
        what = f"needed {growth_kib // 1024} MiB"
    if what:
        tally.findings.append(Finding(n, case, what))


def _most_held_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@contextmanager
def _alarms() -> Iterator[None]:
    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, ring)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
