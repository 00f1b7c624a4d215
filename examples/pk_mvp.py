"""The most valuable player of each side of a PK: `python -m examples.pk_mvp alice`.

TikTok names at most three contributors a side, in every score; the last score before the decision counts. A score knows its
hosts by their ids alone: their names come with the beginning and the decision.
"""

from __future__ import annotations

import asyncio
import sys

from bot.tiktok import BattleEvent, BattleScoreEvent, LiveClient, Phase, Side, SourceError


async def main(creator: str) -> None:
    score: dict[str, tuple[Side, ...]] = {}
    names: dict[str, str] = {}
    async for event in LiveClient(creator):
        if isinstance(event, BattleScoreEvent):
            score[event.battle_id] = event.sides
        elif isinstance(event, BattleEvent):
            names |= {side.user.id: side.user.name for side in event.sides if side.user.name}
            if event.phase is not Phase.PUNISHING:
                continue
            print(f"PK {event.battle_id} is decided:")
            for side in score.pop(event.battle_id, event.sides):
                hosts = ", ".join(names.get(each, each) for each in side.host_ids or [side.user.id])
                print(f"  {hosts}: {side.score} ({mvp(side)})", flush=True)


def mvp(side: Side) -> str:
    if not side.contributors:
        return "TikTok names no contributor"
    best = max(side.contributors, key=lambda each: each.score)
    return f"MVP {best.user.name} with {best.score}"


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1]))
    except SourceError as error:  # not live, no such creator, blocked …: the sentence says which
        sys.exit(str(error))
