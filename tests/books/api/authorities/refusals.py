"""How a client is refused what it asks of authorities."""

from collections.abc import Sequence
from typing import Any

import httpx

from books_service.application.authorities.change_authorities import AddAuthority, MergeAuthorities, ReviseAuthority
from books_service.application.authorities.queries import AuthorityQueries
from tests.books.api.conftest import Service
from tests.books.makers import any_id
from tests.refusals import Tables

NOWHERE = f"/v1/authorities/{any_id()}"
MANY = [f"Form {number}" for number in range(500)]


async def add(service: Service, **fields: Any) -> httpx.Response:
    return await service.post("/v1/authorities", {"kind": "person", "heading": "Twain, Mark"} | fields)


async def _added(service: Service, **fields: Any) -> str:
    return f"/v1/authorities/{(await add(service, **fields)).json()['authority_id']}"


async def add_again(service: Service) -> httpx.Response:
    await add(service)
    return await add(service)


async def revise(
    service: Service, *, if_match: str = '"1"', see_from: Sequence[str] = (), **change: Any
) -> httpx.Response:
    return await service.change("PATCH", await _added(service, see_from=see_from), change, if_match=if_match)


async def revise_to_anothers(service: Service) -> httpx.Response:
    await add(service, heading="Clemens")
    return await revise(service, heading="clemens")


async def merged(service: Service) -> str:
    gone = await _added(service, heading="Clemens")
    into = (await add(service)).json()["authority_id"]
    await service.post(f"{gone}/merge", {"into": into})
    return gone


async def revise_merged(service: Service) -> httpx.Response:
    return await service.change("PATCH", await merged(service), {"uris": []})


async def show_merged(service: Service) -> httpx.Response:
    return await service.get(await merged(service))


async def merge(service: Service, *, heading: str = "Clemens", **fields: Any) -> httpx.Response:
    into = (await add(service, see_from=MANY)).json()["authority_id"]
    return await service.post(f"{await _added(service, heading=heading, **fields)}/merge", {"into": into})


async def merge_merged(service: Service) -> httpx.Response:
    return await service.post(f"{await merged(service)}/merge", {"into": str(any_id())})


async def merge_into_itself(service: Service) -> httpx.Response:
    address = await _added(service)
    return await service.post(f"{address}/merge", {"into": address.rpartition("/")[2]})


TABLES: Tables[Service] = {
    AddAuthority: {
        "heading-taken": add_again,
        "invalid-heading": lambda service: add(service, heading="?!"),
        "invalid-uri": lambda service: add(service, uris=["viaf"]),
    },
    ReviseAuthority: {
        "authority-not-found": lambda service: service.change("PATCH", NOWHERE, {"uris": []}),
        "authority-merged": revise_merged,
        "heading-taken": revise_to_anothers,
        "invalid-heading": lambda service: revise(service, heading="?!"),
        "invalid-uri": lambda service: revise(service, uris=["viaf"]),
        "too-many-forms": lambda service: revise(service, see_from=MANY, heading="Another"),
        "out-of-date": lambda service: revise(service, if_match='"7"', uris=[]),
    },
    MergeAuthorities: {
        "authority-not-found": lambda service: service.post(f"{NOWHERE}/merge", {"into": str(any_id())}),
        "authority-merged": merge_merged,
        "authority-merged-with-itself": merge_into_itself,
        "authority-kinds-differ": lambda service: merge(service, kind="subject"),
        "too-many-forms": merge,
    },
    AuthorityQueries.authority: {
        "authority-not-found": lambda service: service.get(NOWHERE),
        "authority-merged": show_merged,
    },
    AuthorityQueries.history: {
        "authority-not-found": lambda service: service.get(f"{NOWHERE}/history", by="librarian"),
    },
}
