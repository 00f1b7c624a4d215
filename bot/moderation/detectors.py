"""What is found in comments without a pattern: addresses and invites, and text that is repeated. Pure.

docs/watchlist.md shows what they flag among captured comments.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from dataclasses import dataclass

from bot.links import found
from bot.lookalikes import plain
from bot.words import read

_TOP = "com|net|org|gg|ly|tv|io|co|xyz|shop|site|online|store|link|live|club|info|top|vip|app|dev|ru|me|to"
_SHORT = "t|wa|bit|cutt|discord|telegram|snapchat|onlyfans|fansly|linktr|beacons|cash|paypal|kick|twitch|youtu"
_ADDRESS = re.compile(
    rf"(?<![\w@.-])(?:www\.[\w-]{{2,63}}\.\w{{2,24}}|(?:[\w-]{{2,63}}\.){{1,3}}(?:{_TOP})/\w|(?:{_SHORT})\.(?:{_TOP}|ee|ai|app|be)/\w"
    r"|(?:[\w-]{2,63}\.){1,3}(?:com|net|org|gg|xyz|shop)(?![\w-]|\.\w))"
)
"""Addresses without a scheme, of which Discord makes no link but a reader does: `www.x.example`, `site.ly/a`, `site.com`.

A top-level domain that is also a word (`me`, `live`, `to` …) counts only with a path: `call.me` is no address.
"""

ONE_TIMES = 4
"""So often one account writes the same within the window before it is a wave."""

MANY_ACCOUNTS = 5
"""So many accounts."""

WINDOW_S = 60.0
"""What is repeated within so long is a wave, and a wave that was silent for so long is over."""

FEWEST_BYTES = 8
FEWEST_CHARS = 4
"""Different ones. Shorter texts (`hi`, `lol`, a row of hearts) are repeated by everybody and mean nothing."""

MOST_BYTES = 200
"""Of a text that are compared: who varies the end of a long one repeats it still."""

MOST_TEXTS = 1_024
"""That are remembered; what was written the longest ago is forgotten first."""

MOST_BEFORE = 64
"""Repetitions of one text that are looked at to see that a wave begins."""

MOST_ACCOUNTS = 256
"""Of one wave; their number is exact up to there."""


def links(text: str) -> tuple[tuple[int, int], ...]:
    """Where addresses and invites stand: what the relay would defang, and addresses without a scheme."""
    places = found(text)
    if "." in (read_as := text if text.isascii() else plain(text)):
        places += [match.span() for match in _ADDRESS.finditer(read_as.lower())]
    return tuple(sorted(set(places)))


@dataclass(frozen=True, slots=True)
class Wave:
    """A text that is being repeated: one alert, whose count grows. `number` counts waves, and names this one.

    `first_seq`, `last_seq`: its places in the log. `accounts` is at most `MOST_ACCOUNTS`. `is_new`: it was none before.
    """

    number: int
    count: int
    accounts: int
    first_seq: int
    last_seq: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Repetition:
    at: float
    viewer_id: str
    seq: int


class _Text:
    """What is known of one text."""

    def __init__(self) -> None:
        self.latest: deque[_Repetition] = deque(maxlen=MOST_BEFORE)
        self.last_at = 0.0
        self.accounts: set[str] = set()
        self.wave: Wave | None = None


class Repeats:
    """The texts of one creator's LIVE that are being repeated. Bounded, and constant in the time that one comment takes."""

    def __init__(self) -> None:
        self._texts: OrderedDict[bytes, _Text] = OrderedDict()
        self._waves = 0

    def note(self, comment: str, viewer_id: str, seq: int, now: float) -> Wave | None:
        """Somebody wrote this, `now` in seconds: the wave that it belongs to, as it is now.

        Leave out comments of a replayed backlog (all of them come at once), and those that only their author sees. After a
        restart, note those of the last `WINDOW_S` again.
        """
        key = read(comment).replace(b" ", b"")[:MOST_BYTES]
        if len(key) < FEWEST_BYTES or len(set(key.decode(errors="ignore"))) < FEWEST_CHARS:
            return None
        text = self._texts.setdefault(key, _Text())
        self._texts.move_to_end(key)
        if len(self._texts) > MOST_TEXTS:
            self._texts.popitem(last=False)
        now = max(now, text.last_at)
        if now - text.last_at > WINDOW_S:
            text.wave = None
        text.last_at = now
        text.wave = self._grown(text.wave, text, viewer_id, seq) if text.wave else self._begun(text, viewer_id, seq, now)
        return text.wave

    def _grown(self, wave: Wave, text: _Text, viewer_id: str, seq: int) -> Wave:
        if len(text.accounts) < MOST_ACCOUNTS:
            text.accounts.add(viewer_id)
        return Wave(wave.number, wave.count + 1, len(text.accounts), wave.first_seq, max(seq, wave.last_seq), is_new=False)

    def _begun(self, text: _Text, viewer_id: str, seq: int, now: float) -> Wave | None:
        latest = text.latest
        latest.append(_Repetition(now, viewer_id, seq))
        while now - latest[0].at > WINDOW_S:
            latest.popleft()
        text.accounts = {each.viewer_id for each in latest}
        by_one = sum(each.viewer_id == viewer_id for each in latest)
        if by_one < ONE_TIMES and len(text.accounts) < MANY_ACCOUNTS:
            return None
        self._waves += 1
        seqs = [each.seq for each in latest]
        return Wave(self._waves, len(seqs), len(text.accounts), min(seqs), max(seqs), is_new=True)
