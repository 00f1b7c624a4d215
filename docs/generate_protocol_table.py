"""Writes the table of methods into docs/protocol.md: `python -m docs.generate_protocol_table`; `--check` only compares.

Method, names and classes come from the table of readers. How well each is verified comes from the captured payloads beside the
checkout where they are present; where they are not, the counts that stand in the document stay.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from pathlib import Path

from bot.tiktok.webcast.decode import READERS
from bot.tiktok.webcast.decode_feed import FEED as TOP_LEVELS
from bot.tiktok.webcast.methods import EVENTS_OF
from bot.tiktok.webcast.unmodelled import FEED_WHY_UNKNOWN, WHY_UNKNOWN

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "protocol.md"
CAPTURES = ROOT / ".." / "shared" / "data" / "captures"
START, END = "<!-- table of methods: make docs-table -->", "<!-- end of the table -->"

Counts = dict[str, tuple[int, int]]
"""Method -> (captured messages, how many of them an independent library decoded)."""

THEIRS = {
    "WebcastChatMessage": "CommentEvent",
    "WebcastMemberMessage": "JoinEvent",
    "WebcastMsgDetectMessage": "MessageDetectEvent",
    **dict.fromkeys(
        """RoomMessage RoomVerifyMessage LinkMicMethod WebcastHourlyRankMessage WebcastAlertBoxAuditResultMessage
        WebcastBindingGiftMessage WebcastEcTaskRegisterMessage WebcastEcShortItemRefreshMessage WebcastSubscriptionNotifyMessage
        WebcastNotifyMessage WebcastSubCapsuleMessage WebcastBALinkFullMessage WebcastLSAccessStatus""".split(),  # noqa: SIM905
        "",
    ),
}
"""TikTokLive's names that do not follow from the method's; empty: it has none."""

FEED = {"WebcastLinkMicBattlePunishFinish": "battlePunishFinish", "WebcastSocialMessage": "social, follow, share"}
"""The hosted feed's names that are not our types."""

NOT_IN_FEED = frozenset(
    """system notice speaker roomNotify marqueeAnnouncement guide msgDetect questionDelete questionSwitch accessControl
    partnershipPunish hourlyRankReward gameRankNotify giftBroadcast giftPrompt boostCard liveGameIntro partnershipDropsUpdate
    partnershipGameOffline linkState""".split()  # noqa: SIM905
)
"""Types that the hosted feed does not name; ours are then the Node connector's names."""

IN_FEED = frozenset({"aiSummary", "ecShortItemRefresh", "giftCollectionUpdate", "groupLiveMemberNotify", "karaokeReq"})
"""Of the types that only the top level is known of, those that the hosted feed names."""

_MORE_CAPITALS = re.compile(r"(?<=[A-Z])[A-Z]+(?=[A-Z][a-z])")


def theirs(method: str) -> str:
    """TikTokLive's class. It writes `Ai`, `Ocr` where the method has `AI`, `OCR`."""
    bare = re.sub(r"^Webcast|Message$", "", method)
    return THEIRS.get(method, _MORE_CAPITALS.sub(lambda found: found[0].lower(), bare) + "Event")


def feed(method: str) -> str:
    """The hosted feed's names."""
    types_ = dict.fromkeys(each.type for each in EVENTS_OF[method])
    named = [each for each in types_ if (each in IN_FEED if method in TOP_LEVELS else each not in NOT_IN_FEED)]
    return FEED.get(method, ", ".join(named))


def counted() -> Counts | None:
    """The counts of the captures, None where they are absent."""
    if not (CAPTURES / "payloads.jsonl.gz").exists():
        return None
    seen: Counter[str] = Counter()
    decoded: Counter[str] = Counter()
    for name, counter in (("payloads", seen), ("decoded", decoded)):
        with gzip.open(CAPTURES / f"{name}.jsonl.gz") as lines:
            counter.update(json.loads(line)["method"] for line in lines)
    return {method: (seen[method], decoded[method]) for method in READERS}


def stored(document: str) -> Counts:
    """The counts that the document holds."""
    rows = re.findall(r"^\| `(\w+)` \|.*\| (\d+) \| (\d+) \|[^|]*\|$", document, re.MULTILINE)
    return {method: (int(seen), int(decoded)) for method, seen, decoded in rows}


def verified(seen: int, decoded: int) -> str:
    if decoded:
        return "captured bytes, independent library"
    return "captured bytes" if seen else "document only"


def table(counts: Counts) -> str:
    lines = [
        "| method | hosted feed | TikTokLive | ours | captured | compared | verified by |",
        "|---|---|---|---|--:|--:|---|",
    ]
    for method in READERS:
        seen, decoded = counts.get(method, (0, 0))
        ours = ", ".join(f"`{each.__name__}`" for each in EVENTS_OF[method])
        names = f"{feed(method) or '–'} | {theirs(method) or '–'}"
        lines.append(f"| `{method}` | {names} | {ours} | {seen} | {decoded} | {verified(seen, decoded)} |")
    return "\n".join(lines)


def reasons() -> str:
    """The table of what stays unknown, and why: methods first, then names of the hosted feed."""
    lines = ["| method, or name of the hosted feed | TikTokLive | why it stays `UnknownEvent` |", "|---|---|---|"]
    lines += [f"| `{method}` | {theirs(method) or '–'} | {why} |" for method, why in WHY_UNKNOWN.items()]
    lines += [f"| `{name}` (feed) | – | {why} |" for name, why in FEED_WHY_UNKNOWN.items()]
    return "\n".join(lines)


def written(document: str) -> str:
    """The document with its table as it should be."""
    before, rest = document.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n\n{table(counted() or stored(document))}\n\n{reasons()}\n\n{END}{after}"


def main() -> int:
    document = DOCUMENT.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        return int(written(document) != document)
    DOCUMENT.write_text(written(document), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
