"""The page about battles shows the table that the code uses."""

from __future__ import annotations

import runpy
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "docs" / "draw_battles.py"


def test_the_drawing_is_of_the_table() -> None:
    drawing = runpy.run_path(str(SCRIPT))
    text = drawing["PAGE"].read_text(encoding="utf-8")
    assert drawing["page"](text) == text, "run: python docs/draw_battles.py"
    assert drawing["diagram"]() in text
