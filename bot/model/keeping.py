"""How long what is kept is kept, where the operator's configuration does not say it. Days. Pure."""

from __future__ import annotations

from bot.model.guild import GuildSettings

ENDED_WATCH_DAYS = 90
"""A watch that was ended: cases and the past of a viewer refer to it so long."""

AUDIT_DAYS = 365
"""Who changed which setting."""

CASE_DAYS = 180
"""A case after it was closed; one that nobody closed, after it was opened. With its steps and notes.

So long it is known, too, who read removed comments.
"""

VIEWER_DAYS = 180
"""Names, sums of gifts and moderators' notes, since the viewer was last seen, or the note was written."""

SESSION_DAYS = 90
"""Which LIVEs there were. Four weeks of them say when somebody usually goes live."""

CREATOR_DAYS = 90
"""A creator whom nothing refers to any more."""

REQUEST_DAYS = 30
"""That somebody asked to be forgotten. The tombstone stays for ever: without it nobody would stay forgotten."""

DAY_MS = 24 * 3_600_000


def look_back_days(settings: GuildSettings, *, instance_days: int) -> int:
    """How far back a command may show comments: what the server chose, and never more than the operator keeps."""
    return min(settings.comment_days, instance_days)
