"""The command line. Imports of a half happen inside its command, so `decode` starts without Discord."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
import msgspec

from bot.errors import BadInput, OperatorError

if TYPE_CHECKING:
    from bot.config import Config

T = TypeVar("T")

CONFIG_OPTION = click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Configuration file; config.toml is read when it exists.",
)

FILTER_OPTION = click.option(
    "--filter", "wanted", default="", metavar="TYPES", help="Only these, e.g. chat,gift; TikTokLive's names will do as well."
)
JSON_OPTION = click.option("--json", "as_json", is_flag=True, help='One JSON object a line: {"type": ..., "data": {...}}.')
RAW_OPTION = click.option("--raw", is_flag=True, help="Every message of a gift combo, not only the last.")


def statuses(*, over: str, finds: bool = False) -> str:
    """The exit statuses as `--help` shows them; the first line keeps click from filling the list into a paragraph."""
    not_found = "\n  3    TikTok knows no such creator (of several: none of them)" if finds else ""
    return (
        f"\b\nExit status:\n  0    {over}\n"
        "  1    a fault to be put right, in the configuration or a file; it is named on standard error\n"
        f"  2    a mistake in the command itself{not_found}\n  130  Ctrl+C"
    )


def main() -> NoReturn:
    """Run the command line; an error that the operator must act on is one sentence and status 1."""
    try:
        cli.main(prog_name="python -m bot", standalone_mode=False)
    except OperatorError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    sys.exit(0)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def cli() -> None:
    """A Discord bot that relays TikTok LIVE."""


@cli.command()
@CONFIG_OPTION
def run(config_path: Path | None) -> None:
    """The bot, all in one process."""
    from bot import config, logs
    from bot.modes import embedded

    settings = config.load(config_path)
    logs.set_up(settings.log.level, secrets=settings.secrets())
    in_loop(lambda: embedded.run(settings))


@cli.command()
@CONFIG_OPTION
def check(config_path: Path | None) -> None:
    """Name every fault of this installation with its remedy, and print the invite link."""
    from bot.modes import check as checks

    faults = in_loop(lambda: checks.report(config_path))
    sys.exit(1 if faults else 0)


@cli.command(epilog=statuses(over="whoever read the output has gone, --once and the LIVE is over, or SIGTERM", finds=True))
@CONFIG_OPTION
@FILTER_OPTION
@JSON_OPTION
@RAW_OPTION
@click.option("--once", is_flag=True, help="End with the LIVE; without it, the next one is waited for.")
@click.option("--source", default="", help="Only this way to the events (webcast, direct, tiktools); else as configured.")
@click.argument("creators", metavar="CREATOR...", nargs=-1, required=True)
def tail(
    config_path: Path | None, wanted: str, as_json: bool, raw: bool, once: bool, source: str, creators: tuple[str, ...]
) -> NoReturn:
    """Print what happens in the LIVEs of these creators (@name, name or a link), one line for each event."""
    from bot.modes import tail as mode
    from bot.modes import terminal

    with usage_errors():
        handles = terminal.handles(creators)
        printer = terminal.on_standard_streams(as_json=as_json, only=terminal.classes(wanted), names_creators=len(handles) > 1)
        tiktok = quiet(config_path).tiktok
        sys.exit(
            in_loop(lambda: terminal.until_told(mode.run(tiktok, handles, printer=printer, raw=raw, once=once, source=source)))
        )


@cli.command(epilog=statuses(over="the LIVE is over and all of it in FILE, or SIGTERM", finds=True))
@CONFIG_OPTION
@click.argument("creator")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def record(config_path: Path | None, creator: str, file: Path) -> NoReturn:
    """Write the raw messages of a creator's LIVE to FILE (.gz: gzip), for `replay`, `decode` and the sandbox's --capture.

    Waits until they are live, and ends with the LIVE. FILE must not exist.
    """
    from bot.modes import record as mode
    from bot.modes import terminal

    with usage_errors():
        (handle,) = terminal.handles([creator])
        printer = terminal.on_standard_streams()
        tiktok = quiet(config_path).tiktok
        sys.exit(in_loop(lambda: terminal.until_told(mode.run(tiktok, handle, file, printer=printer))))


@cli.command(epilog=statuses(over="all of FILE was played, whoever read the output has gone, or SIGTERM"))
@FILTER_OPTION
@JSON_OPTION
@RAW_OPTION
@click.option("--speed", default=1.0, show_default=True, type=float, help="Times as fast; inf: at once.")
@click.argument("file", type=click.Path(dir_okay=False))
def replay(wanted: str, as_json: bool, raw: bool, speed: float, file: str) -> NoReturn:
    """Print a capture (FILE, .gz: gzip) as `tail` printed the room; silences are cut to 3 s."""
    from bot.modes import replay as mode
    from bot.modes import terminal

    with usage_errors():
        printer = terminal.on_standard_streams(as_json=as_json, only=terminal.classes(wanted))
        sys.exit(in_loop(lambda: terminal.until_told(mode.run(file, printer=printer, speed=speed, raw=raw))))


@cli.command()
@click.argument("file", type=click.Path(allow_dash=True, dir_okay=False))
def decode(file: str) -> None:
    """Turn captured payloads into typed events, one JSON line for each line of FILE (`-`: standard input; .gz: gzip)."""
    from bot.tiktok.capture import decode_command
    from bot.tiktok.capture import file as capture_file

    failed = False
    try:
        for line in decode_command.decode_lines(capture_file.read_lines(file)):
            failed = failed or "error" in line
            sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read our output has gone (`decode … | head`): no error. What is still buffered goes nowhere, or Python would
        # stumble over it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1 if failed else 0)


@cli.group()
def db() -> None:
    """The database."""


@db.command()
@CONFIG_OPTION
def upgrade(config_path: Path | None) -> None:
    """Bring the schema to this version (with a backup beside the file). The bot must not be running."""
    from bot import config
    from bot.clock import SystemClock
    from bot.storage import schema

    url = config.load(config_path).storage.url
    with schema.lock(url):
        schema.prepare(url, SystemClock())
        click.echo(f"The schema is at {schema.current(url)}.")


@db.command()
@CONFIG_OPTION
def current(config_path: Path | None) -> None:
    """Print the schema's version."""
    from bot import config
    from bot.storage import schema

    revision = schema.current(config.load(config_path).storage.url)
    click.echo(revision or "There is no database yet. `python -m bot db upgrade` makes one, and so does `run`.")


@db.command(name="check")
@CONFIG_OPTION
def check_database(config_path: Path | None) -> None:
    """Check the file and that the schema is what the code expects."""
    from bot import config
    from bot.storage import schema

    faults = schema.check(config.load(config_path).storage.url)
    for fault in faults:
        click.echo(fault)
    if not faults:
        click.echo("The database is sound and its schema is current.")
    sys.exit(1 if faults else 0)


@db.command()
@CONFIG_OPTION
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(config_path: Path | None, file: Path) -> None:
    """Write a consistent copy to FILE; works while the bot runs."""
    from bot import config
    from bot.storage import schema

    schema.backup(config.load(config_path).storage.url, file)
    click.echo(f"Backed up to {file}.")


@contextlib.contextmanager
def usage_errors() -> Iterator[None]:
    """What somebody typed and cannot be used is a mistake in the command: status 2."""
    try:
        yield
    except BadInput as error:
        raise click.UsageError(str(error)) from None


def quiet(config_path: Path | None) -> Config:
    """The configuration of a command that shares the terminal with its log: only what went wrong is logged."""
    from bot import config, logs

    settings = config.load(config_path)
    logs.set_up("WARNING", secrets=settings.secrets())
    return settings


def in_loop(main_coroutine: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run in uvloop where it exists: TLS rooms take a fifth of the memory there."""
    if sys.platform == "win32":
        return asyncio.run(main_coroutine())
    import uvloop

    return uvloop.run(main_coroutine())


if __name__ == "__main__":
    main()
