"""What was spent of the allowances, as text that outlives the process: `Sources` to JSON and back. Pure.

Only connects are kept, not the rests: why a way rested may be mended by the time that the operator starts us again, and where
it is not, the first refusal tells. What cannot be read is as if nothing had been spent: the other side still counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from bot.ingest.sources import Sources, Way

STATE_KEY = "connects_spent"
"""Where the text stands in `storage.state`."""


def dumped(sources: Sources, *, now: float, now_ms: int) -> str:
    """When the connects of each way with limits began, as wall-clock milliseconds. `now` and `now_ms` are the same moment."""
    spent = {
        str(way): [now_ms - round((now - at) * 1000) for at in sources.standing(way).connects]
        for way in sources.ways
        if way.limits
    }
    return msgspec.json.encode(spent).decode()


def loaded(text: str, ways: Sequence[Way], *, now: float, now_ms: int) -> Mapping[Way, Sequence[float]]:
    """The same in monotonic seconds, for the ways that there are now; what no limit reaches back to is left out.

    An instant after `now_ms` is taken for now: the machine's clock was put back, and a connect is not forgotten for it.
    """
    try:
        spent = msgspec.json.decode(text, type=dict[str, list[int]])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return {}
    found = {}
    for way in ways:
        longest_s = max((limit.within_s for limit in way.limits), default=0.0)
        ago_s = sorted((max(0.0, (now_ms - at_ms) / 1000) for at_ms in spent.get(str(way), ())), reverse=True)
        if recent := [now - each for each in ago_s if each < longest_s]:
            found[way] = recent
    return found
