"""Capture files: JSON lines, plain or gzipped, from a path or standard input."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, cast

from bot.errors import OperatorError, RelayError

STANDARD_INPUT = "-"


class CaptureDamaged(RelayError):
    """A capture cannot be read on from here. What came before is good."""


def read_lines(name: str) -> Iterator[bytes]:
    """The lines of a capture, without their line ends. `name` ends in `.gz`: gzip; `-`: standard input.

    Raises `OperatorError` when the file cannot be opened, `CaptureDamaged` where its bytes end to make sense.
    """
    with _opened(name) as file:
        try:
            for line in file:
                yield line.rstrip(b"\r\n")
        except EOFError as error:
            raise CaptureDamaged(f"{name} ends in the middle of its gzip stream: it was cut short") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise CaptureDamaged(f"{name} is not readable as gzip: {error}") from error
        except OSError as error:
            raise CaptureDamaged(f"{name} cannot be read on: {error.strerror or error}") from error


def _opened(name: str) -> AbstractContextManager[BinaryIO]:
    if name == STANDARD_INPUT:
        return nullcontext(sys.stdin.buffer)
    path = Path(name)
    try:
        # Entered by the caller; opened here, so that only opening is the operator's mistake.
        opened = gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # noqa: SIM115
    except OSError as error:
        reason = error.strerror or str(error)
        raise OperatorError(f"{name} cannot be opened: {reason}. Give a file of captured payloads.") from error
    return cast("AbstractContextManager[BinaryIO]", opened)
