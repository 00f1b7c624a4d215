"""What a command owes its terminal: lines or JSON, colours only where they are seen, an end in order."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import signal
from dataclasses import dataclass

import click
import pytest

from bot.errors import BadInput, OperatorError
from bot.events import BattleEvent, CommentEvent, DeletionEvent, GiftEvent, JoinEvent, ViewersEvent
from bot.modes import terminal
from bot.modes.terminal import Printer, Status, until_told
from tests.doubles.events import comment, deletion, gift, join


@dataclass
class Screen:
    """What was printed."""

    out: io.BytesIO
    err: io.BytesIO
    printer: Printer

    @property
    def lines(self) -> list[str]:
        return self.out.getvalue().decode().splitlines()


def screen(
    *, as_json: bool = False, only: str = "", names_creators: bool = False, coloured: bool = False, encoding: str = "utf-8"
) -> Screen:
    out, err = io.BytesIO(), io.BytesIO()
    classes = terminal.classes(only)
    printer = Printer(
        out, err, as_json=as_json, only=classes, names_creators=names_creators, coloured=coloured, encoding=encoding
    )
    return Screen(out, err, printer)


async def test_events_are_lines() -> None:
    shown = screen()
    await shown.printer.show([comment("hi"), gift(3, end=True), join("ann")])
    assert shown.lines == ["[chat]    bob: hi", "[gift]    bob -> Rose x3", "[join]    ann"]


async def test_of_several_creators_each_line_says_whose_it_is() -> None:
    shown = screen(names_creators=True)
    await shown.printer.show([comment("hi")])
    assert shown.lines == ["@ [chat]    bob: hi"]


async def test_colour_is_on_the_tag_only_and_goes_away_cleanly() -> None:
    coloured, plain = screen(coloured=True), screen()
    for each in (coloured, plain):
        await each.printer.show([comment("hi"), deletion(of_viewers=("bob",))])
    assert coloured.lines != plain.lines
    assert [click.unstyle(line) for line in coloured.lines] == plain.lines
    assert coloured.lines[0].endswith("\x1b[0mbob: hi")


async def test_json_is_one_ascii_object_a_line_in_which_nothing_can_hide() -> None:
    shown = screen(as_json=True, coloured=True)
    await shown.printer.show([comment("こんにちは \u202e \x9b31m \x7f\n")])
    (line,) = shown.out.getvalue().splitlines()
    assert line.isascii()
    assert line.decode().isprintable()
    found = json.loads(line)
    assert list(found) == ["type", "data"]
    assert (found["type"], found["data"]["text"]) == ("chat", "こんにちは \u202e \x9b31m \x7f\n")


async def test_only_what_was_asked_for_is_shown() -> None:
    shown = screen(only="chat, imDelete")
    await shown.printer.show([comment("hi"), join(), deletion(of_viewers=("bob",))])
    assert [line.split()[0] for line in shown.lines] == ["[chat]", "[imDelete]"]


async def test_words_about_the_run_stay_out_of_json() -> None:
    lines, objects = screen(), screen(as_json=True)
    for each in (lines, objects):
        await each.printer.say("connecting to @alice ...")
        await each.printer.complain("no \x1b[31mway\n")
    assert lines.lines == ["[events] connecting to @alice ..."]
    assert lines.err.getvalue().decode() == "[error]   no [31mway\n"
    assert objects.lines == []
    assert len(objects.err.getvalue().splitlines()) == 2


async def test_what_the_terminal_cannot_write_does_not_end_the_run() -> None:
    shown = screen(encoding="ascii")
    await shown.printer.show([comment("olé")])
    assert shown.lines == ["[chat]    bob: ol?"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("chat", {CommentEvent}),
        ("comment", {CommentEvent}),
        ("gift,chat", {GiftEvent, CommentEvent}),
        ("join", {JoinEvent}),
        ("roomUserSeq", {ViewersEvent}),
        ("imDelete", {DeletionEvent}),
        ("mic_battle_start,RoomUserSeqEvent", {BattleEvent, ViewersEvent}),
    ],
)
def test_both_vocabularies_are_understood(names: str, expected: set[type]) -> None:
    found = terminal.classes(names)
    assert found is not None
    assert expected <= found


def test_an_empty_filter_is_no_filter() -> None:
    assert terminal.classes("") is None
    assert terminal.classes(" , ") is None


def test_a_name_that_nobody_knows_is_told_with_the_nearest() -> None:
    with pytest.raises(BadInput, match=r"'chatt'.* chat"):
        terminal.classes("gift,chatt")


def test_a_name_that_no_event_stands_behind_is_a_filter_all_the_same() -> None:
    assert terminal.classes("ping") == frozenset()


def test_each_creator_is_followed_once_however_they_are_typed() -> None:
    assert terminal.handles(["@Alice", "alice", "https://www.tiktok.com/@bob/live"]) == ["alice", "bob"]


async def forever() -> Status:
    await asyncio.Event().wait()
    return Status.DONE


async def test_work_that_ends_by_itself_gives_its_status() -> None:
    async def work() -> Status:
        return Status.NOT_FOUND

    assert await until_told(work()) is Status.NOT_FOUND


@pytest.mark.parametrize(("name", "expected"), [(signal.SIGINT, Status.INTERRUPTED), (signal.SIGTERM, Status.DONE)])
async def test_a_signal_ends_it_after_its_own_end(name: signal.Signals, expected: Status) -> None:
    ended = asyncio.Event()
    impatient: list[object] = []

    async def work() -> Status:
        try:
            asyncio.get_running_loop().call_soon(os.kill, os.getpid(), name)
            return await forever()
        finally:
            # Whoever is impatient now gets what Ctrl+C does without us.
            impatient.append(signal.getsignal(signal.SIGINT))
            ended.set()

    assert await until_told(work()) is expected
    assert ended.is_set()
    assert impatient == [signal.default_int_handler]


async def test_an_error_comes_out_as_itself_however_deep_it_was() -> None:
    async def fail() -> None:
        raise OperatorError("no disk")

    async def work() -> Status:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail())
        return Status.DONE

    with pytest.raises(OperatorError, match="no disk"):
        await until_told(work())


async def test_a_reader_who_has_gone_is_a_good_end() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    out = os.fdopen(writing, "wb")
    printer = Printer(out, io.BytesIO())

    async def work() -> Status:
        while True:
            await printer.show([comment("is anybody there?")])

    with contextlib.closing(out):
        assert await until_told(work()) is Status.DONE
