"""`make demo`: the sandbox and a bot beside it, as two processes, and two watches. Needs no account anywhere.

With a time limit it also says at the end whether everything that the show promises has arrived, and fails if not.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import click

from sandbox import transcript
from sandbox.__main__ import Wish, run
from sandbox.app import Sandbox, SandboxError
from sandbox.scenarios.playing import ALERTS, SCENARIOS, TYPED, watch
from sandbox.tiktok import capture

ROOT = Path(__file__).parent.parent
BOT_ENDS_WITHIN_S = 15.0

PROMISED = {
    "a comment": lambda line: line.startswith("**") and "** " in line,
    "a finished gift combo in one line": lambda line: "🎁" in line and "×" in line,
    "a follow": lambda line: "followed" in line,
    "a PK card with its result": lambda line: "PK over" in line and ("wins" in line or "draw" in line),
    "a deletion": lambda line: "🗑" in line,
    "an alert for the moderators": lambda line: "Comments removed in" in line,
}
"""What the script of the demo shows in its first half minute."""
EVENING = (ALERTS, watch("alice", "live"), watch("bob", "bob-live"))
"""What is typed for the demo's own script."""


@click.command()
@click.option("--port", default=8910, show_default=True, type=click.IntRange(0, 65535), help="On 127.0.0.1; 0 takes a free one.")
@click.option("--capture", "file", type=click.Path(path_type=Path), help="Relay a captured room instead of the script.")
@click.option("--room", help="Whose room of the capture: the host's handle.")
@click.option("--scenario", type=click.Choice(sorted(SCENARIOS)), help="Another script than the demo's own.")
@click.option("--seconds", type=click.FloatRange(min=0), help="End by itself after so many seconds.")
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0.01, 1000), help="Times as fast.")
def main(port: int, file: Path | None, room: str | None, scenario: str | None, seconds: float | None, speed: float) -> None:
    """A TikTok, a Discord and the bot between them, all on this machine. Ctrl+C ends it."""
    if (file is None) != (room is None):
        raise click.UsageError("A capture needs a room: make demo CAPTURE=file ROOM=handle.")
    if file is not None and scenario is not None:
        raise click.UsageError("Either CAPTURE or SCENARIO: one of them can play at a time.")
    lines = TYPED.get(scenario or "", EVENING) if room is None else (watch(room, "live"),)
    wish = Wish(port, file, room, scenario, speed, seconds, 1, lines)
    show = Show()
    try:
        asyncio.run(run(wish, beside=show.with_bot))
    except (SandboxError, capture.CaptureError) as wrong:
        raise click.ClickException(str(wrong)) from wrong
    if show.bot_status:
        raise click.ClickException(f"The bot ended with status {show.bot_status}; what it said stands above.")
    if seconds is None:
        return
    if file is not None and not show.relayed:
        raise click.ClickException(
            "The time was up before anything of the captured room was relayed; give it longer, or --speed."
        )
    missing = show.missing() if file is None and scenario in (None, "demo") else []
    if missing:
        raise click.ClickException(f"The time was up before the channels showed {', '.join(missing)}.")


class Show:
    """The bot's process, and what the channels held at the end."""

    def __init__(self) -> None:
        self.bot_status = 0
        self._lines: list[str] = []

    @contextlib.asynccontextmanager
    async def with_bot(self, sandbox: Sandbox) -> AsyncIterator[None]:
        """A bot on a fresh database, from the sandbox's start to its end."""
        with tempfile.TemporaryDirectory(prefix="relay-demo-") as folder:
            bot = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"), cwd=ROOT, env=environment(sandbox, Path(folder)), start_new_session=True
            )
            try:
                yield
            finally:
                self._lines = [
                    line
                    for guild in sandbox.discord.guilds
                    for channel in guild.channels.values()
                    for message in channel.messages
                    for line in transcript.shown(message)
                ]
                self.bot_status = await ended(bot)

    @property
    def relayed(self) -> int:
        """Lines in the channels at the end."""
        return len(self._lines)

    def missing(self) -> list[str]:
        """What was promised and did not come."""
        return [what for what, is_it in PROMISED.items() if not any(map(is_it, self._lines))]


def environment(sandbox: Sandbox, folder: Path) -> Mapping[str, str]:
    """Ours, without what concerns another bot, and where the sandbox is."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("RELAY_")}
    told = {f"RELAY_{name.upper().replace('.', '__')}": value for name, value in sandbox.settings.items()}
    return ours | told | {"RELAY_STORAGE__URL": f"sqlite:///{folder / 'demo.db'}", "RELAY_LOG__LEVEL": "WARNING"}


async def ended(bot: asyncio.subprocess.Process) -> int:
    """End the bot as an operator would and return its status."""
    if bot.returncode is None:
        bot.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(BOT_ENDS_WITHIN_S):
            return await bot.wait()
    except TimeoutError:
        bot.kill()
        return await bot.wait()


if __name__ == "__main__":
    main()
