"""Where the captured payloads are: beside the repository, never in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CAPTURES = Path(__file__).parents[3] / ".." / "shared" / "data" / "captures"


def captured(name: str) -> Path:
    """The path of a file of captured payloads. Absent: a failure in CI, a loud skip elsewhere."""
    path = CAPTURES / name
    if not path.exists():
        reason = f"NOT TESTED AGAINST REAL PAYLOADS: {path} is absent"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path
