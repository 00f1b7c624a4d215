"""The command line: run, check, decode, db. Imports of a half happen inside its command, so `decode` starts without Discord."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
import msgspec

from bot.errors import OperatorError

T = TypeVar("T")

CONFIG_OPTION = click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Configuration file; config.toml is read when it exists.",
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
    except BrokenPipeError:
        # Whoever read our output has gone (`decode … | head`): not an error, and nothing more can be written.
        sys.stderr.close()
        sys.exit(0)
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


@cli.command()
@click.argument("file", type=click.Path(allow_dash=True, dir_okay=False))
def decode(file: str) -> None:
    """Turn captured payloads into typed events, one JSON line for each line of FILE (`-`: standard input; .gz: gzip)."""
    from bot.tiktok.capture import decode_command
    from bot.tiktok.capture import file as capture_file

    failed = False
    for line in decode_command.decode_lines(capture_file.read_lines(file)):
        failed = failed or "error" in line
        sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()
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


def in_loop(main_coroutine: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run in uvloop where it exists: TLS rooms take a fifth of the memory there."""
    if sys.platform == "win32":
        return asyncio.run(main_coroutine())
    import uvloop

    return uvloop.run(main_coroutine())


if __name__ == "__main__":
    main()
