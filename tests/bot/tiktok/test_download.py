"""Recording a LIVE through ffmpeg. Where there is no ffmpeg, a script stands in that notes its arguments."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import AgeRestricted, DownloadFailed
from bot.tiktok.download import Progress, begin, command
from sandbox.app import Sandbox
from tests.bot.tiktok.alone import client_of

VIDEO = "https://pull.example/stage/stream-7_hd.flv?sign=1"

FFMPEG = f"""#!{sys.executable}
import pathlib, signal, sys, time
here = pathlib.Path(__file__).parent
(here / "arguments").write_text("\\n".join(sys.argv[1:]))
mode = (here / "mode").read_text()
if mode == "fails":
    print("opening the input", file=sys.stderr)
    print("Server returned 403 Forbidden", file=sys.stderr)
    sys.exit(8)
signal.signal(signal.SIGTERM, signal.SIG_IGN if mode == "deaf" else lambda *_: sys.exit(255))
file = pathlib.Path(sys.argv[-1].removeprefix("file:"))
file.write_bytes(b"video")
for second in (1, 2):
    print(f"out_time_us={{second}}500000\\ntotal_size={{second}}024\\nout_time_us=N/A\\nprogress=continue", flush=True)
while mode != "ends":
    time.sleep(0.01)
print("progress=end")
"""


@pytest.fixture
def ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the stand-in: `mode` says what it does."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "ffmpeg"
    program.write_text(FFMPEG)
    program.chmod(0o755)
    (folder / "mode").write_text("ends")
    monkeypatch.setenv("PATH", str(folder))
    return folder


async def test_a_recording_runs_to_its_end_and_tells_how_far_it_is(ffmpeg: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    recording = await begin(VIDEO, tmp_path / "live.mp4", duration_s=90, on_progress=told.append)
    assert await recording.finished() == Progress(2.5, 2024)
    assert told == [Progress(1.5, 1024), Progress(2.5, 2024), Progress(2.5, 2024)]
    assert (tmp_path / "live.mp4").read_bytes() == b"video"
    assert not recording.is_running
    given = (ffmpeg / "arguments").read_text().splitlines()
    assert given == command(VIDEO, tmp_path / "live.mp4", duration_s=90, user_agent="", proxy=None)


def test_what_ffmpeg_is_told(tmp_path: Path) -> None:
    given = command(VIDEO, tmp_path / "-y.mp4", duration_s=90, user_agent="Mozilla/5.0", proxy="http://proxy:1")
    assert given[given.index("-i") + 1] == VIDEO
    assert given[given.index("-t") + 1] == "90"
    assert given[given.index("-user_agent") + 1] == "Mozilla/5.0"
    assert given[given.index("-http_proxy") + 1] == "http://proxy:1"
    assert given[-1] == f"file:{tmp_path}/-y.mp4"
    assert given[-3:-1] != ["-c", "copy"], "the duration stands between"
    assert "file" not in given[given.index("-protocol_whitelist") + 1], "a stream must not name a file of ours"
    before = given[: given.index("-i")]
    assert {"-n", "-nostdin", "-protocol_whitelist", "-user_agent", "-http_proxy"} <= set(before)
    assert "-t" not in command(VIDEO, tmp_path / "x.mp4", duration_s=None, user_agent="", proxy=None)


async def test_a_recording_can_be_stopped(ffmpeg: Path, tmp_path: Path) -> None:
    (ffmpeg / "mode").write_text("goes on")
    begun = asyncio.Event()
    recording = await begin(VIDEO, tmp_path / "live.mp4", on_progress=lambda _: begun.set())
    await begun.wait()
    assert recording.is_running
    await recording.stop()
    assert not recording.is_running
    assert (await recording.finished()).seconds >= 1.5, "stopped by us is no failure"
    await recording.stop()


async def test_an_ffmpeg_that_does_not_listen_is_ended(ffmpeg: Path, tmp_path: Path) -> None:
    (ffmpeg / "mode").write_text("deaf")
    begun = asyncio.Event()
    recording = await begin(VIDEO, tmp_path / "live.mp4", on_progress=lambda _: begun.set())
    await begun.wait()
    await recording.stop(within_s=0.05)
    assert not recording.is_running


async def test_why_ffmpeg_gave_up_is_told(ffmpeg: Path, tmp_path: Path) -> None:
    (ffmpeg / "mode").write_text("fails")
    recording = await begin(VIDEO, tmp_path / "live.mp4")
    with pytest.raises(DownloadFailed, match="status 8: Server returned 403 Forbidden"):
        await recording.finished()


async def test_a_progress_callback_that_fails_does_not_cost_the_recording(
    ffmpeg: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recording = await begin(VIDEO, tmp_path / "live.mp4", on_progress=lambda _: 1 // 0)
    assert (await recording.finished()).seconds == 2.5
    assert caplog.text.count("Traceback") == 1


async def test_what_cannot_be_begun_says_what_to_do(ffmpeg: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "there.mp4").write_bytes(b"mine")
    with pytest.raises(DownloadFailed, match="never overwritten"):
        await begin(VIDEO, tmp_path / "there.mp4")
    with pytest.raises(DownloadFailed, match="no folder"):
        await begin(VIDEO, tmp_path / "nowhere" / "x.mp4")
    with pytest.raises(DownloadFailed, match="not http"):
        await begin("file:///etc/passwd", tmp_path / "x.mp4")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DownloadFailed, match="apt install ffmpeg"):
        await begin(VIDEO, tmp_path / "x.mp4")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as here:
        yield here


async def test_a_client_records_its_room_and_stops_with_it(sandbox: Sandbox, ffmpeg: Path, tmp_path: Path) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    (ffmpeg / "mode").write_text("goes on")
    begun = asyncio.Event()
    async with client_of(sandbox) as client:
        recording = await client.download(tmp_path / "live.flv", 60, "sd", on_progress=lambda _: begun.set())
        with pytest.raises(DownloadFailed, match="stop it first"):
            await client.download(tmp_path / "twice.flv")
        await begun.wait()
        await client.stop_download()
        assert not recording.is_running
        begun.clear()
        again = await client.download(tmp_path / "second.flv", quality="uhd", on_progress=lambda _: begun.set())
        await begun.wait()
    assert not again.is_running
    given = (ffmpeg / "arguments").read_text().splitlines()
    assert given[given.index("-i") + 1].endswith(f"stream-{room.id}_hd.flv")


async def test_a_room_that_hides_its_video_says_so(sandbox: Sandbox, ffmpeg: Path, tmp_path: Path) -> None:
    sandbox.tiktok.creator("alice").go_live()
    sandbox.tiktok.faults.room_info = "age_restricted"
    with pytest.raises(AgeRestricted):
        await client_of(sandbox).download(tmp_path / "live.flv")


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg on this machine: the stand-in has to do")
async def test_the_real_ffmpeg_understands_its_arguments(tmp_path: Path) -> None:
    recording = await begin("http://127.0.0.1:9/nothing.flv", tmp_path / "live.mp4", duration_s=1, user_agent="Mozilla/5.0")
    with pytest.raises(DownloadFailed, match="refused"):
        await recording.finished()
