"""Every documented and every generated frame of the edge, and the one that was captured."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from bot.events import (
    BattleEvent,
    BattleScoreEvent,
    CommentEvent,
    EmoteEvent,
    FollowEvent,
    GiftEvent,
    JoinEvent,
    LikeEvent,
    PaidSubscribeEvent,
    PinEvent,
    QuestionEvent,
    ShareEvent,
    UnknownEvent,
    ViewersEvent,
)
from bot.events.goals import EnvelopeEvent
from bot.tiktok.tiktools.closes import Action, after_close, nudge_of
from bot.tiktok.tiktools.decode import READERS
from bot.tiktok.tiktools.frames import BOOKKEEPING, NUDGES
from tests.bot.tiktok.tiktools.documents import document, rows
from tests.bot.tiktok.tiktools.reading import decoded

UNKNOWN_BY_NAME_ONLY = {
    *("roomInfo", "unknown", "hourlyRank", "superFan", "superFanJoin", "superFanBox", "linkMicLayoutState"),
    *("giftCollectionUpdate", "pictionaryStart", "karaokeReq", "subPin", "toast", "gapHighlightPushGuide"),
    *("gameAutoPostNotice", "cohostSettingsUpdate"),
}


def described() -> dict[str, Any]:
    whole = json.loads(document("events.json"))
    return {name: event for name, event in whole.items() if not name.startswith("_")}


def test_every_event_whose_fields_are_known_has_a_reader() -> None:
    wire = {
        name
        for name, event in described().items()
        if event["status"] == "typed from source" and event.get("has_base_fields") and name != "unknown"
    }
    assert len(wire) > 70
    assert wire - READERS.keys() == set()


def test_every_other_name_is_told_apart_on_purpose() -> None:
    client_side = {name for name, event in described().items() if event["status"] == "client-side only"}
    others = described().keys() - READERS.keys() - client_side - BOOKKEEPING
    assert others == UNKNOWN_BY_NAME_ONLY | {"rate_limited", "not_live"}
    assert "rate_limited" in NUDGES


def test_every_generated_frame_is_an_event_of_its_own_kind() -> None:
    frames = rows("synthetic-all-events.ndjson")
    unknown = {frame["event"] for frame in frames if isinstance(decoded(frame), UnknownEvent)}
    assert len(frames) == 94
    assert unknown <= UNKNOWN_BY_NAME_ONLY | {"social"}  # the generated social act is called "x"
    assert unknown >= UNKNOWN_BY_NAME_ONLY - {"roomInfo"}


def test_every_documented_field_reaches_its_event() -> None:
    """Each field of each frame is changed in turn: an event that stays the same has not read it."""
    ignored = Counter[str]()
    for frame in rows("synthetic-all-events.ndjson"):
        before = decoded(frame)
        if isinstance(before, UnknownEvent):
            continue
        for field, value in frame["data"].items():
            if field not in ("type", "msgId") and decoded(_changed(frame, field, value)) == before:
                ignored[f"{frame['event']}.{field}"] += 1
    assert set(ignored) == {
        # Two spellings of one thing, of which the frame has both, or what another field says already.
        *(
            "member.action",
            "member.actionId",
            "battleArmies.battleSettings",
            "gift.senderUserId",
            "gift.combo",
            "roomPin.pinnedMessage",
            "envelope.coins",
        ),
        # Read, but what stands in the generated frame has no meaning.
        *("roomPin.originalMsgType", "caption.startedAtMs"),
        # No meaning known, or none that an event has a place for.
        *("member.actionCode", "envelope.canOpen", "poll.action", "battleTask.timerType", "battleItemCard.iconKey"),
        *("battleItemCard.endsAtSec", "battleItemCard.accentColor", "battle.scores", "battle.extraHostUserIds"),
        *("battle.layoutSubtype", "battleArmies.matchId", "battleArmies.sessionId", "battleArmies.sessionTag"),
        *("battleArmies.scoreUpdateTime", "battleArmies.giftSentTime", "battleArmies.transactionId", "battleArmies.teams"),
        *("battleArmies.serverTsMs", "battlePunishFinish.punishedUserId", "battlePunishFinish.punishType"),
        *("battlePunishFinish.sessionId", "barrage.displayType", "emoteChat.emoteName", "liveIntro.roomId"),
    }


def _changed(frame: dict[str, Any], field: str, value: object) -> dict[str, Any]:
    other: object
    match value:
        case bool():
            other = not value
        case int():
            other = value + 41
        case str():
            other = f"{value}9"
        case dict():
            other = {**value, "id": "41", "userId": "41", "claps": 4, "joinDayNumber": 4, "startTimeMs": 4}
        case _:
            other = [{"emoteId": "41", "userId": "41", "uniqueId": "n", "hostUserId": "41"}, "t"]
    return {**frame, "data": {**frame["data"], field: other}}


def test_the_documents_own_examples() -> None:
    events = [decoded(row["frame"]) for row in rows("doc-frames.ndjson")]
    kinds = [type(event) for event in events]
    assert kinds == [
        *(CommentEvent, GiftEvent, LikeEvent, JoinEvent, FollowEvent, ShareEvent, ViewersEvent, PaidSubscribeEvent),
        *(BattleEvent, PinEvent, EmoteEvent, EnvelopeEvent, QuestionEvent, UnknownEvent, CommentEvent, UnknownEvent),
    ]
    chat, gift, like, viewers, battle, pin = (events[at] for at in (0, 1, 2, 6, 8, 9))
    assert isinstance(chat, CommentEvent)
    assert chat.user is not None
    assert (chat.text, chat.user.id, chat.user.handle) == ("Hello streamer!", "6892636847263982593", "viewer123")
    assert isinstance(gift, GiftEvent)
    assert (gift.gift.name, gift.repeat_count, gift.is_final) == ("Rose", 5, True)
    assert isinstance(like, LikeEvent)
    assert (like.count, like.total) == (15, 5678)
    assert isinstance(viewers, ViewersEvent)
    assert [(each.user.handle, each.diamonds) for each in viewers.top_viewers] == [("top1", 500)]
    assert isinstance(battle, BattleEvent)
    assert [(side.user.handle, side.score) for side in battle.sides] == [("streamer1", 150), ("streamer2", 120)]
    assert isinstance(pin, PinEvent)
    assert pin.text == "Welcome to the stream!"


def test_the_one_captured_frame() -> None:
    """It has neither a battle id nor a message id, and its status says "preparing" of a battle with scores."""
    event = decoded(document("anonymised-battleArmies-frame.json"))
    assert isinstance(event, BattleScoreEvent)
    assert event.message_id.startswith("body:")
    assert [(side.host_ids, side.score) for side in event.sides] == [
        (("6900000000000000000",), 122),
        (("6900000000000000003",), 75),
    ]
    assert [each.user.handle for each in event.sides[0].contributors] == ["user01", "user02", "user03"]
    assert (event.seconds_left, event.phase.value) == (-1, "other")


def test_every_known_close_and_notice_has_a_consequence_of_its_own() -> None:
    known = rows("limits-and-closes.ndjson")
    closes = {
        (row["code"], row["reason"]): after_close(row["code"], row["reason"], has_key=True) for row in known if "code" in row
    }
    assert {(code, told.split(".")[0]): each.action for (code, told), each in closes.items()} == {
        (4404, "Creator is not currently live"): Action.UNCLEAR,
        (4429, "Daily Demo Limit Reached"): Action.WAIT,
        (4429, "Evicted - newer connection arrived (FIFO)"): Action.WAIT,
        (4429, "Demo session ended"): Action.WAIT,
        (4555, "Daily Demo Limit Reached"): Action.WAIT,
        (4556, "Relay connection error"): Action.RETRY,
        (4401, "Evaluation period ended"): Action.QUARANTINE,
        (4401, "Invalid or expired JWT"): Action.QUARANTINE,
        (1012, "service restart"): Action.RETRY,
    }
    assert len({each.reason for each in closes.values()}) == len(closes)
    nudges = [nudge_of(row["frame"]) for row in known if row["kind"] == "frame"]
    assert {nudge.kind for nudge in nudges} == NUDGES - {"rate_limited"}
    for nudge in nudges:
        assert after_close(1000, "", nudge, has_key=False).wait_s
