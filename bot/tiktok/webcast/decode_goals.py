"""Polls and envelopes. Pure."""

from __future__ import annotations

from bot.events import Envelope, EnvelopeEvent, PollEvent, PollOption, SuperFanBoxEvent, User
from bot.events.ids import ViewerId
from bot.tiktok.webcast.decode_fans import SUPER_FAN_BOX
from bot.tiktok.webcast.decode_parts import Arrival, first_url, milliseconds, user
from bot.tiktok.webcast.decode_told import told
from bot.tiktok.webcast.pb import webcast_pb2 as pb

STARTED, ENDED, VOTES = 0, 1, 2
STAGES = {STARTED: "started", ENDED: "ended", VOTES: "votes"}
SUPER_FAN_BUSINESS = 19


def poll(message: pb.Poll, payload: bytes, arrival: Arrival) -> PollEvent:
    """`WebcastPollMessage`: one of three contents, by its type."""
    kind, start, basics = message.message_type, message.start, message.basics
    contents: dict[int, pb.PollStart | pb.PollEnd | pb.PollVotes] = {STARTED: start, ENDED: message.end, VOTES: message.votes}
    content = contents.get(kind, message.votes)
    return PollEvent(
        told(message.base, None, payload, arrival),
        poll_id=str(message.poll_id) if message.poll_id else "",
        stage=STAGES.get(kind, ""),
        title=start.title or basics.title,
        options=tuple([PollOption(each.index, each.text, each.votes) for each in content.options]),
        starts_at_ms=milliseconds(start.starts_at),
        ends_at_ms=milliseconds(start.ends_at),
        kind=message.kind,
        end_type=message.end.end_type,
        voters=basics.voters,
        gift_id=str(basics.gift_id) if basics.gift_id else "",
        operator=user(content.operator),
    )


def envelope(message: pb.Envelope, payload: bytes, arrival: Arrival) -> EnvelopeEvent | SuperFanBoxEvent:
    """`WebcastEnvelopeMessage`: a treasure box; a super fan box is one of its kinds."""
    box = message.envelope
    giver = User(ViewerId(box.sender_id), nickname=box.sender_name, avatar_url=first_url(box.sender_avatar))
    shared = told(message.base, giver if box.sender_id or box.sender_name else None, payload, arrival)
    is_super_fan_box = box.business_type == SUPER_FAN_BUSINESS or SUPER_FAN_BOX in shared.display_key.lower()
    created_at = box.created_at
    return (SuperFanBoxEvent if is_super_fan_box else EnvelopeEvent)(
        shared,
        Envelope(
            id=box.envelope_id,
            business_type=box.business_type,
            diamonds=box.diamonds,
            people=box.people,
            opens_at_s=box.opens_at_s,
            created_at_ms=milliseconds(int(created_at)) if created_at.isascii() and created_at.isdecimal() else 0,
            room_id=box.room_id,
            super_fans=box.super_fans,
        ),
        message.display,
    )
