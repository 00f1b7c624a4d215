"""What is uploaded can be fetched, until there is no more room for it."""

from __future__ import annotations

import itertools

import pytest

from sandbox.discord import files
from sandbox.discord.files import KEPT_BYTES, Files, Upload
from sandbox.discord.server import Discord
from tests.sandbox.discord.served import Rest


def test_the_oldest_files_go_when_there_is_no_more_room() -> None:
    kept = Files(itertools.count(1).__next__)
    half = bytes(KEPT_BYTES // 2)
    ids = [int(kept.keep(7, Upload(f"{n}.bin", half))["id"]) for n in range(3)]
    assert [kept.get(i) is not None for i in ids] == [False, True, True]


def test_the_address_of_a_file_holds_its_name() -> None:
    kept = Files(itertools.count(1).__next__)
    kept.base_url = "http://127.0.0.1:1"
    attachment = kept.keep(7, Upload("a b/ü.json", b"{}"))
    assert attachment["url"] == "http://127.0.0.1:1/attachments/7/1/a%20b%2F%C3%BC.json"
    assert attachment["content_type"] == "application/json"


@pytest.mark.misbehaves
async def test_a_message_with_too_large_a_file_is_40005(discord_server: Discord, rest: Rest) -> None:
    live = discord_server.guild("fans").channel("live")
    live.allow_bot("attach_files")
    path = f"/channels/{live.id}/messages"
    assert (await rest.upload(path, {"content": "x"}, bytes(files.FILE_BYTES + 1))).code == 40005
    assert (await rest.upload(path, {}, b"fits")).body["attachments"][0]["filename"] == "file0"
    assert (await rest.upload(path, {}, *[b"x"] * 11)).code == 50035
