"""What arrives in the channels, as lines of text: the messages that Discord accepted, their markdown as it was sent. Pure.

    [#live] **Mia 🎨** hello from Lisbon!
    [#live] (edited) ~~removed~~
    [#live] (only you) checking @alice…

A character that a terminal would obey (escape codes, direction overrides) is written out as its number. What is invisible and
harmless passes: joiners that hold emoji together, zero-width spaces, and isolates, which end with their line.
"""

from __future__ import annotations

from sandbox.discord.world import Change, Message

HARMLESS = frozenset("\u200b\u200c\u200d\u2060\u2066\u2067\u2068\u2069")


def lines(change: Change) -> list[str]:
    """What this change adds to the transcript, possibly nothing."""
    message = change.message
    if message is None:
        return []
    match change.kind:
        case "message_created":
            return _told(message, "", shown(message))
        case "message_edited":
            before = message.edits[-1].before.splitlines() if message.edits else []
            return _told(message, "(edited) ", [line for line in shown(message) if line not in before])
        case "message_deleted":
            return _told(message, "(deleted) ", shown(message))
        case "interaction_answered" | "interaction_edited" if message.ephemeral and not message.loading:
            return _told(message, "(only you) ", shown(message))
        case _:
            return []


def shown(message: Message) -> list[str]:
    """A message's text line by line, then its embeds' titles, descriptions and fields."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [str(embed.get("title") or ""), str(embed.get("description") or "")]
        parts += [f"{field.get('name')}: {field.get('value')}" for field in embed.get("fields") or ()]
    return [line for part in parts for line in part.splitlines()]


def _told(message: Message, mark: str, text: list[str]) -> list[str]:
    return [f"[#{safe(message.channel.name)}] {mark}{safe(line)}" for line in text if line]


def safe(text: str) -> str:
    """Text that a terminal shows and does not obey."""
    return "".join(c if c.isprintable() or c in HARMLESS else c.encode("unicode_escape").decode() for c in text)
