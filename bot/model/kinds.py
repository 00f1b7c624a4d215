"""The words for what a watch relays: reading them, completing them, saying them. Pure.

People know two vocabularies, TikTokLive's (comment, join …) and the hosted feed's (chat, member, imDelete …): both are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from bot.errors import BadInput
from bot.language import Language
from bot.model.watch import DEFAULT_KINDS, EventKind

ALL = "all"

_OTHER_WORDS = {
    EventKind.CHAT: ("comment", "comments", "emote", "message", "messages"),
    EventKind.GIFT: ("gifts",),
    EventKind.FOLLOW: ("follows", "follower", "followers"),
    EventKind.SHARE: ("shares",),
    EventKind.BATTLE: ("battles", "pk", "battlearmies", "linkmicbattle", "linkmicarmies", "mic_battle_start", "mic_armies"),
    EventKind.DELETION: ("deletions", "delete", "deleted", "imdelete", "im_delete"),
    EventKind.LIVE: ("lives", "control", "live_start", "live_end", "live_started", "streamend", "connect"),
    EventKind.JOIN: ("joins", "member", "members"),
    EventKind.LIKE: ("likes",),
}

_MEANS = {kind.value: kind for kind in EventKind} | {word: kind for kind, words in _OTHER_WORDS.items() for word in words}

MOST_CHOICES = 25
"""Choices that Discord shows for one option."""


def parse(text: str) -> frozenset[EventKind]:
    """The kinds in a list like `chat, gift`; `all` is every kind. Raises `BadInput` naming the nearest known word."""
    words = text.replace(",", " ").lower().split()
    if not words:
        raise BadInput("Name at least one kind of event: {kinds}; or {all}.", kinds=", ".join(EventKind), all=ALL)
    return frozenset(kind for word in words for kind in _kinds(word))


def _kinds(word: str) -> frozenset[EventKind]:
    if word == ALL:
        return frozenset(EventKind)
    if word in _MEANS:
        return frozenset({_MEANS[word]})
    close = get_close_matches(word, _MEANS, n=1)
    choices = {"kinds": ", ".join(EventKind), "all": ALL}
    # The word itself is not repeated: it is whatever somebody typed.
    if close:
        near = _MEANS[close[0]]
        raise BadInput(
            "One of these is no kind of event. Did you mean {near}? Choose from {kinds}; or {all}.", near=near, **choices
        )
    raise BadInput("One of these is no kind of event. Choose from {kinds}; or {all}.", **choices)


def complete(text: str) -> Sequence[str]:
    """What a half-typed list may become: the kinds already named, then each kind that the last word can still be."""
    *before, last = text.lower().split(",")
    chosen = list(dict.fromkeys(kind for word in before for kind in _understood(word)))
    prefix = last.strip()
    offers = [kind for kind in EventKind if kind not in chosen and (kind.startswith(prefix) or _has_synonym(kind, prefix))]
    lists = [", ".join([*chosen, kind]) for kind in offers]
    if chosen and not prefix:
        lists.insert(0, ", ".join(chosen))
    elif not chosen and ALL.startswith(prefix):
        lists.append(ALL)
    return lists[:MOST_CHOICES]


def _understood(word: str) -> Sequence[EventKind]:
    kind = _MEANS.get(word.strip())
    return [kind] if kind else []


def _has_synonym(kind: EventKind, prefix: str) -> bool:
    return bool(prefix) and any(word.startswith(prefix) for word in _OTHER_WORDS[kind])


def spoken(t: Language, kinds: frozenset[EventKind]) -> str:
    """`chat, gift`, in the vocabulary's order; `everything` and `the usual` for the two sets that have a name."""
    if kinds == frozenset(EventKind):
        return t("everything")
    if kinds == DEFAULT_KINDS:
        return t("the usual")
    return ", ".join(kind for kind in EventKind if kind in kinds)
