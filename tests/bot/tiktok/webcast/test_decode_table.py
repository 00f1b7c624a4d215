"""docs/protocol.md lists exactly what is read."""

from __future__ import annotations

from bot.tiktok.webcast.decode import READERS
from docs import generate_protocol_table as generator


def test_the_table_holds_every_method_that_is_read_and_no_other() -> None:
    assert list(generator.stored(generator.DOCUMENT.read_text(encoding="utf-8"))) == list(READERS)


def test_the_table_is_what_the_readers_and_the_captures_give() -> None:
    document = generator.DOCUMENT.read_text(encoding="utf-8")
    assert generator.written(document) == document, "run `make docs-table`"


def test_without_the_captures_the_counts_of_the_document_stay() -> None:
    stored = generator.stored(generator.DOCUMENT.read_text(encoding="utf-8"))
    assert generator.table(stored) in generator.DOCUMENT.read_text(encoding="utf-8")
    assert stored["WebcastChatMessage"][0] > 100
    assert generator.verified(0, 0) == "document only"
