"""The command line of the sandbox: start it, play something into it, print what arrives in the channels."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from sandbox import moderators, transcript
from sandbox.app import Sandbox, SandboxError
from sandbox.discord.invocation import CannotUse
from sandbox.discord.openapi import Conformance, Description, DescriptionError
from sandbox.discord.world import Change, Channel
from sandbox.scenarios.playing import SCENARIOS, TYPED, Line, play, watch
from sandbox.scenarios.stage import Scene, Stage
from sandbox.tiktok import capture
from sandbox.tiktok.clock import Clock
from sandbox.tiktok.limits import Limits

BATCH_S = 0.8
"""The rhythm of real rooms' frames."""
VIOLATIONS_SHOWN = 20
ANSWER_WITHIN_S = 15.0
LOOK_EVERY_S = 0.2
"""How often it is looked whether the bot and its commands are there."""


class WatchType(click.ParamType[Line]):
    """`creator:channel`, as on the command line."""

    name = "creator:channel"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Line:
        creator, _, channel = str(value).partition(":")
        if not creator or not channel:
            self.fail(f"{value!r} is not creator:channel, for example alice:live", param, ctx)
        return watch(creator, channel.removeprefix("#"))


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asked for."""

    port: int
    capture: Path | None
    room: str | None
    scenario: str | None
    speed: float
    seconds: float | None
    seed: int
    lines: Sequence[Line]
    openapi: Path | None = None


@click.command()
@click.option("--port", default=8910, show_default=True, type=click.IntRange(0, 65535), help="On 127.0.0.1; 0 takes a free one.")
@click.option("--capture", "file", type=click.Path(path_type=Path), help="Play back a captured room from this file.")
@click.option("--room", help="Whose room of the capture: the host's handle.")
@click.option("--scenario", type=click.Choice(sorted(SCENARIOS)), help="The script to play. [default: demo]")
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0.01, 1000), help="Times as fast.")
@click.option("--seconds", type=click.FloatRange(min=0), help="End by itself after so many seconds.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same show.")
@click.option("--watch", "watches", multiple=True, type=WatchType(), help="Type /watch once the bot is there; may be repeated.")
@click.option("--openapi", type=click.Path(path_type=Path), help="Hold requests against Discord's OpenAPI description.")
def main(
    port: int,
    file: Path | None,
    room: str | None,
    scenario: str | None,
    speed: float,
    seconds: float | None,
    seed: int,
    watches: tuple[Line, ...],
    openapi: Path | None,
) -> None:
    """A TikTok, a Discord and a page to look at them, on this machine. Ctrl+C ends it."""
    if (file is None) != (room is None):
        raise click.UsageError("--capture and --room belong together: which file, and whose room in it.")
    if file is not None and scenario is not None:
        raise click.UsageError("Either --capture or --scenario: one of them can play at a time.")
    lines = [*TYPED.get(scenario or "", ()), *watches]
    wish = Wish(port, file, room, scenario, speed, seconds, seed, lines, openapi)
    try:
        asyncio.run(run(wish))
    except (SandboxError, capture.CaptureError, DescriptionError) as wrong:
        raise click.ClickException(str(wrong)) from wrong


Company = Callable[[Sandbox], AbstractAsyncContextManager[object]]
"""What runs beside the sandbox, from when it serves until it ends."""


async def run(wish: Wish, *, beside: Company = lambda _: contextlib.nullcontext()) -> None:
    """Serve until the time is up or someone ends it, then say what was noticed."""
    clock = Clock(wish.speed)
    sandbox = Sandbox(wish.port, clock=clock, tiktok_limits=Limits(batch_s=BATCH_S / max(1.0, wish.speed)))
    if wish.openapi is not None:
        sandbox.discord.conform_to(Conformance(Description.read(wish.openapi)))
    scene = scene_of(wish, sandbox)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers in its loop; there Ctrl+C interrupts
            loop.add_signal_handler(ending, stop.set)
    async with sandbox:
        sandbox.demo_guild()
        sandbox.discord.subscribe(tell)
        click.echo(addresses(sandbox))
        async with beside(sandbox), asyncio.TaskGroup() as tasks:
            players = [tasks.create_task(show(scene, clock, wish))]
            if wish.lines:
                players.append(tasks.create_task(type_lines(sandbox, wish.lines)))
            if wish.scenario == "reveal":
                players.append(tasks.create_task(moderators.take_turns(sandbox.discord, sandbox.page.guild, clock)))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wish.seconds):
                    await stop.wait()
            for player in players:
                player.cancel()
    click.echo(summary(sandbox))


def scene_of(wish: Wish, sandbox: Sandbox) -> Scene:
    """What is going to be played. Reads the capture, if that is wanted, before anything is served."""
    if wish.capture is not None and wish.room is not None:
        lives = capture.read(wish.capture, wish.room)
        return capture.scene(sandbox.tiktok.creator(wish.room), lives)
    stage = Stage(sandbox.tiktok.world, seed=wish.seed)
    return SCENARIOS[wish.scenario or "demo"](stage)


async def show(scene: Scene, clock: Clock, wish: Wish) -> None:
    """Play, and say when there is no more."""
    await play(scene, clock)
    if wish.capture is not None:
        click.echo(f"The capture of @{wish.room} is over; they are offline now. Ctrl+C ends the sandbox.")


async def type_lines(sandbox: Sandbox, lines: Sequence[Line]) -> None:
    """Wait for the bot and its commands, however long that takes, then type each line as the person at the page."""
    discord, guild, you = sandbox.discord, sandbox.page.guild, sandbox.page.you
    for line in lines:
        channel = guild.channel(line.channel)
        while not _can_use(sandbox, channel, line.command):
            # Coming online is no change that Discord tells of, so it is asked now and then as well.
            with contextlib.suppress(TimeoutError):
                await discord.until(partial(_can_use, sandbox, channel, line.command), LOOK_EVERY_S)
        click.echo(f"[#{channel.name}] you: {line}")
        try:
            typed = await discord.interact(channel, you, line.command, line.options)
            await typed.answered(ANSWER_WITHIN_S)
        except CannotUse as wrong:
            click.echo(f"[#{channel.name}] (only you) {wrong}")
        except TimeoutError:
            click.echo(f"[#{channel.name}] (only you) The application did not respond.")


def _can_use(sandbox: Sandbox, channel: Channel, command: str) -> bool:
    offered = sandbox.discord.available(sandbox.page.you, channel)
    return sandbox.discord.is_online and any(command.split()[0] == each.name for each in offered)


def tell(change: Change) -> None:
    """Print what a change adds to the transcript."""
    for line in transcript.lines(change):
        click.echo(line)


def addresses(sandbox: Sandbox) -> str:
    """Where everything is, and how a bot is told of it."""
    told = (f"    RELAY_{name.upper().replace('.', '__')}={value}" for name, value in sandbox.settings.items())
    return "\n".join((f"The page: {sandbox.url}/", "For the bot, in its environment:", *told, "Ctrl+C ends the sandbox.", ""))


def summary(sandbox: Sandbox) -> str:
    """How it went, with everything that a correct bot would not have done."""
    posted = sum(len(channel.messages) for guild in sandbox.discord.guilds for channel in guild.channels.values())
    wrong = [f"TikTok: {what}" for what in sandbox.tiktok.violations]
    wrong += [f"Discord: {what}" for what in sandbox.discord.violations]
    head = f"The sandbox has ended: {posted} messages in the channels, {len(wrong)} violations of TikTok's and Discord's rules."
    more = [f"  … and {len(wrong) - VIOLATIONS_SHOWN} more"] if len(wrong) > VIOLATIONS_SHOWN else []
    return "\n".join((head, *(f"  {what}" for what in wrong[:VIOLATIONS_SHOWN]), *more, *differing(sandbox)))


def differing(sandbox: Sandbox) -> list[str]:
    """What the sandbox itself answered otherwise than Discord's description says."""
    found = sandbox.discord.differing_answers
    return [f"{len(found)} answers of the sandbox differ.", *(f"  {each}" for each in found[:VIOLATIONS_SHOWN])] if found else []


if __name__ == "__main__":
    main()
