"""JSON values of any shape -> values of the one shape that we want. Pure; nothing here raises.

The edge has several dialects and a decoder of its own behind it: a number can come as text, an id as a number, an object as
nothing. What cannot be read as what it should be is empty, never an error.
"""

from __future__ import annotations

import math
import re
from typing import Any

from bot.events import Badge, Emote, User
from bot.events.ids import Handle, ViewerId

Json = dict[str, Any]

MOST_TEXT = 65_536
"""Characters of one text. TikTok's own comments end at 150; some fields hold a whole JSON document."""
MOST_ITEMS = 1_000
"""Of one list. The longest known one, the top viewers, has a few dozen."""
MOST_INTEGER = 2**63 - 1
"""What a stored event can hold. A greater number is no count, no time and no id."""

MODERATOR_BADGE, GIFTER_BADGE, FAN_BADGE = 1, 8, 10
"""Badge scenes, as native TikTok numbers them."""
_BADGE_LEVEL = re.compile(r"(fans|grade)_badge_icon_lv(\d{1,3})")
_MODERATOR_ICON = re.compile(r"moderat[eo]r_badge_icon")
FOLLOWS, FRIENDS = 1, 2
"""`followRole`; 0 is neither."""


def text(value: object) -> str:
    """A text, or a number as text (ids come both ways); everything else is ""."""
    if isinstance(value, str):
        return value[:MOST_TEXT]
    if isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return str(int(value)) if math.isfinite(value) and abs(value) <= MOST_INTEGER else ""
    return str(value) if isinstance(value, int) and abs(value) <= MOST_INTEGER else ""


def number(value: object) -> int:
    """A whole number that a stored event can hold, also out of a text; everything else is 0."""
    if isinstance(value, str):
        digits = value.strip()
        if len(digits) > 20 or not digits.removeprefix("-").isdecimal() or not digits.isascii():
            return 0
        value = int(digits)
    if isinstance(value, float):
        value = int(value) if math.isfinite(value) else 0
    # `int` of an `int`: a stored `True` would not be read again as a number.
    return int(value) if isinstance(value, int) and abs(value) <= MOST_INTEGER else 0


def flag(value: object) -> bool:
    """True, 1, and both as text."""
    return value is True or value in (1, "1", "true", "True")


def record(value: object) -> Json:
    """An object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A list, cut to `MOST_ITEMS`; anything else is an empty one."""
    return value[:MOST_ITEMS] if isinstance(value, list) else []


def first(data: Json, *names: str) -> Any:
    """The value of the first of these names that is there and says something: dialects spell one thing differently."""
    for name in names:
        value = data.get(name)
        if value is not None and value != "":
            return value
    return None


def identifier(data: Json, *names: str) -> str:
    """An id. TikTok's 0 is no id."""
    found = text(first(data, *names))
    return "" if found == "0" else found


def picture(value: object) -> str:
    """The address of a picture: text, or an object or a list that holds one."""
    if isinstance(value, dict):
        value = first(value, "url", "imageUrl", "urls", "urlList", "url_list")
    if isinstance(value, list):
        value = value[0] if value else ""
    return value[:MOST_TEXT] if isinstance(value, str) else ""


def user(value: object) -> User | None:
    """A user in either dialect (`id` or `userId`, `level` or `payGrade`), or None where there is none."""
    wire = record(value)
    user_id = identifier(wire, "id", "userId")
    handle, nickname = text(wire.get("uniqueId")), text(wire.get("nickname"))
    if not (user_id or handle or nickname):
        return None
    worn = tuple(_badge(each) for each in items(first(wire, "badges", "userBadges")))
    role = number(wire.get("followRole"))
    return User(
        id=ViewerId(user_id),
        handle=Handle(handle),
        nickname=nickname,
        avatar_url=picture(first(wire, "profilePictureUrl", "profilePicture")),
        sec_uid=text(wire.get("secUid")),
        is_moderator=flag(wire.get("isModerator")) or any(each.scene == MODERATOR_BADGE for each in worn),
        is_subscriber=flag(wire.get("isSubscriber")),
        is_follower=role in (FOLLOWS, FRIENDS),
        is_friend=role == FRIENDS,
        gifter_level=number(first(wire, "level", "payGrade")) or _level(worn, GIFTER_BADGE),
        fan_level=_level(worn, FAN_BADGE),
        badges=worn,
    )


def _badge(value: object) -> Badge:
    """A badge is a text or an object with a name and an address; kind and level stand in the address, where they do at all."""
    wire = record(value)
    name = text(value) or text(wire.get("name"))
    named = f"{name} {picture(wire)}"
    if found := _BADGE_LEVEL.search(named):
        return Badge(FAN_BADGE if found[1] == "fans" else GIFTER_BADGE, int(found[2]), name)
    return Badge(MODERATOR_BADGE if _MODERATOR_ICON.search(named) else 0, 0, name)


def _level(worn: tuple[Badge, ...], scene: int) -> int:
    return max((each.level for each in worn if each.scene == scene), default=0)


def emote(value: object) -> Emote:
    """An emote in either dialect: `imageUrl` and `placeInComment`, or `image` alone, or flat in its message."""
    wire = record(value)
    return Emote(
        text(wire.get("emoteId")),
        picture(first(wire, "imageUrl", "emoteUrl", "image")),
        number(wire.get("placeInComment")),
    )
