"""Writes down what the creator says: `python -m examples.captions_to_file alice words.txt`.

TikTok transcribes the speech of some LIVEs. A sentence comes several times while it grows; only its last version is written.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.tiktok import CaptionEvent, LiveClient, SourceError

client = LiveClient(sys.argv[1])
file = Path(sys.argv[2])


@client.on(CaptionEvent)
def write(event: CaptionEvent) -> None:
    if not event.final or not event.captions:
        return
    said_at = datetime.fromtimestamp((event.created_at_ms or event.received_at_ms) / 1000, UTC)
    spoken = event.captions[0]
    with file.open("a", encoding="utf-8") as words:
        words.write(f"{said_at:%H:%M:%S} [{spoken.language}] {spoken.text}\n")


try:
    client.run()
except SourceError as error:  # not live, no such creator, blocked …: the sentence says which
    sys.exit(str(error))
