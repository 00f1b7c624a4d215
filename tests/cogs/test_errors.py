"""One place answers for whatever fails: a defect, a database that is gone, a command that is no more."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from bot.model.creator import CreatorState
from tests.doubles.community import Community


async def test_a_database_that_is_gone_is_one_sentence_and_one_line(
    community: Community, caplog: pytest.LogCaptureFixture
) -> None:
    await community.db.close()
    answer = await community.asked("watch", creator="alice", channel=community.live)
    assert answer.startswith("My database does not answer. Nothing was changed; try again in a minute.")
    assert "failed: the database is closed" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_defect_is_shown_by_its_number_and_logged_with_its_cause(
    community: Community, caplog: pytest.LogCaptureFixture
) -> None:
    # A status that no version wrote stands for any defect: reading it raises what nobody expects.
    await (await community.use("watch", creator="alice", channel=community.live)).says("checking")
    await community.tiktok_says("alice", CreatorState.LIVE)
    await community.db.write(spoil_the_status)
    interaction = await community.use("watching")
    answer = await interaction.answered()
    assert answer.content == (
        f"That failed, and it is my fault. The operator of this bot finds it in the log as interaction {interaction.id}."
    )
    assert f"interaction={interaction.id} failed" in caplog.text
    assert "ValueError: 'nonsense' is not a valid CreatorState" in caplog.text


def spoil_the_status(connection: Connection) -> None:
    connection.exec_driver_sql("UPDATE creator_status SET state = 'nonsense'")


async def test_a_command_that_is_no_more_says_reload(community: Community) -> None:
    assert community.bot is not None
    community.bot.tree.remove_command("about")
    assert "Reload Discord" in await community.asked("about")
