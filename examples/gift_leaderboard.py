"""Who gave most: `python -m examples.gift_leaderboard alice`. The table is printed after every gift that counts.

A combo is one gift: its messages on the way are left out (`is_final`), and the last one says how many it was.
"""

from __future__ import annotations

import sys
from collections import Counter

from bot.tiktok import GiftEvent, LiveClient, SourceError

client = LiveClient(sys.argv[1])
names: dict[str, str] = {}
diamonds: Counter[str] = Counter()


@client.on("gift")
def count(event: GiftEvent) -> None:
    giver = event.user
    if not event.is_final or giver is None:
        return
    names[giver.id] = giver.name
    diamonds[giver.id] += event.gift.diamonds * (event.repeat_count - event.counted_before)
    print(f"\n{giver.name} gave {event.gift.name} x{event.repeat_count}")
    for rank, (giver_id, given) in enumerate(diamonds.most_common(10), start=1):
        print(f"{rank:>2}. {names[giver_id]}: {given} diamonds", flush=True)


try:
    client.run()
except SourceError as error:  # not live, no such creator, blocked …: the sentence says which
    sys.exit(str(error))
