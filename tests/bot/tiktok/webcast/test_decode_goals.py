"""Polls and envelopes."""

from __future__ import annotations

import pytest

from bot.events import EnvelopeEvent, PollEvent, SuperFanBoxEvent
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.bot.tiktok.webcast.reading import read

BASE = pb.ToldBase(method="x", message_id=12, room_id=34)


@pytest.mark.parametrize(("kind", "stage", "votes"), [(0, "started", 0), (2, "votes", 5), (1, "ended", 9), (8, "", 5)])
def test_a_poll_takes_its_options_from_the_content_of_its_stage(kind: int, stage: str, votes: int) -> None:
    def options(votes: int) -> list[pb.PollOption]:
        return [pb.PollOption(index=0, text="yes", votes=votes)]

    message = pb.Poll(
        base=BASE,
        message_type=kind,
        poll_id=7,
        start=pb.PollStart(title="Tea?", starts_at=1_696_447_177, options=options(0)),
        votes=pb.PollVotes(options=options(5)),
        end=pb.PollEnd(end_type=1, options=options(9), operator=pb.User(id=3)),
    )
    event = read("WebcastPollMessage", message)
    assert isinstance(event, PollEvent)
    assert (event.stage, event.title, event.poll_id, event.starts_at_ms) == (stage, "Tea?", "7", 1_696_447_177_000)
    assert [(each.text, each.votes) for each in event.options] == [("yes", votes)]
    assert (event.operator is not None) == (stage == "ended")


@pytest.mark.parametrize(
    ("business_type", "key", "meant"),
    [(1, "pm_mt_treasure_box", EnvelopeEvent), (19, "", SuperFanBoxEvent), (1, "ttlive_superFanBox_x", SuperFanBoxEvent)],
)
def test_a_super_fan_box_is_an_envelope_of_its_own_kind(business_type: int, key: str, meant: type) -> None:
    box = pb.RedEnvelope(envelope_id="5", business_type=business_type, sender_id="1", sender_name="Bob", diamonds=20, people=16)
    told = pb.ToldBase(method="x", message_id=1, display_text=pb.FullText(key=key))
    event = read("WebcastEnvelopeMessage", pb.Envelope(base=told, envelope=box, display=1))
    assert type(event) is meant
    assert isinstance(event, EnvelopeEvent | SuperFanBoxEvent)
    assert (event.envelope.diamonds, event.envelope.people, event.display) == (20, 16, 1)
    assert event.user is not None
    assert event.user.name == "Bob"


@pytest.mark.parametrize(("written", "read_as"), [("1701791677237", 1_701_791_677_237), ("soon", 0), ("²", 0), ("", 0)])
def test_when_an_envelope_was_made_is_text_on_the_wire(written: str, read_as: int) -> None:
    event = read("WebcastEnvelopeMessage", pb.Envelope(base=BASE, envelope=pb.RedEnvelope(created_at=written)))
    assert isinstance(event, EnvelopeEvent)
    assert event.envelope.created_at_ms == read_as
    assert event.user is None
