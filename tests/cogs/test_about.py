"""/about: for anybody, at once."""

from __future__ import annotations

from bot.model.permissions import invite_url
from tests.doubles.community import Community


async def test_anybody_is_told_what_the_bot_does_and_how_to_add_it(community: Community) -> None:
    bob = community.live.guild.member("bob", permissions=["view_channel"])
    interaction = await community.use("about", by=bob)
    answer = await interaction.answered()
    assert interaction.response_type == 4
    assert answer.ephemeral
    assert f"[Add me to a server](<{invite_url(community.discord.application_id)}>)" in answer.content
    assert "Unofficial" in answer.content
    assert len(answer.content) < 2000
