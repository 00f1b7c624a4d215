"""Records a LIVE's video to a file, by ffmpeg: without re-encoding, so that it costs next to no work."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.errors import DownloadFailed

log = logging.getLogger(__name__)

STOP_WITHIN_S = 10.0
"""ffmpeg closes the file properly when it is asked to end; after so long it is made to."""

SILENT_STREAM_S = 30
"""A video that brings nothing for so long is over."""

INPUT_PROTOCOLS = "http,https,tcp,tls,crypto,httpproxy"
"""The address comes from outside: it must not make ffmpeg read a file of ours."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How much has been written: seconds of video, bytes of file."""

    seconds: float = 0.0
    size_bytes: int = 0


OnProgress = Callable[[Progress], object]


class Download:
    """One recording. `progress` is the latest that ffmpeg told."""

    def __init__(self, process: Process, path: Path, on_progress: OnProgress | None) -> None:
        self.path = path
        self.progress = Progress()
        self._process = process
        self._on_progress = on_progress
        self._is_stopped = False
        self._following = asyncio.get_running_loop().create_task(self._follow())

    @property
    def is_running(self) -> bool:
        return not self._following.done()

    async def finished(self) -> Progress:
        """Wait for the end: the duration is over, the LIVE is, or `stop` was called. Raises `DownloadFailed`."""
        await asyncio.wait([self._following])
        said = self._following.result()
        status = self._process.returncode
        if status and not self._is_stopped:
            raise DownloadFailed(f"ffmpeg ended with status {status}: {said or 'it did not say why'}")
        return self.progress

    async def stop(self, *, within_s: float = STOP_WITHIN_S) -> None:
        """End the recording; the file stays and is complete. Never raises."""
        self._is_stopped = True
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await asyncio.wait([self._following], timeout=within_s)
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await asyncio.wait([self._following])

    async def _follow(self) -> str:
        """Read what ffmpeg tells until it ends. Returns its last complaint."""
        complaints = asyncio.get_running_loop().create_task(self._last_complaint())
        seconds, size = 0.0, 0
        assert self._process.stdout is not None  # noqa: S101 - we asked for a pipe
        async for line in self._process.stdout:
            name, _, value = line.decode("ascii", "replace").strip().partition("=")
            if name == "out_time_us" and value.isdecimal():
                seconds = int(value) / 1_000_000
            elif name == "total_size" and value.isdecimal():
                size = int(value)
            elif name == "progress":
                self._tell(Progress(seconds, size))
        await self._process.wait()
        return await complaints

    async def _last_complaint(self) -> str:
        last = b""
        assert self._process.stderr is not None  # noqa: S101 - we asked for a pipe
        while chunk := await self._process.stderr.read(4096):
            last = (last + chunk)[-4096:]
        lines = last.decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else ""

    def _tell(self, progress: Progress) -> None:
        self.progress = progress
        if self._on_progress is None:
            return
        try:
            self._on_progress(progress)
        except Exception:  # theirs: it must not cost them the recording
            log.exception("the progress callback of a download failed; it is not called again")
            self._on_progress = None


async def begin(
    address: str,
    path: str | Path,
    *,
    duration_s: float | None = None,
    user_agent: str = "",
    proxy: str | None = None,
    on_progress: OnProgress | None = None,
) -> Download:
    """Record the video at `address` into `path`, whose suffix chooses the container (`.mp4`, `.flv`, `.mkv` …).

    Raises `DownloadFailed`: ffmpeg is missing, the file exists, the address is none of a video.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise DownloadFailed("ffmpeg is not on PATH: install it (apt install ffmpeg, brew install ffmpeg), then try again")
    file = _free(Path(path))
    if not address.startswith(("http://", "https://")):
        raise DownloadFailed("TikTok's address of the video is none that can be recorded (not http)")
    arguments = command(address, file, duration_s=duration_s, user_agent=user_agent, proxy=proxy)
    process = await asyncio.create_subprocess_exec(program, *arguments, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    return Download(process, file, on_progress)


def _free(path: Path) -> Path:
    file = path.absolute()
    if file.exists():
        raise DownloadFailed(f"{file} exists: choose another name, a recording is never overwritten")
    if not file.parent.is_dir():
        raise DownloadFailed(f"there is no folder {file.parent}: make it first")
    return file


def command(address: str, file: Path, *, duration_s: float | None, user_agent: str, proxy: str | None) -> list[str]:
    """ffmpeg's arguments. Progress goes to standard output as `name=value` lines, complaints to standard error."""
    arguments = ["-hide_banner", "-nostdin", "-n", "-loglevel", "error", "-nostats", "-progress", "pipe:1"]
    arguments += ["-protocol_whitelist", INPUT_PROTOCOLS, "-rw_timeout", str(SILENT_STREAM_S * 1_000_000)]
    if user_agent:
        arguments += ["-user_agent", user_agent]
    if proxy:
        arguments += ["-http_proxy", proxy]
    arguments += ["-i", address, "-c", "copy"]
    if duration_s is not None:
        arguments += ["-t", f"{duration_s:g}"]
    # `file:` so that no name is taken for an option or a protocol.
    return [*arguments, f"file:{file}"]
