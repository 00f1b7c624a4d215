"""What happens in a room, and the messages TikTok sends for it."""

from __future__ import annotations

import pytest

from sandbox.tiktok.pb import webcast_pb2 as pb
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.world import KEPT_MESSAGES, Room, World

BOB = Viewer("bob", "Bob", is_moderator=True, gifter_level=12, fan_level=3)
EVE = Viewer("eve", "Eve")


def a_room() -> Room:
    return World(lambda: 1_800_000_000_000).creator("alice", nickname="Alice").go_live()


def gifts(room: Room) -> list[pb.GiftMessage]:
    posted = room.since(0)
    assert posted is not None
    return [pb.GiftMessage.FromString(message.payload) for message in posted if message.method == "WebcastGiftMessage"]


def test_a_rose_combo_grows_and_its_end_repeats_the_count() -> None:
    room = a_room()
    room.gift(BOB, "Rose", 3)
    sent = gifts(room)
    assert [(gift.repeat_count, gift.repeat_end, gift.fan_ticket_count) for gift in sent] == [
        (1, 0, 1), (2, 0, 1), (3, 0, 1), (3, 1, 0),
    ]  # fmt: skip
    assert len({gift.group_id for gift in sent}) == 1
    assert sent[0].group_id != 0


def test_a_combo_may_never_end_and_a_big_one_jumps() -> None:
    room = a_room()
    room.gift(BOB, "Rose", 500, end=False)
    sent = gifts(room)
    assert sent[-1].repeat_count == 500
    assert all(gift.repeat_end == 0 for gift in sent)
    assert len(sent) <= 10
    assert sum(gift.fan_ticket_count for gift in sent) == 500


def test_two_combos_of_one_viewer_are_two_groups() -> None:
    room = a_room()
    room.gift(BOB)
    room.gift(BOB)
    assert len({gift.group_id for gift in gifts(room)}) == 2


def test_a_galaxy_is_one_message_without_a_group() -> None:
    room = a_room()
    room.gift(BOB, "Galaxy", 2)
    (sent,) = gifts(room)
    assert (sent.repeat_count, sent.repeat_end, sent.group_id, sent.gift.type) == (2, 0, 0, 2)
    assert sent.gift.diamonds == 1000


def test_an_unknown_gift_is_refused_with_the_catalogue() -> None:
    with pytest.raises(ValueError, match="no gift is called 'Roze'; there are: Rose"):
        a_room().gift(BOB, "Roze")


def test_likes_come_in_fifteens_and_the_total_rises() -> None:
    room = a_room()
    room.like(EVE, 32)
    posted = room.since(0)
    assert posted is not None
    likes = [pb.Like.FromString(message.payload) for message in posted]
    assert [(like.count, like.total) for like in likes] == [(15, 15), (15, 30), (2, 32)]


def test_a_viewer_is_known_by_id_names_badges_and_relation() -> None:
    room = a_room()
    room.chat(BOB, "hi")
    posted = room.since(0)
    assert posted is not None
    chat = pb.Chat.FromString(posted[0].payload)
    assert (str(chat.user.id), chat.user.id_text, chat.user.handle, chat.user.nickname) == (BOB.id, BOB.id, "bob", "Bob")
    assert {badge.scene: badge.log.level for badge in chat.user.badges} == {1: "0", 8: "12", 10: "3"}
    assert chat.identity.is_moderator
    assert chat.user.avatar_thumb.urls
    assert len(str(chat.base.room_id)) == len(str(chat.base.message_id)) == 19
    assert chat.base.created_at == 1_800_000_000_000


def test_the_host_is_told_apart_when_they_write() -> None:
    room = a_room()
    room.chat(room.creator.viewer, "welcome")
    posted = room.since(0)
    assert posted is not None
    assert pb.Chat.FromString(posted[0].payload).identity.is_creator


def test_top_gifters_are_ranked_by_diamonds() -> None:
    room = a_room()
    room.gift(EVE, "Rose", 5)
    room.gift(BOB, "Galaxy")
    room.count_viewers(77)
    posted = room.since(0)
    assert posted is not None
    count = pb.RoomUserSeq.FromString(posted[-1].payload)
    assert (count.viewers, count.total_viewers) == (77, 77)
    assert [(rank.rank, rank.user.handle, rank.score) for rank in count.ranks] == [(1, "bob", 1000), (2, "eve", 5)]


def test_a_battle_is_told_in_both_rooms_with_scores_contributors_and_a_result() -> None:
    world = World(lambda: 1_800_000_000_000)
    alice, bob = world.creator("alice"), world.creator("bob")
    ours, theirs = alice.go_live(), bob.go_live()
    battle = ours.battle_start(bob, 60)
    ours.battle_score(own_fans=[(BOB, 10), (EVE, 25)], rival_fans=[(BOB, 30)])
    theirs.battle_score(own=31)
    ours.battle_finish()
    ours.battle_punish_finish()
    for room in (ours, theirs):
        posted = room.since(0)
        assert posted is not None
        opened, _, scored, finished, punished = posted
        start, score = pb.Battle.FromString(opened.payload), pb.BattleArmies.FromString(scored.payload)
        end, over = pb.Battle.FromString(finished.payload), pb.BattlePunishFinish.FromString(punished.payload)
        assert (start.action, start.settings.status, start.settings.duration_s) == (4, 1, 60)
        assert {host.user.handle for host in start.hosts.values()} == {"alice", "bob"}
        assert {str(host): army.score for host, army in score.armies.items()} == {alice.id: 35, bob.id: 31}
        assert [member.nickname for member in score.armies[int(alice.id)].members] == ["Eve", "Bob"]
        assert (end.action, end.settings.status) == (5, 3)
        assert {str(host): result.result for host, result in end.results.items()} == {alice.id: 0, bob.id: 1}
        assert over.settings.status == 4
        assert {start.battle_id, score.battle_id, end.battle_id, over.battle_id} == {int(battle.id)}
        assert room.battle is None


def test_equal_scores_are_a_draw() -> None:
    room = a_room()
    battle = room.battle_start(room.creator.world.creator("bob"), 60)
    room.battle_score(5, 5)
    assert set(battle.results().values()) == {2}


def test_a_muted_spammer_loses_all_lines_at_once() -> None:
    room = a_room()
    room.mute(EVE, operator=BOB)
    posted = room.since(0)
    assert posted is not None
    member, deletion = pb.Member.FromString(posted[0].payload), pb.ImDelete.FromString(posted[1].payload)
    assert (member.action, member.user.handle, member.operator.handle) == (9, "eve", "bob")
    assert list(map(str, deletion.user_ids)) == [EVE.id]
    assert not deletion.message_ids


def test_a_new_live_ends_the_old_one_and_has_a_new_id() -> None:
    creator = World(lambda: 1_800_000_000_000).creator("alice")
    first, second = creator.go_live(), creator.go_live()
    assert first.is_over
    assert creator.room is second
    assert first.id != second.id


def test_a_reader_who_falls_too_far_behind_is_told() -> None:
    room = a_room()
    for _ in range(KEPT_MESSAGES + 1):
        room.raw("WebcastRankUpdateMessage", b"")
    assert room.since(0) is None
    assert len(room.since(1) or ()) == KEPT_MESSAGES


def test_the_same_story_is_the_same_bytes() -> None:
    def told() -> list[bytes]:
        room = a_room()
        room.chat(BOB, "hi")
        room.gift(EVE, "Rose", 4)
        room.battle_start(room.creator.world.creator("bob"), 60)
        return [message.payload for message in room.since(0) or ()]

    assert told() == told()
