"""A thousand guesses at one account from fifty addresses, against the running service."""

import asyncio
import itertools
from collections import Counter

import httpx

from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import Person, done

GUESSES, ADDRESSES = 1_000, 50


async def _sign_in(library: ProductionLibrary, http: httpx.AsyncClient, person: Person) -> httpx.Response:
    form = {"grant_type": "password", "username": person.email, "password": person.password}
    return await http.post(f"{library.members}/v1/auth/token", data=form)


def _from(address: str) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(local_address=address, limits=httpx.Limits(max_connections=1))
    return httpx.AsyncClient(transport=transport, timeout=20)


async def test_few_guesses_are_looked_at_and_the_owner_still_gets_in(production: ProductionLibrary) -> None:
    owner = (await production.enrol()).person
    async with _from("127.0.1.1") as phone:
        done(await _sign_in(production, phone, owner))
        cookies = phone.cookies

    async def guess(number: int) -> list[int]:
        """Guess from one address, as often as its share is."""
        async with _from(f"127.0.2.{number + 1}") as http:
            wrong = [Person(owner.email, f"guess {number}-{again}") for again in range(GUESSES // ADDRESSES)]
            return [(await _sign_in(production, http, one)).status_code for one in wrong]

    statuses = Counter[int]()
    for first in range(0, ADDRESSES, 10):  # as many at once as one service has connections to its database
        some = await asyncio.gather(*map(guess, range(first, first + 10)))
        statuses.update(itertools.chain.from_iterable(some))
    async with _from("127.0.2.1") as phone:
        phone.cookies = cookies
        known_device = await _sign_in(production, phone, owner)
    async with _from("127.0.1.1") as new_device:
        known_network = await _sign_in(production, new_device, owner)
    async with _from("127.0.3.1") as stranger:
        neither = await _sign_in(production, stranger, owner)

    print(f"of {GUESSES} guesses from {ADDRESSES} addresses: {dict(statuses)}")
    assert {400, 429} == statuses.keys()
    assert 1 <= statuses[400] <= 20
    assert (200, 200, 429) == (known_device.status_code, known_network.status_code, neither.status_code)
