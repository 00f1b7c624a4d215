"""The most valuable player of each side of a PK: `python -m examples.pk_mvp alice`.

TikTok names at most three contributors a side, in every score; the last score before the decision counts.
"""

from __future__ import annotations

import asyncio
import sys

from bot.tiktok import BattleEvent, BattleScoreEvent, LiveClient, Phase, Side


async def main(creator: str) -> None:
    score: dict[str, tuple[Side, ...]] = {}
    async for event in LiveClient(creator):
        if isinstance(event, BattleScoreEvent):
            score[event.battle_id] = event.sides
        elif isinstance(event, BattleEvent) and event.phase is Phase.PUNISHING:
            print(f"PK {event.battle_id} is decided:")
            for side in score.pop(event.battle_id, event.sides):
                print(f"  {side.user.name or ', '.join(side.host_ids)}: {side.score} ({mvp(side)})", flush=True)


def mvp(side: Side) -> str:
    if not side.contributors:
        return "TikTok names no contributor"
    best = max(side.contributors, key=lambda each: each.score)
    return f"MVP {best.user.name} with {best.score}"


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
