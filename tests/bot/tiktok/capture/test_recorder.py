"""A recording: written in whole lines, readable after a kill, and never over another one."""

from __future__ import annotations

import gzip
import json
from io import FileIO
from pathlib import Path

import pytest

from bot.errors import OperatorError
from bot.events import Handle, RoomId
from bot.tiktok.capture.file import read_lines
from bot.tiktok.capture.recorder import MOST_PENDING_BYTES, Recorder
from bot.tiktok.webcast.frames import Message
from bot.tiktok.webcast.pb import webcast_pb2 as pb

ALICE = Handle("alice")
ROOM = RoomId("7")


def message(text: str = "x") -> Message:
    return Message("WebcastNew", text.encode(), 1)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in read_lines(str(path))]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_messages_are_numbered_and_come_back_in_order(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with Recorder(path, ALICE) as recorder:
        for number in range(5):
            recorder.take(message(), ROOM, 1000 + number)
            recorder.flush()
    found = lines(path)
    assert [each["n"] for each in found] == [0, 1, 2, 3, 4]
    assert {(each["method"], each["host"], each["room_id"]) for each in found} == {("WebcastNew", "alice", "7")}
    assert found[4]["received_at"] == "1970-01-01T00:00:01.004Z"


def test_the_batchs_id_is_kept_for_a_message_that_names_none(tmp_path: Path) -> None:
    chat = pb.Chat()
    chat.base.message_id = 7
    with Recorder(tmp_path / "a.jsonl", ALICE) as recorder:
        recorder.take(Message("WebcastChatMessage", chat.SerializeToString(), 7), ROOM, 0)
        recorder.take(Message("WebcastNew", b"\x08\x01", 8), ROOM, 0)
    assert [each.get("message_id") for each in lines(tmp_path / "a.jsonl")] == [None, 8]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_what_was_flushed_is_on_disk_and_readable_while_the_recording_goes_on(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with Recorder(path, ALICE) as recorder:
        recorder.take(message(), ROOM, 0)
        assert lines(path) == []
        recorder.flush()
        recorder.take(message(), ROOM, 0)
        # As a kill would leave it: nobody closes anything.
        (tmp_path / f"killed-{name}").write_bytes(path.read_bytes())
    assert len(lines(tmp_path / f"killed-{name}")) == 1
    assert len(lines(path)) == 2


def test_what_waits_for_a_flush_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Recorder(path, ALICE) as recorder:
        for _ in range(3):
            recorder.take(message("x" * MOST_PENDING_BYTES), ROOM, 0)
        assert len(lines(path)) == 3


def test_gzip_files_open_with_any_gzip(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    with Recorder(path, ALICE) as recorder:
        for _ in range(3):
            recorder.take(message(), ROOM, 0)
            recorder.flush()
    assert gzip.decompress(path.read_bytes()).count(b"\n") == 3


def test_a_recording_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("precious")
    with pytest.raises(OperatorError, match="exists already"), Recorder(path, ALICE):
        pass
    assert path.read_text() == "precious"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="folder that exists"), Recorder(tmp_path / "no" / "a.jsonl", ALICE):
        pass


def test_a_recording_of_nothing_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Recorder(path, ALICE):
        pass
    assert not path.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no disk that is always full")
def test_a_full_disk_is_the_operators_business(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Recorder(path, ALICE) as recorder:
        assert recorder._file is not None
        recorder._file.close()
        recorder._file = FileIO("/dev/full", "w")
        recorder.take(message(), ROOM, 0)
        with pytest.raises(OperatorError, match="cannot be written on: No space left"):
            recorder.flush()
