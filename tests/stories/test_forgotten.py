"""She asked to be forgotten."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from sandbox.app import Sandbox
from sandbox.discord.interactions import Interaction
from sandbox.discord.world import Channel
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.world import Room
from tests.doubles.house import House, at_work, lines, told

BOB = Viewer("bob", "Bob")
EVE = Viewer("eve.adams", "Eve Adams")
SECRET = "I live at 12 Rose Lane"

OPTED_OUT = "\\(opted out\\)"


def traces(database: Path, *wanted: str) -> list[str]:
    """Where any of these stands: in whatever column of whatever table, also inside of what is packed there."""
    found = []
    with closing(sqlite3.connect(database)) as file:
        tables = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            cursor = file.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # our own tables' names
            names = [column[0] for column in cursor.description]
            for row in cursor:
                for name, value in zip(names, row, strict=True):
                    body = value if isinstance(value, bytes) else str(value).encode()
                    found += [f"{table}.{name}: {each}" for each in wanted if each.encode() in body]
    return found


async def asked(house: House, channel: Channel) -> tuple[Interaction, str]:
    """The sentence, from the answer to `/privacy forget`."""
    typed = await house.types(channel, "privacy forget")
    found = re.search(r"forget me (\w{4})", told(typed))
    assert found, told(typed)
    return typed, found[1]


async def she_is_there(house: House, channel: Channel) -> Room:
    """Chat, gifts and a follow, all of them relayed."""
    room = house.already_live("alice")
    await house.watch("alice", channel)
    room.chat(EVE, SECRET)
    room.chat(BOB, "hello Eve")
    room.gift(EVE, "Rose", 5)
    room.follow(EVE)
    await house.until(lambda: any("followed" in line for line in lines(channel)))
    assert any(SECRET in line for line in lines(channel))
    await house.until(lambda: house.parts.keeper.kept >= 2)
    return room


async def test_she_asked_to_be_forgotten(sandbox: Sandbox, database: Path) -> None:
    async with at_work(sandbox, database, post_every_s=0.1) as house:
        channel = house.guild.channel("live")
        room = await she_is_there(house, channel)
        assert traces(database, EVE.id, SECRET), "else there is nothing to prove"
        answer, code = await asked(house, channel)

        room.chat(EVE, f" Forget  me {code.lower()} !")
        await house.until(lambda: "You are forgotten" in told(answer), timeout_s=40.0)

        assert "comments: 1" in told(answer), told(answer)
        shown = "\n".join(lines(channel))
        assert not [each for each in (SECRET, "Eve Adams", "orget") if each in shown], shown
        assert "**Bob** hello Eve" in shown, "what others say is theirs"
        room.chat(EVE, "and one more thing")
        room.gift(EVE, "Rose", 3)
        await house.until(lambda: OPTED_OUT in lines(channel))
        await house.until(lambda: any("sent Rose ×3" in line for line in lines(channel)))
        assert not traces(database, EVE.id, EVE.handle, EVE.nickname, EVE.sec_uid, SECRET, "one more thing", "orget me")

    async with at_work(sandbox, database, post_every_s=0.1) as house:
        await house.until(lambda: room.sockets == 1)
        before = lines(channel).count(OPTED_OUT)
        room.chat(EVE, "still me")
        await house.until(lambda: lines(channel).count(OPTED_OUT) > before)
        status = await house.types(channel, "privacy status")
    assert "You are forgotten" in told(status)
    assert not traces(database, EVE.id, EVE.handle, EVE.nickname, SECRET, "still me")


async def test_a_wrong_code_and_a_used_one_are_ordinary_comments(house: House, database: Path) -> None:
    channel = house.guild.channel("live")
    room = await she_is_there(house, channel)
    _, old = await asked(house, channel)
    _, code = await asked(house, channel)
    wrong = "AAAA" if code != "AAAA" else "CCCC"
    other = house.guild.member("other", permissions=["view_channel", "send_messages"])

    for said in (f"forget me {wrong}", f"forget me {old}", f"please forget me {code} now"):
        room.chat(EVE, said)
    await house.until(lambda: any(f"please forget me {code} now" in line for line in lines(channel)))
    of_other = await house.types(channel, "privacy status", other)

    assert f"**Eve Adams** forget me {wrong}" in lines(channel)
    assert f"**Eve Adams** forget me {old}" in lines(channel), "a newer sentence ends the one before"
    assert "did not ask" in told(of_other), "nobody sees another's request"
    assert any(SECRET in line for line in lines(channel))
    assert traces(database, EVE.id)

    room.chat(EVE, f"forget me {code}")
    await house.until(lambda: not any(SECRET in line for line in lines(channel)))
    room.chat(BOB, f"forget me {code}")
    await house.until(lambda: f"**Bob** forget me {code}" in lines(channel))
    assert "**Bob** hello Eve" in lines(channel), "the code was hers"
