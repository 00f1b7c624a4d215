"""Logs: nothing secret, nothing forged, one line for one thing."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import logs

TOKEN = "MTA5MjM0NTY3ODkwMTIzNDU2Nw.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789_-AB"


@pytest.fixture
def printed() -> Iterator[io.StringIO]:
    """What `set_up` prints at INFO, with two secrets known; the root logger is as before afterwards."""
    root = logging.getLogger()
    before = (root.level, {name: logging.getLogger(name).level for name in logs.OURS})
    stream = io.StringIO()
    handler = logs.set_up("INFO", secrets=["hush", "hush-longer"], stream=stream)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before[0])
    for name, level in before[1].items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=False)


log = logging.getLogger("bot.somewhere")


def test_a_line_has_time_in_utc_level_place_and_message(printed: io.StringIO) -> None:
    log.info("creator=%s live", "alice")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO    bot\.somewhere: creator=alice live\n", printed.getvalue())


def test_a_secret_is_hidden_in_message_arguments_and_traceback(printed: io.StringIO) -> None:
    def login(token: str) -> None:
        raise ValueError(f"refused {token}")

    try:
        login("hush-longer")
    except ValueError:
        log.exception("login with %s failed: hush", "hush")
    said = printed.getvalue()
    assert "hush" not in said
    assert "refused [hidden]" in said
    assert "Traceback" in said


def test_a_secret_in_a_chained_cause_is_hidden_too(printed: io.StringIO) -> None:
    try:
        try:
            raise KeyError("hush")
        except KeyError as error:
            raise RuntimeError("outer") from error
    except RuntimeError:
        log.exception("it failed")
    assert "hush" not in printed.getvalue()
    assert "KeyError" in printed.getvalue()


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        (f"logging in with {TOKEN} now", TOKEN),
        ("headers {'Authorization': 'Bot abc.def', 'User-Agent': 'x'}", "abc.def"),
        ("Authorization: Bearer abc", "Bearer abc"),
        ("GET /webcast/fetch?room_id=1&apiKey=sk_123&x=1", "sk_123"),
        ("{'X-Api-Key': 'sk_123'}", "sk_123"),
        ("cookie sessionid=s3cr3t; ttwid=w1", "s3cr3t"),
        ("cookie sessionid=s3cr3t; ttwid=w1", "w1"),
        ("X-Set-TT-Cookie x; sid_tt=s3cr3t", "s3cr3t"),
        ("POST https://discord.com/api/v10/webhooks/12/aW50ZXJh/messages/@original", "aW50ZXJh"),
        ("POST /interactions/12/aW50ZXJh/callback", "aW50ZXJh"),
        ("WebSocket Event: {'type': 2, 'token': 'aW50ZXJh', 'id': '1'}", "aW50ZXJh"),
        ("postgresql+asyncpg://relay:pa55@db/relay", "pa55"),
    ],
)
def test_whatever_has_the_shape_of_a_secret_is_hidden(line: str, hidden: str) -> None:
    said = logs.hide(line)
    assert hidden not in said
    assert logs.HIDDEN in said


def test_what_is_around_a_secret_stays_readable() -> None:
    assert logs.hide("GET /fetch?room_id=1&apiKey=sk_1&x=1") == "GET /fetch?room_id=1&apiKey=[hidden]&x=1"
    assert logs.hide("{'Authorization': 'Bot a', 'User-Agent': 'x'}") == "{'Authorization': [hidden], 'User-Agent': 'x'}"
    assert logs.hide("creator=alice room=7390000000000000001 live") == "creator=alice room=7390000000000000001 live"


def test_a_message_cannot_forge_a_second_line(printed: io.StringIO) -> None:
    log.warning("title=%s", "x\n2026-01-01T00:00:00Z INFO bot: all is well\x1b[31m\u2028y")
    assert printed.getvalue().count("\n") == 1
    assert "\x1b" not in printed.getvalue()


def test_arguments_that_do_not_fit_neither_raise_nor_leak(printed: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    log.info("one %s two %s", "hush")
    assert "(its arguments do not fit)" in printed.getvalue()
    assert "hush" not in printed.getvalue() + capsys.readouterr().err


def test_a_librarys_payloads_are_not_printed(printed: io.StringIO) -> None:
    logs.set_up("DEBUG", stream=printed)
    logging.getLogger("discord.gateway").debug("For Shard ID 0: WebSocket Event: {'content': 'what a viewer said'}")
    logging.getLogger("sqlalchemy.engine.Engine").info("INSERT INTO comment … ('what a viewer said')")
    logging.getLogger("bot.relay").debug("ours")
    assert "viewer" not in printed.getvalue()
    assert "ours" in printed.getvalue()


def test_a_library_that_cannot_reach_somebody_says_so_in_one_line(printed: io.StringIO) -> None:
    try:
        raise ConnectionRefusedError(111, "Connect call failed hush")
    except OSError:
        logging.getLogger("discord.shard").exception("Attempting a reconnect for shard ID 0 in 2.71s")
    [line] = printed.getvalue().splitlines()
    assert "reconnect for shard ID 0" in line
    assert "Connect call failed" in line
    assert "hush" not in line


def test_a_fault_in_a_librarys_code_keeps_its_traceback(printed: io.StringIO) -> None:
    try:
        raise KeyError("attachment_size_limit")
    except KeyError:
        logging.getLogger("discord.client").exception("Ignoring exception in on_ready")
    assert "Traceback" in printed.getvalue()


def test_setting_up_twice_prints_once(printed: io.StringIO) -> None:
    second = io.StringIO()
    logs.set_up("INFO", stream=second)
    log.info("once")
    assert (printed.getvalue(), second.getvalue().count("once")) == ("", 1)


@given(st.text(), st.text(min_size=4))
def test_no_text_around_a_known_secret_lets_it_through(around: str, secret: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "%s", (around + secret + around,), None)
    logs.Redaction([secret]).filter(record)
    if secret not in logs.HIDDEN and secret not in around + logs.HIDDEN + around:
        assert secret not in record.getMessage()
