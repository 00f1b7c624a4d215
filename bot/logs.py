"""Logging for one operator at 3 a.m.: one line for each change of state, UTC, no secrets, nothing forged.

INFO is changes of state; what a viewer wrote appears at no level of ours. Whatever is about to be printed, from our code or a
library's, passes one filter that hides secrets in messages, arguments and tracebacks, and keeps a message on its one line.
"""

from __future__ import annotations

import logging
import re
import time
import traceback
from collections.abc import Iterable
from typing import TextIO

HIDDEN = "[hidden]"

OURS = ("bot", "cogs", "py.warnings")
"""What the level is for. Libraries print statements and payloads, viewers' text among them, below WARNING: they start there."""

_SHAPES = (
    # Authorization: Bot …, 'X-Api-Key': '…', as header or as a printed dict
    re.compile(
        r"""(?i)((?:authorization|x-api-key|x-jwt-key|x-oauth-token|x-cookie-header|set-cookie|cookie)['"]?\s*[:=]\s*)"""
        r"""(?:'[^']*'|"[^"]*"|[^\r\n,})]+)"""
    ),
    # ?apiKey=…&… and session cookies
    re.compile(r"(?i)\b((?:api_?key|sessionid(?:_ss)?|sid_tt|sid_guard|uid_tt|ttwid|mstoken|x-bogus|x-gnarly)=)[^&;\s'\"]+"),
    # Discord's bot token: three base64 parts
    re.compile(r"()\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"),
    # The token in the address of a webhook or an interaction opens it to anybody for 15 minutes or for ever.
    re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s'\"?]+"),
    # The same in a payload that a library printed.
    re.compile(r"""(?i)(['"]token['"]\s*:\s*['"])[^'"]+"""),
    # scheme://user:password@host
    re.compile(r"(://[^\s:/@]*:)[^\s/@]+(?=@)"),
)

_LINE_BREAKERS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {
    0x0A: "\\n",
    0x0D: "\\r",
    0x09: " ",
    0x2028: "\\n",
    0x2029: "\\n",
}


def hide(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without the given secrets and without whatever has the shape of one. Pure."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    for shape in _SHAPES:
        text = shape.sub(lambda found: found[1] + HIDDEN, text)
    return text


class Redaction(logging.Filter):
    """Renders each record once, safely; sits on the handler, so that libraries' loggers pass it too.

    It never raises: a record whose arguments do not fit its message is printed as the message alone.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        # The longest first: one secret may be part of another.
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = hide(_message(record), self._secrets).translate(_LINE_BREAKERS)
        record.args = None
        if record.exc_info and _is_only_the_network(record):
            # Fifty lines of a library's insides would say no more, at every one of its attempts.
            error = record.exc_info[1]
            record.msg = f"{record.msg}: {hide(str(error) or type(error).__name__, self._secrets)}".translate(_LINE_BREAKERS)
            record.exc_info = record.exc_text = None
        if record.exc_info and record.exc_info[0] is not None:
            # A traceback's text ends up in `exc_text`, which formatters print instead of rendering it anew.
            record.exc_text = hide("".join(traceback.format_exception(*record.exc_info)), self._secrets).rstrip()
        if record.stack_info:
            record.stack_info = hide(record.stack_info, self._secrets)
        return True


def _is_only_the_network(record: logging.LogRecord) -> bool:
    """A library tells of a peer that cannot be reached, or that hung up: no fault in any code."""
    error = record.exc_info[1] if record.exc_info else None
    return record.name.split(".")[0] not in OURS and isinstance(error, OSError)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001  # a log call must not break what it reports on
        return f"{record.msg} (its arguments do not fit)"


class Utc(logging.Formatter):
    """`2026-11-20T03:00:00Z INFO    bot.ingest.supervisor: creator=alice live`."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", datefmt="%Y-%m-%dT%H:%M:%SZ")


def set_up(level: str, *, secrets: Iterable[str] = (), stream: TextIO | None = None) -> logging.Handler:
    """Send everything that is logged to `stream` (standard error), through the filter. Returns the handler."""
    handler = logging.StreamHandler(stream)
    handler.addFilter(Redaction(secrets))
    handler.setFormatter(Utc())
    root = logging.getLogger()
    for old in list(root.handlers):
        if isinstance(old.formatter, Utc):
            root.removeHandler(old)
    root.addHandler(handler)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    root.setLevel(max(logging.getLogger(OURS[0]).level, logging.WARNING))
    logging.captureWarnings(capture=True)
    return handler
