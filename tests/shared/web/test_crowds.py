"""A crowd that is soon gone is served; while one stays, no more are let in than keep the process busy."""

import asyncio

import pytest

from shared import context
from shared.web.edge.crowds import STAYS, Crowd
from shared.web.edge.limits import Limits, Shares
from shared.web.edge.places import Holder, Places
from shared.web.problems import Problem
from tests.clocks import HandClock
from tests.shared.web.crowd import token_of
from tests.shared.web.sample import caller_of, sample_app

BUSY = 4
SHARES = Shares(all=12, for_services=2, of_account=3, queue_of_account=6, busy=BUSY, busy_queue=1)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def places(clock: HandClock) -> Places:
    return Places(SHARES, clock=clock)


def account(number: int) -> Holder:
    return Holder(is_service=False, is_known=True, name=f"account {number}")


async def crowded(places: Places, count: int = BUSY) -> list[Holder]:
    """Let so many accounts take a place each."""
    holders = [account(number) for number in range(count)]
    for holder in holders:
        await places.take(holder, seconds=0)
    return holders


async def refusal(places: Places, holder: Holder) -> str:
    """Return the code of the refusal when the holder asks for a place."""
    with pytest.raises(Problem) as refused:
        await places.take(holder, seconds=0)
    return refused.value.code


@pytest.mark.parametrize(
    ("numbers", "stays"),
    [
        ([3], False),  # not enough for a crowd
        ([4], True),
        ([4, 3], True),  # as they come and go
        ([4, 2], False),
        ([4, 2, 3], False),
        ([4, 1, 5], True),
    ],
)
def test_a_crowd_stays_until_half_of_it_is_gone(numbers: list[int], stays: bool, clock: HandClock) -> None:
    crowd = Crowd(BUSY, clock=clock)

    for number in numbers:
        crowd.counts(number)
    at_once = crowd.stays
    clock.seconds += STAYS

    assert (False, stays) == (at_once, crowd.stays)


def test_a_crowd_is_as_old_as_its_last_calm_moment(clock: HandClock) -> None:
    crowd = Crowd(BUSY, clock=clock)
    crowd.counts(BUSY)
    clock.seconds += STAYS
    crowd.counts(BUSY // 2)
    crowd.counts(BUSY)

    assert not crowd.stays


async def test_a_crowd_of_a_moment_gets_all_places(places: Places) -> None:
    await crowded(places, SHARES.all - SHARES.for_services)

    assert SHARES.all - SHARES.for_services == places.taken


async def test_while_a_crowd_stays_who_comes_is_let_in_only_when_somebody_is_done(
    places: Places, clock: HandClock
) -> None:
    first, *_ = await crowded(places)
    clock.seconds += STAYS

    code = await refusal(places, account(9))
    places.give_back(first)
    await places.take(account(9), seconds=0)

    assert "overloaded" == code
    assert "overloaded" == await refusal(places, first)


async def test_own_services_get_their_places_while_a_crowd_stays(places: Places, clock: HandClock) -> None:
    await crowded(places)
    clock.seconds += STAYS

    await places.take(Holder(is_service=True, is_known=True, name="lending"), seconds=0)

    assert BUSY + 1 == places.taken


async def test_when_half_of_a_crowd_is_gone_all_places_are_there_again(places: Places, clock: HandClock) -> None:
    holders = await crowded(places)
    clock.seconds += STAYS
    for holder in holders[: BUSY // 2]:
        places.give_back(holder)

    for number in range(10, 15):
        await places.take(account(number), seconds=0)

    assert BUSY // 2 + 5 == places.taken


async def test_who_waits_for_somebody_else_is_not_in_the_crowd(places: Places, clock: HandClock) -> None:
    holders = await crowded(places)
    for holder in holders:
        places.step_out(holder, 1)
    clock.seconds += STAYS

    await places.take(account(9), seconds=0)
    for holder in holders:
        places.step_out(holder, -1)
    clock.seconds += STAYS

    assert "overloaded" == await refusal(places, account(10))


async def test_while_one_account_asks_for_more_than_its_share_fewer_wait(places: Places, clock: HandClock) -> None:
    busy = account(1)
    for _ in range(SHARES.of_account):
        await places.take(busy, seconds=0)
    clock.seconds += STAYS

    waiting = asyncio.create_task(places.take(busy, seconds=60))
    await asyncio.sleep(0)
    code = await refusal(places, busy)
    await places.take(account(2), seconds=0)
    places.give_back(busy)
    await waiting

    assert "too-many-at-once" == code


@pytest.mark.parametrize(("waits", "status"), [({}, 503), ({"X-Elsewhere": "yes"}, 200)])
async def test_requests_that_wait_for_a_neighbour_leave_room_for_others(
    waits: dict[str, str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "LONG", 0)
    app = sample_app(limits=Limits(in_flight=SHARES))
    async with caller_of(app) as http:
        waiting = [
            asyncio.create_task(http.get("/v1/slow", headers=token_of(f"account-{n}") | waits)) for n in range(BUSY)
        ]
        while app.state.shelf.at_work < BUSY and not any(task.done() for task in waiting):
            await asyncio.sleep(0)
        await asyncio.sleep(1.5 * STAYS)

        answer = await http.get("/v1/things", headers=token_of("another"))
        app.state.shelf.gate.set()
        answers = await asyncio.gather(*waiting)

    assert status == answer.status_code
    assert {200} == {answer.status_code for answer in answers}
