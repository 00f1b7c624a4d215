"""A capture printed as `tail` printed the room."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pytest

from bot.errors import OperatorError
from bot.events import Handle, RoomId
from bot.modes import replay
from bot.modes.terminal import Printer, Status
from bot.tiktok.capture.line import Captured, written
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.doubles.clock import START_MS


def given(count: int, *, at_s: float, end: bool = False, host: str = "alice") -> bytes:
    message = pb.GiftMessage()
    message.base.message_id = round(at_s * 1000) + 1
    message.user.id, message.user.handle = 5, "bob"
    message.gift.id, message.gift.name, message.gift.type = 5655, "Rose", 1
    message.gift_id, message.group_id, message.repeat_count, message.repeat_end = 5655, 1, count, int(end)
    at_ms = START_MS + round(at_s * 1000)
    return written(0, Captured("WebcastGiftMessage", message.SerializeToString(), Handle(host), RoomId("1"), at_ms))


def capture(folder: Path, *lines: bytes) -> str:
    path = folder / "capture.jsonl"
    path.write_bytes(b"".join(lines))
    return str(path)


async def played(file: str, *, raw: bool = False) -> tuple[Status, list[str], list[str]]:
    """The status, what was printed, and what was complained of."""
    out, err = io.BytesIO(), io.BytesIO()
    status = await replay.run(file, printer=Printer(out, err), speed=math.inf, raw=raw)
    return status, out.getvalue().decode().splitlines(), err.getvalue().decode().splitlines()


READY = "[ready]   connected to @alice (room 1)"


async def test_a_combo_is_one_line(tmp_path: Path) -> None:
    file = capture(tmp_path, given(1, at_s=0), given(3, at_s=1), given(3, at_s=4, end=True))
    assert await played(file) == (Status.DONE, [READY, "[gift]    bob -> Rose x3"], [])


async def test_raw_shows_every_step_of_it(tmp_path: Path) -> None:
    file = capture(tmp_path, given(1, at_s=0), given(3, at_s=1), given(3, at_s=4, end=True))
    _, lines, _ = await played(file, raw=True)
    assert [line[-2:] for line in lines[1:]] == ["x1", "x3", "x3"]


async def test_a_combo_that_the_capture_cuts_off_is_shown_at_its_end(tmp_path: Path) -> None:
    file = capture(tmp_path, given(2, at_s=0), given(4, at_s=1))
    assert (await played(file))[1] == [READY, "[gift]    bob -> Rose x4"]


async def test_a_combo_without_an_end_is_closed_by_the_clock_of_the_recording(tmp_path: Path) -> None:
    file = capture(tmp_path, given(2, at_s=0), given(1, at_s=70))
    assert (await played(file))[1][1] == "[gift]    bob -> Rose x2"


async def test_lines_that_hold_no_message_make_it_faulty_and_stop_nothing(tmp_path: Path) -> None:
    status, lines, errors = await played(capture(tmp_path, b"what?\n", given(1, at_s=0, end=True)))
    assert (status, errors) == (Status.FAULTY, ["[error]   lines that hold no message: 1"])
    assert lines == [READY, "[gift]    bob -> Rose x1"]


async def test_an_empty_capture_is_a_fault(tmp_path: Path) -> None:
    status, lines, errors = await played(capture(tmp_path))
    assert (status, lines) == (Status.FAULTY, [])
    assert "holds no message" in errors[0]


async def test_a_file_that_is_not_there_is_the_operators_business(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="cannot be opened"):
        await played(str(tmp_path / "absent.jsonl"))
