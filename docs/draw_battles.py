"""Draws the table of bot/events/battle_state.py into docs/battles.md: `python docs/draw_battles.py`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "battles.md"
DRAWN = re.compile(r"(?<=<!-- drawn from the table -->\n).*?(?=<!-- end -->)", re.DOTALL)

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from bot.events.battle_state import MOVES, Stage  # noqa: E402 - a script: the checkout is the installation


def diagram() -> str:
    """The moves that need no missed message, as Mermaid; and all moves as a table."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {Stage.WAITING}"]
    for stage, row in MOVES.items():
        expected: dict[Stage, list[str]] = {}
        for sign, move in row.items():
            if move.to is not stage and not move.missed:
                expected.setdefault(move.to, []).append(sign)
        lines += [f"    {stage} --> {to}: {', '.join(signs)}" for to, signs in expected.items()]
    return "\n".join([*lines, f"    {Stage.ENDED} --> [*]", "```", "", *table()]) + "\n"


def table() -> list[str]:
    """Rows: where we are. Columns: what a message says. Cells: where that leads, and what was missed then."""
    signs = list(MOVES[Stage.WAITING])
    lines = [f"| | {' | '.join(signs)} |", f"|---{'|---' * len(signs)}|"]
    for stage, row in MOVES.items():
        cells = []
        for move in row.values():
            missed = f" (missed: {', '.join(move.missed)})" if move.missed else ""
            cells.append("·" if move.to is stage else f"{move.to}{missed}")
        lines.append(f"| **{stage}** | {' | '.join(cells)} |")
    return lines


def page(text: str) -> str:
    """The page's text with the drawing renewed."""
    return DRAWN.sub(lambda _: diagram(), text)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
