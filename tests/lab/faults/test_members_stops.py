"""Members may be away: the known keys go on checking tokens, and without any key one is told to wait."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.tokens import SigningKey
from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import ApiClient, code_of, done, eventually
from tests.end_to_end.processes import Process
from tests.ports import HOST, quiet_ports
from tests.shared.hostile_tokens import a_token

GOES_ON = ["books", "loans"]
NEEDS_A_TOKEN = {"books": "/v1/imports/{}", "loans": "/v1/loans/{}"}
UNKNOWN = "0198c0de-0000-7000-8000-00000000dead"


async def test_requests_with_valid_tokens_pass_while_members_is_away(production: ProductionLibrary) -> None:
    copy, other = await production.shelve(copies=2)
    reader = await production.enrol()
    loan = done(await production.check_out(copy, reader))
    desk, ada = await production.librarian(), await production.signed_in(reader.person)
    await production.stop("members")

    added = await desk.post(f"{production.books}/v1/books", {"title": "Felix Holt", "authors": ["George Eliot"]})
    looked_up = await desk.get(f"{production.loans}/v1/loans", copy_id=copy.copy_id)
    own = await ada.get(f"{production.loans}/v1/loans/{loan['loan_id']}")
    refused = await production.check_out(other, reader)
    returned = await production.give_back(copy)

    assert (201, 200, 200, 200) == tuple(a.status_code for a in (added, looked_up, own, returned))
    assert (503, "neighbour-unavailable") == (refused.status_code, code_of(refused)), "that one needs the standing"


@pytest.mark.parametrize("service", GOES_ON)
async def test_made_up_keys_are_refused_while_members_is_away(service: str, production: ProductionLibrary) -> None:
    address = production.services[service] + NEEDS_A_TOKEN[service].format(UNKNOWN)
    known = await (await production.admin()).get(address)
    await production.stop("members")

    forged = [a_token(SigningKey.generate(), scope="admin books:write loans:read") for _ in range(5)]
    answers = [await production.http.get(address, headers={"Authorization": f"Bearer {token}"}) for token in forged]

    assert {401} == {answer.status_code for answer in answers}
    assert 404 == known.status_code == (await (await production.admin()).get(address)).status_code


@pytest.fixture(params=GOES_ON)
async def latecomer(
    request: pytest.FixtureRequest, production: ProductionLibrary
) -> AsyncIterator[tuple[str, str, ApiClient]]:
    """A service that starts while members is away, by its name and its address; and who signed in before."""
    service: str = request.param
    good = await production.admin()
    assert good.token is not None
    await production.stop("members")
    (port,) = quiet_ports(1)
    serve = (f"{service}_service", "serve", "--host", HOST, "--port", str(port))
    with Process(*serve, environment=production.environment(service)):
        address = f"http://{HOST}:{port}"

        async def it_answers() -> bool:
            try:
                return (await production.http.get(f"{address}/health/live")).is_success
            except httpx.TransportError:
                return False

        await eventually(it_answers)
        yield service, address, good


async def test_without_any_key_one_is_told_to_wait_and_need_not_wait_long(
    latecomer: tuple[str, str, ApiClient], production: ProductionLibrary
) -> None:
    service, address, good = latecomer
    door = address + NEEDS_A_TOKEN[service].format(UNKNOWN)

    anonymous = await production.anybody.get(door)
    waiting = await good.get(door)
    ready = await production.anybody.get(f"{address}/health/ready")

    assert (401, 503) == (anonymous.status_code, waiting.status_code)
    assert ("neighbour-unavailable", True) == (code_of(waiting), 1 <= int(waiting.headers["retry-after"]) <= 30)
    assert {"books": (200, "degraded"), "loans": (503, 503)}[service] == (ready.status_code, ready.json()["status"])
    assert "failing" == ready.json()["checks"]["keys"]
    if service == "books":
        assert 200 == (await production.anybody.get(f"{address}/v1/books")).status_code

    await production.start("members")

    async def it_knows_the_keys() -> bool:
        return (await good.get(door)).status_code == 404

    await eventually(it_knows_the_keys)

    async def it_is_ready() -> bool:  # readiness remembers what it saw for a second
        answer = await production.anybody.get(f"{address}/health/ready")
        return answer.status_code == 200 and answer.json()["status"] == "ready"

    await eventually(it_is_ready)
