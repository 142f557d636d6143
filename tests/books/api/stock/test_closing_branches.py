"""A branch closes for good: what becomes of its copies is asked before, and done afterwards."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from books_service.application.stock import close_branch
from books_service.domain.stock.stands import ReportedStands, StandsWhy
from tests.books.api.conftest import Service, problem
from tests.books.makers import NOW


async def close(service: Service, code: str = "EAST", *, by: str = "admin", **body: Any) -> httpx.Response:
    return await service.post(f"/v1/branches/{code}/closure", {"copies_to": "MAIN"} | body, by=by)


async def furnish(service: Service, *barcodes: str) -> list[dict[str, Any]]:
    """A book in MAIN with copies in EAST, where they stand in a hall."""
    book, _ = await service.shelve()
    for code in ("EAST", "WEST"):
        await service.post(
            "/v1/branches", {"code": code, "name": code, "locations": [{"code": "HALL", "name": "Hall"}]}
        )
    copies = [{"barcode": barcode, "branch": "EAST", "location": "HALL"} for barcode in barcodes]
    return [(await service.post(f"/v1/books/{book['book_id']}/copies", copy)).json() for copy in copies]


async def now(service: Service, copy: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await service.get(f"/v1/copies/{copy['copy_id']}")).json()
    return found


async def test_a_dry_run_counts_what_there_is_in_the_branch_and_changes_nothing(service: Service) -> None:
    at_home, lent, kept, sent, abroad = await furnish(service, "1", "2", "3", "4", "5")
    for copy, availability, why in (
        (lent, "on_loan", StandsWhy.ON_LOAN),
        (kept, "on_hold_shelf", StandsWhy.HOLD_SHELF),
        (sent, "in_transit", StandsWhy.IN_TRANSIT),
    ):
        stands = ReportedStands("EAST", why, NOW)
        await service.library.hear(UUID(copy["copy_id"]), availability, sequence=1, stands=stands)
    path = f"/v1/copies/{abroad['copy_id']}"
    await service.change("PATCH", path, {"temporary": {"branch": "WEST"}}, if_match="*")

    asked = await close(service, dry_run=True)

    counts = {"copies": 5, "on_loan": 1, "on_hold_shelf": 1, "in_transit": 1}
    assert (200, counts) == (asked.status_code, {name: asked.json()[name] for name in counts})
    assert "HALL" == (await now(service, at_home))["location"]
    assert (await service.get("/v1/branches/EAST")).json()["closed_at"] is None


async def test_the_copies_of_a_closed_branch_are_at_home_in_the_other_one(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(close_branch, "_AT_ONCE", 2)
    copies = await furnish(service, "1", "2", "3", "4", "5")
    lent, abroad, guest = copies[0], copies[1], (await service.shelve("6"))[1][0]
    on_loan = ReportedStands("EAST", StandsWhy.ON_LOAN, NOW)
    await service.library.hear(UUID(lent["copy_id"]), "on_loan", sequence=1, stands=on_loan)
    for copy, branch in ((abroad, "WEST"), (guest, "EAST")):
        body = {"temporary": {"branch": branch, "location": "HALL"}}
        await service.change("PATCH", f"/v1/copies/{copy['copy_id']}", body, if_match="*")

    first = await close(service)
    again = await close(service)
    await service.library.stock.empty_closed_branches()
    left = await close(service)

    assert (6, 6, 0) == (first.json()["copies"], again.json()["copies"], left.json()["copies"])
    assert [("MAIN", None)] * 5 == [
        (found["branch"], found["location"]) for found in [await now(service, copy) for copy in copies]
    ]
    stands = [(await now(service, copy))["stands"] for copy in (lent, abroad, guest)]
    assert [("EAST", "on_loan"), ("WEST", "temporary"), ("MAIN", "home")] == [
        (each["branch"], each["why"]) for each in stands
    ]
    assert ["books.copy.revised"] * 6 == [kind for kind, _, _ in await service.library.events()][-6:]


async def test_a_closed_branch_is_shown_and_listed_with_those_that_have_closed_alone(service: Service) -> None:
    await furnish(service)

    await close(service)

    async def listed(query: str) -> list[str]:
        return [each["code"] for each in (await service.get(f"/v1/branches{query}")).json()["items"]]

    assert (["MAIN", "WEST"], ["EAST"]) == (await listed(""), await listed("?closed=true"))
    shown = (await service.get("/v1/branches/EAST")).json()
    assert ("2026-03-02T10:00:00Z", "MAIN", 2) == (shown["closed_at"], shown["copies_to"], shown["version"])


async def test_a_closed_branch_takes_no_copies_and_is_no_desk(service: Service) -> None:
    (copy,) = await furnish(service, "1")
    await close(service)
    new = {"barcode": "2", "branch": "EAST"}

    added = await service.post(f"/v1/books/{copy['book_id']}/copies", new)
    path = f"/v1/copies/{copy['copy_id']}"
    put = await service.change("PATCH", path, {"temporary": {"branch": "EAST"}}, if_match="*")
    lent = await service.get("/v1/copies/lendability?barcode=1&branch=EAST", by="loans")

    assert [(409, "branch-closed")] * 2 == [problem(answer) for answer in (added, put)]
    assert ("MAIN", None) == (added.json()["copies_to"], lent.json()["desk_branch"])
    file = await service.upload(
        b"barcode,branch,book_id\n3,EAST," + copy["book_id"].encode(), query="what=copies&format=csv"
    )
    await service.library.work()
    done = (await service.get(f"/v1/imports/{file.json()['import_id']}", by="librarian")).json()
    assert (1, "branch-closed") == (done["failed"], done["errors"][0]["code"])


@pytest.mark.parametrize("copies_to", ["EAST", "NOWHERE", "WEST"])
async def test_a_branch_leaves_its_copies_to_another_one_that_is_open(service: Service, copies_to: str) -> None:
    await furnish(service)
    await close(service, "WEST")

    assert (422, "invalid-successor") == problem(await close(service, copies_to=copies_to))


async def test_two_branches_that_close_at_once_do_not_leave_their_copies_to_each_other(service: Service) -> None:
    await furnish(service)

    answers = await asyncio.gather(close(service, "EAST", copies_to="WEST"), close(service, "WEST", copies_to="EAST"))

    assert [200, 422] == sorted(answer.status_code for answer in answers)


async def test_a_branch_closes_once_and_only_for_an_admin(service: Service) -> None:
    await furnish(service)
    await close(service)

    assert (409, "branch-closed") == problem(await close(service, copies_to="WEST"))
    assert (404, "branch-not-found") == problem(await close(service, "NOWHERE"))
    assert (403, "right-missing") == problem(await close(service, "WEST", by="librarian"))
