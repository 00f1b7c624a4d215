"""What the protocol's documents say, beside the repository and never in it: known methods, and the fields of each."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping

import pytest

from tests.bot.tiktok.shared_data import CAPTURES

REFERENCE = CAPTURES.parents[1] / "reference"

_KINDS = {"str": "string", "i32": "number", "i64": "number", "bool": "bool", "common.Text": "text", "User": "user"}
_KINDS |= {"ImageModel": "image", "CommonMessageData": "common"}


def document(name: str) -> str:
    """The text of a document. Absent: a failure in CI, a loud skip elsewhere."""
    path = REFERENCE / name
    if not path.exists():
        reason = f"NOT TESTED AGAINST THE PROTOCOL'S DOCUMENTS: {path} is absent"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path.read_text(encoding="utf-8")


@functools.cache
def methods() -> frozenset[str]:
    """All method names that are known: the table of section 9, and every message that the schema describes."""
    listed = document("webcast-protocol.md").split("\n## 9.")[1].split("\n## 10.")[0]
    names = re.findall(r"^\| (\w+) \|", listed, re.MULTILINE)
    return frozenset(names) - {"Method"} | (_schemas().keys() & {name for name in _schemas() if name.startswith("Webcast")})


def schema(method: str) -> Mapping[int, str]:
    """Number -> kind of each field of a message; empty where no schema describes it."""
    described = _schemas().get(method) or _schemas().get(method.replace("WebcastEc", "EC"), {})
    return {1: "common"} | described if described else {}


@functools.cache
def _schemas() -> dict[str, dict[int, str]]:
    text = document("webcast-protocol.md") + document("webcast-schema-appendix.md")
    found: dict[str, dict[int, str]] = {}
    for name, fields in re.findall(r"^- \*\*([\w.]+)\*\*°? \{(.*)\}\s*$", text, re.MULTILINE):
        kinds = {int(number): _kind(kind) for number, kind in re.findall(r"(\d+)°? \w+:([\w.*:<>,]+)", fields)}
        found.setdefault(name, kinds)
    return found


def _kind(written: str) -> str:
    """A selector may be a number or a message: what is written as neither can be both."""
    bare = written.removeprefix("*")
    return "number" if bare.startswith("e:") else _KINDS.get(bare, "message")
