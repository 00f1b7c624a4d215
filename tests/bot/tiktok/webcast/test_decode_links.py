"""Guests, co-hosts, and the margins of battles."""

from __future__ import annotations

from bot.events import (
    BattleCardEvent,
    BattleNoticeEvent,
    BattleTaskEvent,
    FanTicketEvent,
    LinkEvent,
    LinkLayerEvent,
    Seat,
    UnknownEvent,
    User,
)
from bot.events.ids import Handle
from bot.tiktok.webcast.decode import decode
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.bot.tiktok.webcast.reading import read

BASE = pb.ToldBase(method="x", message_id=12, room_id=34)
BASE_OF_LINK = pb.ToldBase(method="WebcastLinkMessage", message_id=12)
BOB, CAROL = pb.User(id=1, nickname="Bob"), pb.User(id=2, nickname="Carol")


def link(**content: object) -> LinkEvent:
    event = read("WebcastLinkMessage", pb.Link(base=BASE, linker_id=9, scene=4, **content))  # type: ignore[arg-type]
    assert isinstance(event, LinkEvent)
    return event


def test_a_changed_list_names_the_linked_and_the_waiting() -> None:
    lists = pb.LinkUsers(linked=[pb.LinkUser(user=BOB)], applied=[pb.LinkUser(user=CAROL)])
    event = link(action=19, lists=lists)
    assert (event.name, event.linker_id, event.scene) == ("list_changed", "9", 4)
    assert ([each.name for each in event.users], [each.name for each in event.applied]) == (["Bob"], ["Carol"])


def test_a_guest_who_has_changed_is_told_anew_and_one_who_has_not_is_the_one_of_before() -> None:
    def linked(*guests: pb.User) -> tuple[User, ...]:
        return link(action=19, lists=pb.LinkUsers(linked=[pb.LinkUser(user=each) for each in guests])).users

    before, after = linked(BOB, CAROL), linked(BOB, pb.User(id=2, nickname="Carola"), pb.User())
    assert after[0] is before[0]
    assert [each.name for each in after] == ["Bob", "Carola"]


def test_a_guest_who_cannot_be_read_leaves_the_message_whole() -> None:
    broken = b"\x0a\x02\x0a\x7f"  # a user who is cut short
    lists = b"\x0a" + bytes([len(broken)]) + broken
    payload = pb.Link(base=BASE_OF_LINK).SerializeToString() + b"\xa2\x01" + bytes([len(lists)]) + lists
    event = decode("WebcastLinkMessage", payload, creator=Handle("alice"), received_at_ms=5)
    assert isinstance(event, UnknownEvent)
    assert (event.payload, event.message_id) == (payload, "12")


def test_an_invitation_names_who_from_which_room() -> None:
    event = link(action=3, invite=pb.LinkInvite(from_user_id=1, from_room_id=55, from_user=BOB))
    assert (event.name, event.from_user_id, event.other_room_id) == ("invited", "1", "55")
    assert event.user is not None
    assert event.user.name == "Bob"


def test_leaving_muting_and_removing_name_the_person_and_the_reason() -> None:
    assert (left := link(action=7, leave=pb.LinkLeave(user_id=1, reason=3))).to_user_id == "1"
    assert (left.name, left.reason) == ("left", 3)
    assert (link(action=15, mute=pb.LinkMute(user_id=2, status=1))).reason == 1
    assert link(action=13, kick_out=pb.LinkKick(from_user_id=2, reason=5)).from_user_id == "2"
    assert link(action=102, toast=pb.LinkToast(user_id=1, text=pb.FullText(pattern="left"))).text == "left"
    assert link(action=5, reply=pb.LinkReply(from_user=BOB, to_user_id=2, reply_status=1)).reply_status == 1
    cohosts = link(action=22, cohosts=pb.CohostUsers(users=[pb.CohostUser(user_id=5, nickname="Eve")]))
    assert [each.name for each in cohosts.users] == ["Eve"]


def test_an_action_of_tomorrow_without_content_is_kept_as_its_number() -> None:
    event = link(action=77)
    assert (event.action, event.name, event.users) == (77, "", ())


def test_the_link_layer_tells_the_same_by_ids() -> None:
    seat = pb.Seat(room_id=5, user_id=6)
    left = read("WebcastLinkLayerMessage", pb.LinkLayer(base=BASE, action=9, leave=pb.LayerOne(seat=seat, number=2)))
    assert isinstance(left, LinkLayerEvent)
    assert (left.name, left.seat, left.number) == ("left", Seat("6", "5"), 2)
    lists = pb.LayerLists(linked=[pb.LayerSeat(seat=seat)])
    changed = read("WebcastLinkLayerMessage", pb.LinkLayer(base=BASE, action=11, list_change=pb.LayerListChange(lists=lists)))
    assert isinstance(changed, LinkLayerEvent)
    assert (changed.linked, changed.seat) == ((Seat("6", "5"),), Seat())
    joined = read(
        "WebcastLinkLayerMessage", pb.LinkLayer(base=BASE, action=12, join=pb.LayerJoin(joiner=pb.LayerSeat(seat=seat)))
    )
    invited = read(
        "WebcastLinkLayerMessage",
        pb.LinkLayer(base=BASE, action=2, invite=pb.LayerInvite(seat=seat, to=pb.Seat(user_id=8, room_id=9))),
    )
    assert isinstance(joined, LinkLayerEvent)
    assert isinstance(invited, LinkLayerEvent)
    assert (joined.seat, joined.other) == (Seat("6", "5"), Seat())
    assert (invited.seat, invited.other) == (Seat("6", "5"), Seat("8", "9"))


def test_a_seat_of_a_list_is_read_once_for_all_lists() -> None:
    def linked(*ids: int) -> tuple[Seat, ...]:
        lists = pb.LayerLists(linked=[pb.LayerSeat(seat=pb.Seat(user_id=each)) for each in ids])
        changed = pb.LinkLayer(base=BASE, action=11, list_change=pb.LayerListChange(lists=lists))
        event = read("WebcastLinkLayerMessage", changed)
        assert isinstance(event, LinkLayerEvent)
        return event.linked

    before, after = linked(6, 7), linked(8, 6)
    assert [each.user_id for each in (*before, *after)] == ["6", "7", "8", "6"]
    assert after[1] is before[0]


def test_fan_tickets_are_counted_for_each() -> None:
    notice = pb.FanTicketNotice(scores=[pb.FanTicketScore(user_id=1, fan_tickets=69)], total=921)
    event = read("WebcastLinkMicFanTicketMethod", pb.FanTickets(base=BASE, notice=notice))
    assert isinstance(event, FanTicketEvent)
    assert (event.total, [(each.user_id, each.fan_tickets) for each in event.scores]) == (921, [("1", 69)])


def test_a_task_runs_from_start_to_reward() -> None:
    bonus = pb.BattleBonus(target=pb.TaskPeriod(target=3, duration_s=40), reward=pb.RewardPeriod(multiplier=2, duration_s=30))
    messages = [
        pb.BattleTask(base=BASE, message_type=0, start=pb.BattleTaskStart(bonus=bonus), battle_id=8),
        pb.BattleTask(base=BASE, message_type=1, update=pb.BattleTaskUpdate(progress=2, from_user_id=1)),
        pb.BattleTask(base=BASE, message_type=2, settle=pb.BattleTaskSettle(result=0, reward_starts_at_s=99)),
        pb.BattleTask(base=BASE, message_type=3, reward=pb.BattleReward(prompt=pb.BattlePrompt(key="k"))),
    ]
    events = [event for each in messages if isinstance(event := read("WebcastLinkmicBattleTaskMessage", each), BattleTaskEvent)]
    assert [each.stage for each in events] == ["started", "progress", "settled", "rewarded"]
    assert (events[0].target, events[0].multiplier, events[0].duration_s, events[0].battle_id) == (3, 2, 40, "8")
    assert [each.result for each in events] == [-1, -1, 0, -1]
    assert (events[1].progress, events[2].reward_starts_at_s, events[3].prompt_key) == (2, 99, "k")


def test_a_card_names_its_player_and_whom_it_helps() -> None:
    player = pb.BattleHost(user=pb.BattleHostUser(id=1, nickname="Bob"))
    glove = pb.CriticalStrikeCard(name_key="crit", sender=player, multiplier=5, effect_s=30, to_creator_id=6)
    played = read(
        "WebcastLinkMicBattleItemCard",
        pb.BattleCards(base=BASE, battle_id=8, action=2, critical_strike=pb.CriticalStrikeUse(card=glove)),
    )
    assert isinstance(played, BattleCardEvent)
    assert (played.card, played.multiplier, played.effect_s, played.receiver_id) == ("critical_strike", 5, 30, "6")
    assert played.user is not None
    wrapped = pb.WrappedCardUse(card=pb.WrappedCard(card=pb.BattleCard(sender=player, effect_s=7), multiplier=3))
    vault = read("WebcastLinkMicBattleItemCard", pb.BattleCards(base=BASE, action=12, vault_glove=wrapped))
    assert isinstance(vault, BattleCardEvent)
    assert (vault.card, vault.multiplier, vault.effect_s) == ("vault_glove", 3, 7)
    award = read("WebcastLinkMicBattleItemCard", pb.BattleCards(base=BASE, action=4, award=pb.CardAward(users=[player])))
    assert isinstance(award, BattleCardEvent)
    assert (award.card, [each.name for each in award.users]) == ("award", ["Bob"])
    effect = pb.EffectNotice(score=10, from_user_id=1, to_creator_id=6)
    noticed = read("WebcastLinkMicBattleItemCard", pb.BattleCards(base=BASE, action=9, special_effect_notice=effect))
    assert isinstance(noticed, BattleCardEvent)
    assert (noticed.score, noticed.receiver_id) == (10, "6")
    new = read("WebcastLinkMicBattleItemCard", pb.BattleCards(base=BASE, action=99))
    assert isinstance(new, BattleCardEvent)
    assert (new.card, new.action) == ("", 99)


def test_a_notice_about_a_battle_has_words() -> None:
    text = pb.FullText(pattern="Only roses count")
    event = read("WebcastLinkmicBattleNoticeMessage", pb.BattleNotice(base=BASE, notice_type=6, guide=pb.BattleGuide(text=text)))
    assert isinstance(event, BattleNoticeEvent)
    assert (event.text, event.display_text, event.notice_type) == ("Only roses count", "Only roses count", 6)
