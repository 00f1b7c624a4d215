"""Capture files: plain, gzipped, from standard input, and damaged."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import pytest

from bot.errors import OperatorError
from bot.tiktok.capture.decode_command import decode_lines
from bot.tiktok.capture.file import CaptureDamaged, read_lines


def line(*, host: str = "") -> bytes:
    return f'{{"method": "WebcastBrandNew", "payload": "AAAA", "host": "{host}"}}'.encode()


def test_plain_and_gzipped_files_read_alike(tmp_path: Path) -> None:
    text = line() + b"\r\n" + line(host="x") + b"\n"
    (tmp_path / "a.jsonl").write_bytes(text)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(text, mtime=0))
    plain, packed = (list(read_lines(str(tmp_path / name))) for name in ("a.jsonl", "a.jsonl.gz"))
    assert plain == packed == [line(), line(host="x")]


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line() + b"\n")))
    assert list(read_lines("-")) == [line()]


def test_a_truncated_gzip_ends_in_one_clear_error_line(tmp_path: Path) -> None:
    whole = gzip.compress(b"\n".join(line(host=f"h{number}") for number in range(3000)))
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    *good, last = decode_lines(read_lines(str(path)))
    assert good
    assert all("event" in each for each in good)
    assert last["n"] == len(good)
    assert "ends in the middle of its gzip stream" in last["error"]


def test_a_gz_that_is_no_gzip_is_one_error_line(tmp_path: Path) -> None:
    path = tmp_path / "no.jsonl.gz"
    path.write_bytes(line())
    (only,) = decode_lines(read_lines(str(path)))
    assert (only["n"], "not readable as gzip" in only["error"]) == (0, True)


def test_a_file_that_is_not_there_is_the_operators_business(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="cannot be opened: No such file"):
        list(read_lines(str(tmp_path / "absent.jsonl")))


def test_a_damaged_gzip_gives_what_came_before_the_damage(tmp_path: Path) -> None:
    path = tmp_path / "damaged.jsonl.gz"
    path.write_bytes(gzip.compress(line() + b"\n", mtime=0) + b"and then something else")
    lines = read_lines(str(path))
    assert next(lines) == line()
    with pytest.raises(CaptureDamaged, match="not readable as gzip"):
        next(lines)
