"""python -m tests.fuzz [--inputs N] [--seed S] [--only N]: exits with 1 when an input broke a promise."""

from __future__ import annotations

import argparse
import sys
import time

from tests.fuzz.driver import fuzz


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="how many (default: a million)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, default=None, help="run this one input again")
    options = parser.parse_args()
    started = time.perf_counter()
    tally = fuzz(inputs=options.inputs, seed=options.seed, only=options.only)
    took_s = time.perf_counter() - started
    say = sys.stdout.write
    for finding in tally.findings:
        say(f"{finding}\n\n")
    if not tally.captured:
        say("WITHOUT CAPTURED PAYLOADS: ../shared/data/captures is absent, only invented ones were mutated\n")
    total = sum(tally.inputs.values())
    say(f"{total} inputs in {took_s:.0f} s ({total / took_s:.0f}/s) from seed {options.seed}: {dict(tally.inputs)}\n")
    say(f"slowest {tally.slowest_s * 1000:.0f} ms (input {tally.slowest_n}), most memory added {tally.growth_kib // 1024} MiB\n")
    say(f"{len(tally.findings)} broke a promise\n")
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
