"""What is known of the edge: its documented frames, closes and fields, beside the repository, never in it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

DOCUMENTS = Path(__file__).parents[4] / ".." / "shared" / "data" / "tiktools"


def document(name: str) -> str:
    """The text of one of them. Absent: a failure in CI, a loud skip elsewhere."""
    path = DOCUMENTS / name
    if not path.exists():
        reason = f"NOT TESTED AGAINST DOCUMENTED FRAMES: {path} is absent"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path.read_text(encoding="utf-8")


def rows(name: str) -> list[dict[str, Any]]:
    """A file of JSON lines."""
    return [json.loads(line) for line in document(name).splitlines() if line.strip()]
