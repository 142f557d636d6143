"""A burst is served; under sustained load no more requests are admitted than keep the process busy."""

import asyncio

import pytest

from shared import external_waits
from shared.web.edge.admission.concurrency import CallerKey, ConcurrencyLimiter, ConcurrencyLimits
from shared.web.edge.admission.sustained_load import SUSTAINED_AFTER, SustainedLoad
from shared.web.edge.limits import Limits
from shared.web.problems import Problem
from tests.clocks import HandClock
from tests.shared.web.real_server import token_of
from tests.shared.web.sample import caller_of, sample_app

SUSTAINED = 4
LIMITS = ConcurrencyLimits(
    total=12, reserved_for_services=2, per_account=3, queue_per_account=6, sustained=SUSTAINED, sustained_queue=1
)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def limiter(clock: HandClock) -> ConcurrencyLimiter:
    return ConcurrencyLimiter(LIMITS, clock=clock)


def account(number: int) -> CallerKey:
    return CallerKey(is_service=False, is_authenticated=True, name=f"account {number}")


async def loaded(limiter: ConcurrencyLimiter, count: int = SUSTAINED) -> list[CallerKey]:
    """Let so many accounts acquire a slot each."""
    callers = [account(number) for number in range(count)]
    for caller in callers:
        await limiter.acquire(caller, seconds=0)
    return callers


async def refusal(limiter: ConcurrencyLimiter, caller: CallerKey) -> str:
    """Return the code with which the caller is shed."""
    with pytest.raises(Problem) as refused:
        await limiter.acquire(caller, seconds=0)
    return refused.value.code


@pytest.mark.parametrize(
    ("loads", "is_sustained"),
    [
        ([3], False),  # never reaches the threshold
        ([4], True),
        ([4, 3], True),  # falls a little
        ([4, 2], False),
        ([4, 2, 3], False),
        ([4, 1, 5], True),
    ],
)
def test_load_is_sustained_until_it_falls_to_half_of_the_threshold(
    loads: list[int], is_sustained: bool, clock: HandClock
) -> None:
    load = SustainedLoad(SUSTAINED, clock=clock)

    for each in loads:
        load.observe(each)
    at_once = load.is_sustained
    clock.seconds += SUSTAINED_AFTER

    assert (False, is_sustained) == (at_once, load.is_sustained)


def test_sustained_load_begins_anew_after_a_lull(clock: HandClock) -> None:
    load = SustainedLoad(SUSTAINED, clock=clock)
    load.observe(SUSTAINED)
    clock.seconds += SUSTAINED_AFTER
    load.observe(SUSTAINED // 2)
    load.observe(SUSTAINED)

    assert not load.is_sustained


async def test_a_burst_gets_all_slots(limiter: ConcurrencyLimiter) -> None:
    await loaded(limiter, LIMITS.total - LIMITS.reserved_for_services)

    assert LIMITS.total - LIMITS.reserved_for_services == limiter.in_flight


async def test_under_sustained_load_a_request_is_admitted_only_when_another_one_ends(
    limiter: ConcurrencyLimiter, clock: HandClock
) -> None:
    first, *_ = await loaded(limiter)
    clock.seconds += SUSTAINED_AFTER

    code = await refusal(limiter, account(9))
    limiter.release(first)
    await limiter.acquire(account(9), seconds=0)

    assert "overloaded" == code
    assert "overloaded" == await refusal(limiter, first)


async def test_own_services_get_their_slots_under_sustained_load(limiter: ConcurrencyLimiter, clock: HandClock) -> None:
    await loaded(limiter)
    clock.seconds += SUSTAINED_AFTER

    await limiter.acquire(CallerKey(is_service=True, is_authenticated=True, name="lending"), seconds=0)

    assert SUSTAINED + 1 == limiter.in_flight


async def test_when_load_has_halved_all_slots_are_given_again(limiter: ConcurrencyLimiter, clock: HandClock) -> None:
    callers = await loaded(limiter)
    clock.seconds += SUSTAINED_AFTER
    for caller in callers[: SUSTAINED // 2]:
        limiter.release(caller)

    for number in range(10, 15):
        await limiter.acquire(account(number), seconds=0)

    assert SUSTAINED // 2 + 5 == limiter.in_flight


async def test_external_waits_do_not_count_as_load(limiter: ConcurrencyLimiter, clock: HandClock) -> None:
    callers = await loaded(limiter)
    for caller in callers:
        limiter.count_external_wait(caller, 1)
    clock.seconds += SUSTAINED_AFTER

    await limiter.acquire(account(9), seconds=0)
    for caller in callers:
        limiter.count_external_wait(caller, -1)
    clock.seconds += SUSTAINED_AFTER

    assert "overloaded" == await refusal(limiter, account(10))


async def test_under_sustained_load_of_one_account_fewer_of_its_requests_wait(
    limiter: ConcurrencyLimiter, clock: HandClock
) -> None:
    busy = account(1)
    for _ in range(LIMITS.per_account):
        await limiter.acquire(busy, seconds=0)
    clock.seconds += SUSTAINED_AFTER

    waiting = asyncio.create_task(limiter.acquire(busy, seconds=60))
    await asyncio.sleep(0)
    code = await refusal(limiter, busy)
    await limiter.acquire(account(2), seconds=0)
    limiter.release(busy)
    await waiting

    assert "too-many-at-once" == code


@pytest.mark.parametrize(("waits", "status"), [({}, 503), ({"X-Elsewhere": "yes"}, 200)])
async def test_requests_that_wait_for_a_neighbour_leave_slots_to_others(
    waits: dict[str, str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(external_waits, "LONG_WAIT", 0)
    app = sample_app(limits=Limits(in_flight=LIMITS))
    async with caller_of(app) as http:
        waiting = [
            asyncio.create_task(http.get("/v1/slow", headers=token_of(f"account-{n}") | waits))
            for n in range(SUSTAINED)
        ]
        while app.state.shelf.at_work < SUSTAINED and not any(task.done() for task in waiting):
            await asyncio.sleep(0)
        await asyncio.sleep(1.5 * SUSTAINED_AFTER)

        answer = await http.get("/v1/things", headers=token_of("another"))
        app.state.shelf.gate.set()
        answers = await asyncio.gather(*waiting)

    assert status == answer.status_code
    assert {200} == {answer.status_code for answer in answers}
