"""The truth table: from facts to ok, degraded or down, and to a sentence that an operator can act on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ops.health import MOST_LAG_S, WRITE_WITHIN_S, Facts, Status, liveness, readiness

WELL = Facts(shards=2, shards_connected=2, write_age_s=15.0, channels=10)


def test_a_bot_that_works_has_nothing_to_say() -> None:
    assert readiness(WELL).told() == {"status": "ok", "findings": []}
    assert liveness(WELL).told() == {"status": "ok", "findings": []}


@pytest.mark.parametrize(
    ("facts", "part", "status", "says"),
    [
        (replace(WELL, shards=0, shards_connected=0), "gateway", Status.DOWN, "not connected"),
        (replace(WELL, shards_connected=0), "gateway", Status.DOWN, "not connected"),
        (replace(WELL, shards_connected=1), "gateway", Status.DEGRADED, "1 of 2 gateway connections"),
        (replace(WELL, database_error="disk full"), "database", Status.DEGRADED, "no write for 15 s: disk full."),
        (replace(WELL, write_age_s=WRITE_WITHIN_S + 1), "database", Status.DOWN, "no write for 61 s."),
        (replace(WELL, write_age_s=90.0, database_error="locked"), "database", Status.DOWN, "no write for 90 s: locked."),
        (replace(WELL, loop_lag_s=MOST_LAG_S + 0.5), "loop", Status.DEGRADED, "1.5 s late"),
        (replace(WELL, channels_blocked=5, delivery_error="gone"), "delivery", Status.DEGRADED, "5 of 10 channels (gone)"),
        (replace(WELL, channels=1, channels_blocked=1), "delivery", Status.DEGRADED, "1 of 1 channels."),
        (replace(WELL, ended=["ingest", "relay"]), "tasks", Status.DOWN, "has ended: ingest, relay."),
    ],
)
def test_each_fault_alone_is_found_and_named(facts: Facts, part: str, status: Status, says: str) -> None:
    verdict = readiness(facts)
    (finding,) = verdict.findings
    assert (verdict.status, finding.part, finding.status) == (status, part, status)
    assert says in finding.what
    assert finding.remedy.endswith(".")


@pytest.mark.parametrize(
    "facts",
    [
        replace(WELL, write_age_s=WRITE_WITHIN_S),
        replace(WELL, loop_lag_s=MOST_LAG_S),
        replace(WELL, channels_blocked=4, delivery_error="somebody took a permission away"),
        replace(WELL, channels=0),
    ],
)
def test_what_is_still_within_bounds_is_no_fault(facts: Facts) -> None:
    assert readiness(facts).status is Status.OK


def test_only_what_a_restart_mends_makes_a_process_dead() -> None:
    ill = Facts(write_age_s=1e6, database_error="x", loop_lag_s=99.0, channels=1, channels_blocked=1)
    assert readiness(ill).status is Status.DOWN
    assert liveness(ill).status is Status.OK
    assert liveness(replace(ill, ended=["discord"])).status is Status.DOWN


def test_the_worst_comes_first() -> None:
    told = readiness(replace(WELL, loop_lag_s=5.0, shards_connected=1, write_age_s=100.0))
    assert [finding.part for finding in told.findings] == ["database", "gateway", "loop"]
    assert told.status is Status.DOWN


AGES = st.floats(0, 1e6)
COUNTS = st.integers(0, 50)


@given(
    st.builds(
        Facts,
        ended=st.lists(st.sampled_from(["ingest", "relay"]), max_size=2),
        shards=COUNTS,
        shards_connected=COUNTS,
        write_age_s=AGES,
        database_error=st.sampled_from(["", "locked"]),
        loop_lag_s=AGES,
        channels=COUNTS,
        channels_blocked=COUNTS,
    )
)
def test_a_verdict_is_as_bad_as_its_worst_finding_and_the_dead_are_never_ready(facts: Facts) -> None:
    alive, ready = liveness(facts), readiness(facts)
    assert ready.status == max([Status.OK, *(finding.status for finding in ready.findings)])
    assert alive.status <= ready.status
    assert len({finding.part for finding in ready.findings}) == len(ready.findings)
