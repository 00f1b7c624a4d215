"""Stories of a source that fails and another that helps out."""

from __future__ import annotations

from bot.errors import ConnectionRefused
from bot.events import CommentEvent, ConnectedEvent, Handle
from bot.ingest.connects import NamedSource
from bot.ingest.sources import Way
from bot.model.creator import CreatorState
from tests.bot.ingest.conftest import World, live
from tests.doubles.events import comment
from tests.doubles.tiktok import ScriptedSource


def beside(world: World, *, name: str = "direct") -> ScriptedSource:
    """A second source, less preferred than the first."""
    source = ScriptedSource(world.clock)
    world.others.append(NamedSource(Way(name), source))
    return source


async def test_a_refusal_is_answered_by_the_next_source_within_seconds(world: World) -> None:
    direct = beside(world)
    world.source.refuse("alice")
    world.rooms.live("alice", "100")
    alice = await world.watch("alice")
    await world.start()
    await world.until(lambda: bool(direct.open_streams("alice")), most_s=5)

    (refused,), (opened,) = world.source.attempts[Handle("alice")], direct.attempts[Handle("alice")]
    assert 1 <= opened - refused <= 3
    direct.stream("alice").say(comment("through the other door"))
    await world.until_logged(alice, CommentEvent)
    assert len(await world.said(alice, ConnectedEvent)) == 1


async def test_a_limit_that_one_creator_meets_spares_the_others_the_question(world: World) -> None:
    direct = beside(world)
    world.source.refuse("alice", ConnectionRefused("the sign server's limit is used up", retry_after_s=600))
    world.rooms.live("alice", "100")
    await world.watch("alice")
    await world.start()
    await world.until(lambda: bool(direct.open_streams("alice")), most_s=10)
    world.rooms.live("bob", "200")
    await world.watch("bob")
    await world.until(lambda: bool(direct.open_streams("bob")), most_s=10)

    assert Handle("bob") not in world.source.attempts, "bob did not have to find out himself"
    assert world.supervisor is not None
    rests = [standing.why for standing in world.supervisor.standings.values()]
    assert rests == ["the sign server's limit is used up", ""]
    world.source.accept("alice")
    for minute in range(11):
        direct.stream("bob").say(comment(f"{minute} minutes"))
        await world.passing(60, step_s=20)
    direct.stream("bob").lose()
    await world.until(lambda: bool(world.source.open_streams("bob")), most_s=10)


async def test_a_stream_that_held_is_opened_again_where_it_was_and_one_that_breaks_at_once_is_not(world: World) -> None:
    direct = beside(world)
    await live(world)
    await world.passing(60)
    world.source.stream("alice").lose()
    await world.connected("alice")
    assert direct.attempts == {}

    for _ in range(3):
        (stream,) = [*world.source.open_streams("alice"), *direct.open_streams("alice")]
        stream.lose()
        await world.until(lambda stream=stream: not stream.is_open)  # type: ignore[misc]
        await world.until(lambda: bool(world.source.open_streams("alice") or direct.open_streams("alice")), most_s=20)
    assert direct.attempts


async def test_when_all_sources_refuse_they_take_turns_and_the_waits_grow(world: World) -> None:
    direct = beside(world)
    world.source.refuse("alice")
    direct.refuse("alice")
    world.rooms.live("alice", "100")
    alice = await world.watch("alice")
    await world.start()
    await world.passing(600, step_s=5)

    signed_at, direct_at = world.source.attempts[Handle("alice")], direct.attempts[Handle("alice")]
    assert 4 <= len(signed_at) <= 9
    assert abs(len(signed_at) - len(direct_at)) <= 1
    assert signed_at[-1] - signed_at[-2] > signed_at[1] - signed_at[0]
    assert (await world.status(alice)).reason.startswith("the sign server said 500")


async def test_after_an_outage_creators_come_back_at_a_pace_and_each_knows_its_place(world: World) -> None:
    for number in range(60):
        world.rooms.live(f"creator{number}", str(1000 + number))
        await world.watch(f"creator{number}")
    await world.start()
    await world.until(lambda: len(world.source.open_streams()) == 60, most_s=200)
    await world.passing(40)
    lost = world.source.open_streams()
    for stream in lost:
        stream.lose()
    await world.until(lambda: not any(stream.is_open for stream in lost))
    most = 0
    supervisor = world.supervisor
    assert supervisor is not None

    def all_back() -> bool:
        nonlocal most
        most = max(most, len(supervisor.waiting_to_connect))
        return len(world.source.open_streams()) == 60

    begin = world.clock.monotonic()
    await world.until(all_back, step_s=0.1, most_s=300)
    back = sorted(at for attempts in world.source.attempts.values() for at in attempts if at >= begin)
    for start in back:
        assert sum(start <= at < start + 1 for at in back) <= 20 + 10
    assert most > 0
    assert supervisor.waiting_to_connect == {}


async def test_who_waited_long_for_a_connection_asks_first_whether_the_live_goes_on(world: World) -> None:
    world.others.clear()
    world.source.refuse("alice", ConnectionRefused("the sign server's limit is used up", retry_after_s=300))
    world.rooms.live("alice", "100")
    await world.watch("alice")
    await world.start()
    await world.until(lambda: bool(world.source.attempts[Handle("alice")]), most_s=10)
    world.rooms.live("bob", "200")
    bob = await world.watch("bob")
    status = await world.until_status(bob, CreatorState.LIVE, connected=False)
    await world.until(lambda: world.supervisor is not None and len(world.supervisor.waiting_to_connect) == 1)
    world.rooms.offline("bob")
    await world.until_status(bob, CreatorState.OFFLINE)

    assert "the sign server's limit is used up" in (status.reason or (await world.status(bob)).reason) or status.next_try_at
    assert Handle("bob") not in world.source.attempts, "no connect was spent on a LIVE that is over"
