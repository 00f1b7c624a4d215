"""Which methods can become which events, and the other way round: what need not be decoded when few events are wanted. Pure.

Read off the annotations of `decode.READERS`, so it cannot tell another story than the decoder. That a payload which fails to
decode becomes an `UnknownEvent` is left out here: it can happen to any method.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Collection, Mapping

from bot.events import Event, UnknownEvent
from bot.tiktok.webcast.decode import READERS, Reader


def _events_of(reader: Reader) -> tuple[type[Event], ...]:
    returned = typing.get_type_hints(reader.read)["return"]
    kinds = typing.get_args(returned) if isinstance(returned, types.UnionType) else (returned,)
    return tuple([kind for kind in kinds if kind is not UnknownEvent])


EVENTS_OF: Mapping[str, tuple[type[Event], ...]] = {method: _events_of(reader) for method, reader in READERS.items()}
"""By method, what its messages become; a method that is not here becomes an `UnknownEvent`."""


def methods_of(classes: Collection[type[Event]]) -> frozenset[str]:
    """The methods that can become one of these classes or of their subclasses."""
    wanted = tuple(classes)
    return frozenset([method for method, kinds in EVENTS_OF.items() if any(issubclass(kind, wanted) for kind in kinds)])
