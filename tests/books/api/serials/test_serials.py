"""Periodicals over HTTP."""

from typing import Any

import pytest

from shared.persistence.database import Database
from tests.books.api.conftest import Service, problem
from tests.books.api.serials.refusals import A_MONTHLY

LATE = "/v1/issues?late=true"


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """One kind of database is enough: no SQL is proved here."""
    return sqlite_database


@pytest.fixture
async def book_id(service: Service) -> str:
    book, _ = await service.shelve(title="Weather")
    found: str = book["book_id"]
    return found


async def listed(service: Service, path: str) -> list[dict[str, Any]]:
    answer = await service.get(path, by="librarian")
    assert 200 == answer.status_code, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_periodical_comes_in_from_its_subscription_to_its_copies(service: Service, book_id: str) -> None:
    path = f"/v1/books/{book_id}/subscription"
    made = await service.change("PUT", path, A_MONTHLY, if_match=None)
    assert (201, '"1"') == (made.status_code, made.headers["ETag"].partition("-")[0] + '"')
    shown = await service.get(path, by="librarian")
    assert made.json() == shown.json() == (await listed(service, "/v1/subscriptions"))[0]
    assert ("2026-01-01", None, "2026/04", "2026-04-01") == tuple(
        shown.json()[name] for name in ("from", "until", "next_volume", "next_on")
    )
    assert "{year}/{month}" == shown.json()["pattern"]["numbering"]
    assert ["2026/01", "2026/02"] == [issue["volume"] for issue in await listed(service, LATE)]

    answer = await service.post(f"/v1/books/{book_id}/issues", {"volume": "2026/03", "received_on": "2026-03-01"})

    assert 201 == answer.status_code, answer.text
    issue, (copy,) = answer.json()["issue"], answer.json()["copies"]
    assert ("received", "2026-03-01", "Weather", False) == tuple(
        issue[name] for name in ("state", "received_on", "title", "late")
    )
    assert ("2026/03", "journal", "in_service") == tuple(copy[name] for name in ("volume", "item_type", "status"))
    assert (await service.get(answer.headers["Location"], by="librarian")).headers["ETag"] == answer.headers["ETag"]
    assert [copy] == await listed(service, f"/v1/books/{book_id}/copies")


async def test_the_same_request_again_gets_the_same_answer_and_another_one_a_refusal(
    service: Service, book_id: str
) -> None:
    await service.change("PUT", f"/v1/books/{book_id}/subscription", A_MONTHLY, if_match=None)
    path, body = f"/v1/books/{book_id}/issues", {"volume": "2026/03"}

    once, again = [await service.post(path, body, key="desk-1") for _ in range(2)]
    refused = await service.post(path, {"volume": "2026-3"})

    assert (201, once.json()) == (again.status_code, again.json())
    assert (409, "issue-already-received") == problem(refused)
    assert once.json()["issue"]["issue_id"] == refused.json()["errors"][0]["issue_id"]
    assert 1 == len(await listed(service, f"/v1/books/{book_id}/copies"))


async def test_a_late_issue_is_claimed_and_given_up(service: Service, book_id: str) -> None:
    await service.change("PUT", f"/v1/books/{book_id}/subscription", A_MONTHLY, if_match=None)
    first, second = await listed(service, LATE)

    claimed = await service.change("PATCH", f"/v1/issues/{first['issue_id']}", {"claimed_on": "2026-03-02"})
    given_up = await service.change("PATCH", f"/v1/issues/{second['issue_id']}", {"state": "not_published"})

    assert (200, "2026-03-02", True) == (claimed.status_code, claimed.json()["claimed_on"], claimed.json()["late"])
    assert (200, "not_published", False) == (given_up.status_code, given_up.json()["state"], given_up.json()["late"])
    assert [claimed.json()] == await listed(service, LATE)
    assert [] == await listed(service, f"{LATE}&claimed=false")
    assert [given_up.json()] == await listed(service, f"/v1/issues?state=not_published&book_id={book_id}")


async def test_a_second_put_needs_the_version_that_it_replaces(service: Service, book_id: str) -> None:
    path = f"/v1/books/{book_id}/subscription"
    await service.change("PUT", path, A_MONTHLY, if_match=None)

    assert (428, "if-match-required") == problem(await service.change("PUT", path, A_MONTHLY, if_match=None))
    changed = await service.change("PUT", path, A_MONTHLY | {"supplier": "Harbour Subscriptions"})

    assert (200, 2, "Harbour Subscriptions") == (
        changed.status_code,
        changed.json()["version"],
        changed.json()["supplier"],
    )


async def test_an_ended_subscription_is_there_no_more(service: Service, book_id: str) -> None:
    path = f"/v1/books/{book_id}/subscription"
    await service.change("PUT", path, A_MONTHLY, if_match=None)

    assert 204 == (await service.change("DELETE", path)).status_code

    assert (404, "subscription-not-found") == problem(await service.get(path, by="librarian"))
    assert [] == await listed(service, "/v1/issues")


@pytest.mark.parametrize(
    "change",
    [
        {"copies": []},
        {"pattern": {"frequency": "often"}},
        {"pattern": {"frequency": "daily", "omitted_days": ["2026-13-01"]}},
        {"pattern": {"frequency": "daily", "omitted_weekdays": [0]}},
        {"from": "1026-01-01"},
        {"late_after_days": -1},
        {"colour": "red"},
    ],
)
async def test_what_is_no_subscription_is_refused(service: Service, book_id: str, change: dict[str, Any]) -> None:
    answer = await service.change("PUT", f"/v1/books/{book_id}/subscription", A_MONTHLY | change, if_match=None)

    assert (422, "invalid-request") == problem(answer)
