"""Each caller has a fair share of the slots, so that none uses up all of them."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest
from fastapi import FastAPI

from shared.tokens import Principal, StaticKeys, TokenRejected, TokenVerifier
from shared.web.edge.admission.concurrency import CallerKey, ConcurrencyLimiter, ConcurrencyLimits
from shared.web.edge.callers import caller_address
from shared.web.edge.limits import Limits
from shared.web.problems import Problem
from tests.shared.bad_input import check_problem
from tests.shared.web.real_server import DESK, ELSEWHERE, token_of
from tests.shared.web.sample import KEY, WRITER, caller_of, sample_app

JSON = WRITER | {"Content-Type": "application/json"}


async def held(app: FastAPI, http: httpx.AsyncClient, count: int, **headers: str) -> list[asyncio.Task[httpx.Response]]:
    """Send requests that stay at work until the gate opens, and wait until they are."""
    waiting = [asyncio.create_task(http.get("/v1/slow", headers=headers)) for _ in range(count)]
    while app.state.shelf.at_work < count and not any(task.done() for task in waiting):
        await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    return waiting


@pytest.fixture
def app() -> FastAPI:
    """Sustained load, which a busy machine makes of every burst, does not lower its limits."""
    return sample_app(limits=Limits(in_flight=ConcurrencyLimits(sustained=64, sustained_queue=48)))


async def test_without_a_token_an_address_has_eight_slots_and_no_more(app: FastAPI) -> None:
    async with caller_of(app, ELSEWHERE) as stranger, caller_of(app, DESK) as other:
        served = await held(app, stranger, 8)

        refused = await stranger.get("/v1/things")
        elsewhere, signed_in = await other.get("/v1/things"), await stranger.get("/v1/things", headers=WRITER)
        app.state.shelf.gate.set()
        answers = await asyncio.gather(*served)
        after = await stranger.get("/v1/things")

    check_problem(refused)
    assert (429, "too-many-at-once", "1") == (
        refused.status_code,
        refused.json()["code"],
        refused.headers["retry-after"],
    )
    assert "8 requests without a valid token from your address" in refused.json()["detail"]
    assert {200} == {answer.status_code for answer in (elsewhere, signed_in, *answers, after)}


async def test_a_token_that_is_not_valid_gives_no_share_of_ones_own(app: FastAPI) -> None:
    forged = {"Authorization": WRITER["Authorization"][:-8] + "AAAAAAAA"}
    async with caller_of(app, ELSEWHERE) as stranger:
        served = await held(app, stranger, 8)

        refused = await stranger.get("/v1/things", headers=forged)
        app.state.shelf.gate.set()
        await asyncio.gather(*served)
        looked_at = await stranger.get("/v1/things", headers=forged)

    assert (429, 401) == (refused.status_code, looked_at.status_code)


async def test_callers_without_a_token_have_half_of_the_slots_together(app: FastAPI) -> None:
    async with AsyncExitStack() as stack:
        strangers = [await stack.enter_async_context(caller_of(app, f"198.51.100.{n}")) for n in range(5)]
        for number, stranger in enumerate(strangers[:4]):
            app.state.shelf.at_work = 0
            assert 8 == len(await held(app, stranger, 8)), number

        refused = await strangers[4].get("/v1/things")
        signed_in = await strangers[4].get("/v1/things", headers=WRITER)
        app.state.shelf.gate.set()

    assert (503, "overloaded", "1") == (
        refused.status_code,
        refused.json()["code"],
        refused.headers["retry-after"],
    )
    assert 200 == signed_in.status_code


async def test_an_account_has_a_quarter_of_the_slots_wherever_it_is_used_and_more_wait_for_those(app: FastAPI) -> None:
    async with caller_of(app, ELSEWHERE) as one, caller_of(app, DESK) as other:
        served = await held(app, one, 16, **token_of("busy"))
        waiting = [asyncio.create_task(one.get("/v1/slow", headers=token_of("busy"))) for _ in range(48)]
        await asyncio.sleep(0)

        refused = await other.get("/v1/things", headers=token_of("busy"))
        others = [await other.get("/v1/things", headers=token_of("calm")), await other.get("/v1/things")]
        at_work = app.state.shelf.at_work
        app.state.shelf.gate.set()
        answers = await asyncio.gather(*served, *waiting)

    assert (429, "too-many-at-once") == (refused.status_code, refused.json()["code"])
    assert "16 requests of your account or client" in refused.json()["detail"]
    assert 16 == at_work
    assert {200} == {answer.status_code for answer in (*others, *answers)}


async def test_a_wait_for_a_slot_in_vain_is_refused_and_leaks_none() -> None:
    limiter = ConcurrencyLimiter(
        ConcurrencyLimits(
            total=4, reserved_for_services=0, anonymous=2, per_address=1, per_account=1, queue_per_account=2
        )
    )
    account = CallerKey(is_service=False, is_authenticated=True, name="account")
    await limiter.acquire(account, seconds=0)

    with pytest.raises(Problem) as refused:
        await limiter.acquire(account, seconds=0.01)
    broken_off = asyncio.create_task(limiter.acquire(account, seconds=60))
    next_one = asyncio.create_task(limiter.acquire(account, seconds=60))
    await asyncio.sleep(0)
    limiter.release(account)
    broken_off.cancel()
    await next_one
    limiter.release(account)

    assert "too-many-at-once" == refused.value.code
    assert 0 == limiter.in_flight
    await limiter.acquire(account, seconds=0)


async def test_some_slots_are_reserved_for_own_services_and_none_are_needed_for_health(app: FastAPI) -> None:
    service = token_of("lending", scope="things:ask", roles=[])
    person = token_of("person", scope="things:ask", roles=["reader"])
    async with caller_of(app, DESK) as http:
        for number in range(4):
            app.state.shelf.at_work = 0
            await held(app, http, 14, **token_of(f"account-{number}"))

        refused = [await http.get("/v1/things", headers=headers) for headers in (token_of("one-more"), person)]
        served = await http.get("/v1/things", headers=service)
        operators = [await http.get(path) for path in ("/health/live", "/health/ready", "/metrics")]
        app.state.shelf.gate.set()

    assert [(503, "overloaded")] * 2 == [(answer.status_code, answer.json()["code"]) for answer in refused]
    assert 200 == served.status_code
    assert {200} == {answer.status_code for answer in operators}


async def test_own_services_may_have_all_slots_but_no_more() -> None:
    limiter = ConcurrencyLimiter(
        ConcurrencyLimits(total=3, reserved_for_services=1, anonymous=1, per_address=1, per_account=1)
    )
    service = CallerKey(is_service=True, is_authenticated=True, name="lending")
    for _ in range(3):
        await limiter.acquire(service, seconds=0)

    with pytest.raises(Problem) as refused:
        await limiter.acquire(service, seconds=0)
    limiter.release(service)
    await limiter.acquire(service, seconds=0)

    assert "overloaded" == refused.value.code


async def test_the_slots_of_services_do_not_lessen_those_of_others() -> None:
    limiter = ConcurrencyLimiter(
        ConcurrencyLimits(total=4, reserved_for_services=2, anonymous=2, per_address=2, per_account=2)
    )
    service, account = (
        CallerKey(is_service=True, is_authenticated=True, name="s"),
        CallerKey(is_service=False, is_authenticated=True, name="a"),
    )
    for caller in (service, service, account, account):
        await limiter.acquire(caller, seconds=0)

    assert 4 == limiter.in_flight


@pytest.mark.parametrize(("client", "address"), [(("192.0.2.7", 4711), "192.0.2.7"), (None, "")])
def test_the_address_of_a_caller_is_the_one_that_the_server_found(client: tuple[str, int] | None, address: str) -> None:
    assert address == caller_address({"client": client})


class Fickle(TokenVerifier):
    """Counts, and takes back what a token said when it is asked again."""

    def __init__(self) -> None:
        super().__init__(StaticKeys([KEY.public_jwk()]), issuer="library")
        self.asked: list[str] = []

    async def verify(self, token: str) -> Principal:
        self.asked.append("verified")
        return await super().verify(token)

    async def confirm(self, principal: Principal) -> None:
        self.asked.append("confirmed")
        raise TokenRejected("ended since")


async def test_a_token_is_verified_once_and_confirmed_at_work() -> None:
    verifier = Fickle()
    async with caller_of(sample_app(verifier=verifier)) as http:
        refused = await http.get("/v1/things", headers=WRITER)
        unchecked = await http.get("/v1/unchecked", headers=WRITER)

    assert (401, "invalid-token", 200) == (refused.status_code, refused.json()["code"], unchecked.status_code)
    assert ["verified", "confirmed", "verified"] == verifier.asked
