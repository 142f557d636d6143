"""How a client is refused what it asks of periodicals."""

from typing import Any

import httpx

from books_service.application.serials.print_routing_slips import PrintRoutingSlips
from books_service.application.serials.queries import SerialQueries
from books_service.application.serials.receive_issue import ReceiveIssue
from books_service.application.serials.revise_issue import ReviseIssue
from books_service.application.serials.subscribe import EndSubscription, Subscribe
from tests.books.api.conftest import Service
from tests.books.makers import any_id
from tests.refusals import Tables

NO_BOOK, NO_ISSUE = f"/v1/books/{any_id()}", f"/v1/issues/{any_id()}"
A_MONTHLY: dict[str, Any] = {
    "pattern": {"frequency": "monthly"},
    "from": "2026-01-01",
    "copies": [{"branch": "MAIN", "item_type": "journal"}],
}


async def subscribe(service: Service, *, if_match: str | None = None, **change: Any) -> httpx.Response:
    book, _ = await service.shelve("1")
    path = f"/v1/books/{book['book_id']}/subscription"
    if if_match is not None:
        await service.change("PUT", path, A_MONTHLY, if_match=None)
    return await service.change("PUT", path, A_MONTHLY | change, if_match=if_match)


async def with_pattern(service: Service, **pattern: Any) -> httpx.Response:
    return await subscribe(service, pattern={"frequency": "monthly"} | pattern)


async def with_copy(service: Service, **copy: Any) -> httpx.Response:
    return await subscribe(service, copies=[{"branch": "MAIN"} | copy])


async def close_east(service: Service) -> None:
    await service.post("/v1/branches", {"code": "EAST", "name": "Eastern branch"})
    await service.post("/v1/branches", {"code": "MAIN", "name": "Main library"})
    await service.post("/v1/branches/EAST/closure", {"copies_to": "MAIN"}, by="admin")


async def where_closed(service: Service) -> httpx.Response:
    await close_east(service)
    return await with_copy(service, branch="EAST")


async def end(service: Service, *, if_match: str) -> httpx.Response:
    book_id = (await subscribe(service)).json()["book_id"]
    return await service.change("DELETE", f"/v1/books/{book_id}/subscription", if_match=if_match)


async def receive(service: Service, *, times: int = 1, **arrival: Any) -> httpx.Response:
    book_id = (await subscribe(service)).json()["book_id"]
    for _ in range(times):
        answer = await service.post(f"/v1/books/{book_id}/issues", {"volume": "2026/03"} | arrival)
    return answer


async def receive_unsubscribed(service: Service) -> httpx.Response:
    book = await service.add_book()
    return await service.post(f"/v1/books/{book['book_id']}/issues", {"volume": "2026/03"})


async def receive_where_closed(service: Service) -> httpx.Response:
    await service.post("/v1/branches", {"code": "EAST", "name": "Eastern branch"})
    book_id = (await with_copy(service, branch="EAST")).json()["book_id"]
    await close_east(service)
    return await service.post(f"/v1/books/{book_id}/issues", {"volume": "2026/03"})


async def receive_where_a_location_is_gone(service: Service) -> httpx.Response:
    east = {"code": "EAST", "name": "Eastern branch", "locations": [{"code": "KIDS", "name": "Children"}]}
    await service.post("/v1/branches", east)
    book_id = (await with_copy(service, branch="EAST", location="KIDS")).json()["book_id"]
    await service.change("PATCH", "/v1/branches/EAST", {"locations": []})
    return await service.post(f"/v1/books/{book_id}/issues", {"volume": "2026/03"})


async def revise(service: Service, *, if_match: str = "*", **change: Any) -> httpx.Response:
    received = (await receive(service)).json()["issue"]
    return await service.change("PATCH", f"/v1/issues/{received['issue_id']}", change, if_match=if_match)


async def slips_of_an_issue_that_stays(service: Service) -> httpx.Response:
    received = (await receive(service)).json()["issue"]
    return await service.get(f"/v1/issues/{received['issue_id']}/routing-slips", by="librarian")


TABLES: Tables[Service] = {
    Subscribe: {
        "book-not-found": lambda service: service.change("PUT", f"{NO_BOOK}/subscription", A_MONTHLY, if_match=None),
        "invalid-pattern": lambda service: with_pattern(service, frequency="yearly", omitted_months=[1]),
        "invalid-numbering": lambda service: with_pattern(service, numbering="{week}"),
        "numbering-repeats": lambda service: with_pattern(service, numbering="{year}"),
        "invalid-subscription": lambda service: subscribe(service, until="2025-12-31"),
        "unknown-branch": lambda service: with_copy(service, branch="NOWHERE"),
        "branch-closed": where_closed,
        "unknown-location": lambda service: with_copy(service, location="NOWHERE"),
        "out-of-date": lambda service: subscribe(service, if_match='"2"'),
    },
    EndSubscription: {
        "subscription-not-found": lambda service: service.change("DELETE", f"{NO_BOOK}/subscription"),
        "out-of-date": lambda service: end(service, if_match='"2"'),
    },
    ReceiveIssue: {
        "book-not-found": lambda service: service.post(f"{NO_BOOK}/issues", {"volume": "1"}),
        "subscription-not-found": receive_unsubscribed,
        "issue-already-received": lambda service: receive(service, times=2),
        "day-in-future": lambda service: receive(service, received_on="2026-03-03"),
        "barcodes-do-not-fit": lambda service: receive(service, barcodes=["2", "3"]),
        "barcode-taken": lambda service: receive(service, barcodes=["1"]),
        "invalid-barcode": lambda service: receive(service, barcodes=["ü"]),
        "branch-closed": receive_where_closed,
        "unknown-location": receive_where_a_location_is_gone,
    },
    ReviseIssue: {
        "issue-not-found": lambda service: service.change("PATCH", NO_ISSUE, {}),
        "issue-already-received": lambda service: revise(service, claimed_on="2026-03-01"),
        "issue-has-copies": lambda service: revise(service, state="expected"),
        "day-in-future": lambda service: revise(service, claimed_on="2026-03-03"),
        "out-of-date": lambda service: revise(service, if_match='"1"'),
    },
    PrintRoutingSlips: {
        "issue-not-found": lambda service: service.get(f"{NO_ISSUE}/routing-slips", by="librarian"),
        "no-route": slips_of_an_issue_that_stays,
    },
    SerialQueries.subscription: {
        "subscription-not-found": lambda service: service.get(f"{NO_BOOK}/subscription", by="librarian")
    },
    SerialQueries.issue: {"issue-not-found": lambda service: service.get(NO_ISSUE, by="librarian")},
}
