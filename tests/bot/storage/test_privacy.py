"""Requests to be forgotten: one code, one account, once."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.events import Handle, User, ViewerId
from bot.model.forgetting import CODE_MS
from bot.model.ids import DiscordUserId
from bot.storage import privacy
from bot.storage.privacy import Progress

SHE, HE = DiscordUserId(1), DiscordUserId(2)
EVE = User(ViewerId("7001"), Handle("eve"), "Eve")


def asked(connection: Connection, *codes: str, by: DiscordUserId = SHE, now_ms: int = 1000) -> list[str]:
    """The codes that ended for it."""
    made, ended = privacy.ask(connection, by=by, codes=codes, now_ms=now_ms)
    assert made is not None
    return ended


def proved(connection: Connection, code: str, *, typed_at_ms: int = 2000) -> bool:
    return privacy.prove(connection, code=code, user=EVE, digest="d", typed_at_ms=typed_at_ms, now_ms=3000)


def test_the_key_is_made_once(connection: Connection) -> None:
    assert privacy.key(connection) == privacy.key(connection)
    assert len(privacy.key(connection)) == 32


def test_a_second_request_ends_the_first_and_nobody_elses(connection: Connection) -> None:
    assert asked(connection, "AAAA") == []
    assert asked(connection, "CCCC", by=HE) == []
    assert asked(connection, "AAAA", "DDDD", now_ms=1500) == ["AAAA"], "a code that was given out is not given out again"
    assert privacy.live(connection, now_ms=1500) == {"CCCC": 1000 + CODE_MS, "DDDD": 1500 + CODE_MS}
    assert privacy.count_live(connection, now_ms=1500) == 2
    assert privacy.asked(connection, SHE, since_ms=999) == [1000, 1500]
    assert not proved(connection, "AAAA")


def test_when_no_code_is_free_nothing_changes(connection: Connection) -> None:
    asked(connection, "AAAA")
    assert privacy.ask(connection, by=HE, codes=["AAAA"], now_ms=1000) == (None, [])
    assert privacy.latest(connection, HE) is None


def test_a_code_is_good_until_its_end_and_once(connection: Connection) -> None:
    asked(connection, "AAAA")
    assert not proved(connection, "AAAA", typed_at_ms=1001 + CODE_MS)
    assert proved(connection, "AAAA", typed_at_ms=1000 + CODE_MS), "typed in time, heard later"
    assert not proved(connection, "AAAA")
    assert not proved(connection, "CCCC")
    assert privacy.tombstones(connection) == ["d"]


def test_an_erasure_is_a_job_until_it_is_done_and_then_says_only_numbers(connection: Connection) -> None:
    asked(connection, "AAAA")
    proved(connection, "AAAA")
    [job] = privacy.jobs(connection)
    assert (job.viewer_id, job.progress) == ("7001", Progress(handles=("eve",), nicknames=("Eve",)))

    after, count = privacy.counted(connection, lambda _: 3, what="lines", code="AAAA", before=job.progress)
    assert (count, after.erased, after.found) == (3, {"lines": 3}, 3)
    assert privacy.jobs(connection)[0].progress == after
    privacy.done(connection, "AAAA", erased=after.erased, now_ms=4000)

    assert privacy.jobs(connection) == []
    request = privacy.latest(connection, SHE)
    assert request is not None
    assert request.done_at is not None
    assert request.erased == {"lines": 3}
    assert "eve" not in str(connection.exec_driver_sql("SELECT * FROM forget_request").all()).lower()


def test_old_requests_go_but_not_what_is_still_at_work(connection: Connection) -> None:
    for number, code in enumerate(("AAAA", "CCCC", "DDDD")):
        asked(connection, code, by=DiscordUserId(number), now_ms=1000 + number)
    proved(connection, "CCCC")
    assert privacy.prune(connection, before_ms=1002) == 1
    assert privacy.latest(connection, DiscordUserId(0)) is None
    assert privacy.prune(connection, before_ms=9000) == 1
    assert [job.code for job in privacy.jobs(connection)] == ["CCCC"]
