"""A table of (error, attempt) -> answer."""

from __future__ import annotations

from random import Random

import pytest

from bot.errors import ConnectionLost, ConnectionRefused, CreatorNotFound, CreatorOffline, SourceError, Unclear
from bot.ingest.failover import after, by_another
from bot.ingest.settings import IngestSettings
from bot.ingest.sources import Use, Wait, Way
from bot.model.creator import CreatorState

SETTINGS = IngestSettings()


@pytest.mark.parametrize(
    ("error", "attempt", "state", "least_s", "most_s"),
    [
        (CreatorNotFound("no such user"), 0, CreatorState.NOT_FOUND, 3600, 4320),
        (CreatorNotFound("no such user"), 9, CreatorState.NOT_FOUND, 3600, 4320),
        (CreatorOffline("not live"), 0, CreatorState.OFFLINE, 60, 72),
        (CreatorOffline("not live"), 9, CreatorState.OFFLINE, 60, 72),
        (Unclear("captcha"), 0, CreatorState.UNCLEAR, 15, 30),
        (Unclear("captcha"), 3, CreatorState.UNCLEAR, 120, 240),
        (Unclear("captcha"), 99, CreatorState.UNCLEAR, 450, 900),
        (ConnectionRefused("sign server 500"), 0, CreatorState.UNCLEAR, 5, 10),
        (ConnectionRefused("sign server 500"), 99, CreatorState.UNCLEAR, 300, 600),
        (ConnectionLost("reset"), 0, CreatorState.LIVE, 1, 2),
        (ConnectionLost("reset"), 99, CreatorState.LIVE, 30, 60),
        (Unclear("429", retry_after_s=400), 0, CreatorState.UNCLEAR, 400, 400),
        (ConnectionRefused("429", retry_after_s=7200), 0, CreatorState.UNCLEAR, 7200, 7200),
        # What the other side asks for is the least, not the most.
        (Unclear("429", retry_after_s=0), 0, CreatorState.UNCLEAR, 15, 30),
        (Unclear("429", retry_after_s=1e9), 0, CreatorState.UNCLEAR, 86_400, 86_400),
    ],
)
def test_each_failure_has_its_wait(error: SourceError, attempt: int, state: CreatorState, least_s: float, most_s: float) -> None:
    for seed in range(50):
        retry = after(error, attempt=attempt, rng=Random(seed), settings=SETTINGS)
        assert retry.state is state
        assert retry.reason == error.reason
        assert least_s <= retry.delay_s <= most_s


def test_who_usually_goes_live_now_is_looked_up_sooner_and_nobody_more_than_once_a_minute() -> None:
    def waits_s(poll_every_s: float, *, is_usual: bool) -> float:
        settings = IngestSettings(poll_every_s=poll_every_s)
        return after(CreatorOffline(""), attempt=0, rng=Random(1), settings=settings, is_usual=is_usual).delay_s

    assert waits_s(600, is_usual=False) >= 600
    assert 60 <= waits_s(600, is_usual=True) <= 72
    assert waits_s(60, is_usual=True) == waits_s(60, is_usual=False) >= 60


def test_a_wish_may_hurry_a_look_up_but_not_a_connection_nor_what_tiktok_asked_for() -> None:
    def patient(error: SourceError) -> bool:
        return after(error, attempt=0, rng=Random(0), settings=SETTINGS).patient

    assert not patient(CreatorNotFound(""))
    assert not patient(CreatorOffline(""))
    assert not patient(Unclear("captcha"))
    assert patient(Unclear("429", retry_after_s=60))
    assert patient(ConnectionRefused("sign server 500"))
    assert patient(ConnectionLost("reset"))


def test_creators_who_were_polled_together_drift_apart() -> None:
    rng = Random(1)
    waits = {after(CreatorOffline(""), attempt=0, rng=rng, settings=SETTINGS).delay_s for _ in range(20)}
    assert len(waits) == 20


def test_another_source_that_is_ready_is_tried_within_seconds_and_the_reason_names_both() -> None:
    refused = after(ConnectionRefused("sign server 500"), attempt=3, rng=Random(1), settings=SETTINGS)
    delays = set()
    for seed in range(20):
        retry = by_another(refused, Use(Way("direct")), now=100.0, rng=Random(seed))
        assert retry.reason == "sign server 500; trying direct"
        assert 1 <= retry.delay_s <= 2
        assert retry.patient
        delays.add(retry.delay_s)
    assert len(delays) == 20, "not everybody switches in the same moment"


def test_when_every_source_rests_the_wait_is_until_the_first_is_back() -> None:
    refused = after(ConnectionRefused("sign server 500"), attempt=0, rng=Random(1), settings=SETTINGS)
    assert by_another(refused, Wait(700.0, ""), now=100.0, rng=Random(1)).delay_s == 600
    assert by_another(refused, Wait(102.0, ""), now=100.0, rng=Random(1)).delay_s == 2
    assert by_another(refused, Wait(100.0, ""), now=100.0, rng=Random(1)).delay_s == 1, "never at once"
