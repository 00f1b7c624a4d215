"""What a person types, in a process of its own: each mistake gets one sentence and a status, never a traceback."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.tiktok.webcast.pb import webcast_pb2 as pb

ROOT = Path(__file__).parents[2]


def bot(
    *words: str, folder: Path, stdin: bytes = b"", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RELAY_")}
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env=clean | {"PYTHONPATH": str(ROOT)} | (environment or {}),
        input=stdin,
        capture_output=True,
        timeout=50,
        check=False,
    )


def sentence(done: subprocess.CompletedProcess[bytes]) -> str:
    """What was said on standard error; a traceback is never an answer."""
    said = done.stderr.decode()
    assert "Traceback" not in said
    return said


def payload(text: str) -> str:
    chat = pb.Chat()
    chat.base.message_id = 7
    chat.content = text
    return base64.b64encode(chat.SerializeToString()).decode()


def test_decode_answers_line_for_line_and_never_stops_early(tmp_path: Path) -> None:
    good = json.dumps({"method": "WebcastChatMessage", "payload": payload("hello")})
    odd = json.dumps({"method": "WebcastNobodyKnowsMessage", "payload": payload("x")})
    file = tmp_path / "payloads.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join([good, "not json", odd, good]).encode()))

    done = bot("decode", str(file), folder=tmp_path)

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["n"] for answer in answers] == [0, 1, 2, 3]
    assert answers[0]["event"]["type"] == "chat"
    assert answers[0]["event"]["text"] == "hello"
    assert "error" in answers[1]
    assert answers[2]["event"]["type"] == "unknown"
    assert answers[3]["event"] == answers[0]["event"]
    assert done.returncode == 1


def test_decode_reads_standard_input_and_ends_well_when_every_line_did(tmp_path: Path) -> None:
    line = json.dumps({"method": "WebcastChatMessage", "payload": payload("hi")}).encode()
    done = bot("decode", "-", folder=tmp_path, stdin=line + b"\n")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)


@pytest.mark.parametrize(
    ("words", "environment", "expected"),
    [
        (("decode", "nowhere.jsonl"), {}, "nowhere.jsonl"),
        (("run",), {}, "discord.token"),
        (("run", "--config", "missing.toml"), {}, "missing.toml"),
        (("run",), {"RELAY_DISCORD__TOKN": "x"}, "The nearest is RELAY_DISCORD__TOKEN"),
        (
            ("run",),
            {"RELAY_DISCORD__TOKEN": "x", "RELAY_STORAGE__URL": "sqlite:////proc/nowhere/relay.db"},
            "Create the directory",
        ),
        (("db", "check"), {}, "db upgrade"),
        (("db", "backup", "copy.db"), {}, "storage.url"),
    ],
    ids=["no such capture", "no token", "no such file", "misspelt key", "no such folder", "no database", "nothing to back up"],
)
def test_a_mistake_gets_a_sentence_with_the_next_step(
    tmp_path: Path, words: tuple[str, ...], environment: dict[str, str], expected: str
) -> None:
    done = bot(*words, folder=tmp_path, environment=environment)
    assert done.returncode == 1
    assert expected in sentence(done) + done.stdout.decode()


def test_a_malformed_configuration_names_the_file_and_the_key_and_no_secret(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[discord]\ntoken = "very-secret"\n[delivery]\npost_every_s = "often"\n', encoding="utf-8"
    )
    done = bot("run", folder=tmp_path)
    assert done.returncode == 1
    assert "config.toml" in sentence(done)
    assert "post_every_s" in sentence(done)
    assert "very-secret" not in sentence(done)


def test_a_database_is_made_checked_and_backed_up(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    assert bot("db", "upgrade", folder=tmp_path).returncode == 0
    assert bot("db", "current", folder=tmp_path).stdout.strip()
    assert bot("db", "check", folder=tmp_path).returncode == 0
    assert bot("db", "backup", "copy.db", folder=tmp_path).returncode == 0
    copied = bot("db", "check", folder=tmp_path, environment={"RELAY_STORAGE__URL": "sqlite:///copy.db"})
    assert copied.returncode == 0, sentence(copied)


def test_a_malformed_database_address_is_not_repeated_with_its_password(tmp_path: Path) -> None:
    done = bot("db", "current", folder=tmp_path, environment={"RELAY_STORAGE__URL": "postgres//u:hunter2pw@h/db"})
    assert done.returncode == 1
    assert "hunter2pw" not in sentence(done)
    assert "sqlite:///" in sentence(done)


def test_a_retention_beyond_reason_is_refused_with_its_limit(tmp_path: Path) -> None:
    wish = {"RELAY_RETENTION__LOG_HOURS": "99999999999999", "RELAY_DISCORD__TOKEN": "x"}
    done = bot("run", folder=tmp_path, environment=wish)
    assert done.returncode == 1
    assert "at most 100000" in sentence(done)


def test_a_reader_who_has_enough_is_no_error(tmp_path: Path) -> None:
    line = json.dumps({"method": "WebcastChatMessage", "payload": payload("hello")}) + "\n"
    (tmp_path / "many.jsonl").write_text(line * 20_000, encoding="utf-8")
    command = f"{sys.executable} -m bot decode many.jsonl | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=50,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
