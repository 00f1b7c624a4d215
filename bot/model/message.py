"""What we send to Discord, as values: a text or a card. Whoever builds one has made viewers' words safe (`bot.text`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from bot.model.ids import DiscordRoleId

MOST_CONTENT_CHARS = 2000
MOST_DESCRIPTION_CHARS = 4096
"""Discord's limits in code points (resources/message), which is what `len` counts."""


@dataclass(frozen=True, slots=True)
class Field:
    """A titled part of an embed; neighbours that are `inline` stand side by side."""

    name: str
    value: str
    inline: bool = True


@dataclass(frozen=True, slots=True)
class Embed:
    """Discord's embed. `colour` is 0xRRGGBB. Nothing in it pings, and no link in it is previewed."""

    title: str = ""
    description: str = ""
    url: str = ""
    colour: int | None = None
    author: str = ""
    fields: tuple[Field, ...] = ()
    footer: str = ""
    thumbnail_url: str = ""
    timestamp_ms: int = 0


class ButtonStyle(IntEnum):
    """Discord's numbers."""

    PRIMARY = 1
    SECONDARY = 2
    SUCCESS = 3
    DANGER = 4
    LINK = 5


@dataclass(frozen=True, slots=True)
class Button:
    """Under a message. With `style` LINK, `target` is an address, else the custom id that the press comes back with."""

    label: str
    target: str
    style: ButtonStyle = ButtonStyle.SECONDARY
    emoji: str = ""
    is_disabled: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `buttons` are rows. Only `ping_role_id` is ever pinged, and only if the content mentions it.

    `silent`: nobody's phone rings; a message that pings is never silent.
    """

    content: str = ""
    embeds: tuple[Embed, ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()
    ping_role_id: DiscordRoleId | None = None
    silent: bool = True
