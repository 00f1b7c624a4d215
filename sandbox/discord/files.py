"""Files that people and the bot uploaded: kept while there is room, served where Discord's CDN would serve them."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from sandbox.discord.values import Json

KEPT_BYTES = 64 * 1024 * 1024
"""Of more than this the oldest go: their addresses answer 404, as expired ones of Discord's do."""
FILE_BYTES = 10 * 1024 * 1024
"""One file of a message or of a command's option; more is 40005."""
FILES = 10
"""Files of one message."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it is sent in. `part` is the name of its part in a form: "files[0]"."""

    filename: str
    content: bytes
    content_type: str = ""
    part: str = ""

    @property
    def kind(self) -> str:
        return self.content_type or mimetypes.guess_type(self.filename)[0] or "application/octet-stream"


class Files:
    """All files. `next_id` gives ids; `base_url` is where the sandbox is."""

    def __init__(self, next_id: Callable[[], int]) -> None:
        self.base_url = ""
        self._next_id = next_id
        self._kept: dict[int, Upload] = {}

    def keep(self, channel_id: int, upload: Upload, *, about: Json | None = None) -> Json:
        """Store a file; returns the attachment that messages and resolved options carry. `about` adds to it."""
        identifier = self._next_id()
        self._kept[identifier] = upload
        size = sum(len(one.content) for one in self._kept.values())
        while size > KEPT_BYTES and len(self._kept) > 1:
            size -= len(self._kept.pop(next(iter(self._kept))).content)
        name = quote(upload.filename, safe="")
        address = f"{self.base_url}/attachments/{channel_id}/{identifier}/{name}"
        return (about or {}) | {
            "id": str(identifier),
            "filename": upload.filename,
            "size": len(upload.content),
            "content_type": upload.kind,
            "url": address,
            "proxy_url": address,
        }

    def get(self, identifier: int) -> Upload | None:
        return self._kept.get(identifier)
