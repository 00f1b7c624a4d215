"""How a watch's lines speak: language, style, what becomes of links and hidden words. Pure.

Everything that a viewer or creator can choose goes through here on its way into a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from bot.events import User
from bot.events.opted_out import OPTED_OUT
from bot.language import Language, language
from bot.model.watch import Look, Style
from bot.text import MOST_NAME_CHARS, escape, excerpt, safe_name
from bot.words import WordFilter

_NOBODY = User()


@dataclass(frozen=True, slots=True)
class Voice:
    """A look, ready to render with. Build it with `voice`."""

    look: Look
    t: Language
    hidden: WordFilter

    def name(self, user: User | None) -> str:
        """A viewer's name in bold; the rich style adds handle and badges."""
        user = user or _NOBODY
        name = f"**{self.plain_name(user)}**"
        if self.look.style is not Style.RICH:
            return name
        handle = f" ({excerpt(f'@{user.handle}', MOST_NAME_CHARS)})" if user.handle and user.handle != user.nickname else ""
        worn = badges(user)
        return f"{name}{handle}{f' {worn}' if worn else ''}"

    @property
    def opted_out(self) -> str:
        """What stands for somebody who asked to be forgotten, and for their words."""
        return self.t("(opted out)")

    def plain_name(self, user: User) -> str:
        """The same without emphasis, for templates."""
        if user == OPTED_OUT:
            return escape(self.opted_out)
        return safe_name(self.hidden.masked(user.nickname), user.handle, user.id, stranger=self.t("viewer"))

    def text(self, text: str, limit: int) -> str:
        """Somebody's words as one safe line of at most so many visible code points, hidden words and links seen to."""
        return excerpt(self.hidden.masked(text), limit, links=self.look.links, dropped=self.t("[link]"))

    def label(self, text: str, limit: int) -> str:
        """A name that TikTok or a creator gave something: links in it are never kept."""
        return excerpt(text, limit)


@lru_cache(maxsize=1024)
def voice(look: Look) -> Voice:
    """The voice of a look."""
    return Voice(look, language(look.locale), WordFilter(look.hidden_words))


def badges(user: User) -> str:
    """`🛡️ ⭐ 💎12 ♥5`: moderator, subscriber, gifter's and fan's level."""
    worn = []
    if user.is_moderator:
        worn.append("🛡️")
    if user.is_subscriber:
        worn.append("⭐")
    if user.gifter_level > 0:
        worn.append(f"💎{user.gifter_level}")
    if user.fan_level > 0:
        worn.append(f"♥{user.fan_level}")
    return " ".join(worn)
