"""The limit is worth being compared with: it gives the same guarantees as the library."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.lab.benchmarks.client import Connection, request
from tests.lab.benchmarks.contestants import Contestant, the_limit
from tests.servers import PostgresServer, RabbitServer


@pytest.fixture(scope="session")
async def limit(postgres_server: PostgresServer, rabbit_server: RabbitServer) -> AsyncIterator[Contestant]:
    async with the_limit(postgres_server, rabbit_server, copies=40, members=40) as running:
        yield running


async def ask(
    limit: Contestant, path: str, *, service: str = "loans", method: str = "POST", key: str | None = None, **body: str
) -> tuple[int, Mapping[str, Any]]:
    connection = await Connection.to(limit.urls[service])
    asked = request(method, path, token=limit.token, body=body or None, key=key or str(new_id()))
    status, content = await connection.ask(asked)
    connection.close()
    return status, json.loads(content)


async def availability(limit: Contestant, barcode: str) -> str:
    _, found = await ask(limit, f"/v1/copies?barcode={barcode}", service="books", method="GET")
    return str(found["items"][0]["availability"])


async def test_a_copy_wanted_by_twenty_is_lent_once(limit: Contestant) -> None:
    requests = [ask(limit, "/v1/loans", copy_barcode="L1", card_number=f"M{desk + 1}") for desk in range(20)]

    answers = await asyncio.gather(*requests)

    assert [201] + [409] * 19 == sorted(status for status, _ in answers)
    assert {"copy-on-loan"} == {answer["code"] for status, answer in answers if status == 409}


async def test_a_member_never_passes_the_limit_at_many_desks(limit: Contestant) -> None:
    requests = [ask(limit, "/v1/loans", copy_barcode=f"L{number}", card_number="M40") for number in range(2, 22)]

    answers = await asyncio.gather(*requests)

    assert [201] * 10 + [422] * 10 == sorted(status for status, _ in answers)
    assert {"loan-limit-reached"} == {answer["code"] for status, answer in answers if status == 422}


async def test_a_repeated_request_is_answered_as_before(limit: Contestant) -> None:
    first = await ask(limit, "/v1/loans", key="again", copy_barcode="L30", card_number="M30")

    repeated = await ask(limit, "/v1/loans", key="again", copy_barcode="L30", card_number="M30")
    other = await ask(limit, "/v1/loans", key="again", copy_barcode="L31", card_number="M30")

    assert 201 == first[0]
    assert first == repeated
    assert (422, "idempotency-key-reused") == (other[0], other[1]["code"])


async def test_everything_unknown_is_told_at_once(limit: Contestant) -> None:
    status, answer = await ask(limit, "/v1/loans", copy_barcode="no such copy", card_number="nobody")

    assert 404 == status
    assert ["copy-not-found", "member-not-found"] == [error["code"] for error in answer["errors"]]


async def test_books_learns_of_a_loan_and_of_its_return(limit: Contestant) -> None:
    await ask(limit, "/v1/loans", copy_barcode="L32", card_number="M32")
    async with asyncio.timeout(60):
        while await availability(limit, "L32") != "on_loan":
            await asyncio.sleep(0.02)

    _, back = await ask(limit, "/v1/returns", copy_barcode="L32")
    async with asyncio.timeout(60):
        while await availability(limit, "L32") != "available":
            await asyncio.sleep(0.02)
    _, again = await ask(limit, "/v1/returns", copy_barcode="L32")

    assert ("L32", "returned", "shelf") == (back["loan"]["barcode"], back["loan"]["status"], back["next"])
    assert again["loan"] is None


async def test_a_token_is_needed(limit: Contestant) -> None:
    connection = await Connection.to(limit.urls["loans"])
    forged = limit.token[:-8] + "AAAAAAAA"

    statuses = [
        (await connection.ask(request("POST", "/v1/loans", token=token, body={})))[0] for token in (None, forged)
    ]
    connection.close()

    assert [401, 401] == statuses
