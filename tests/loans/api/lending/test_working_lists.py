"""The working lists of lending: what is late, claimed, long on its way, long on the hold shelf, or to be bought."""

from datetime import timedelta
from typing import Any

import pytest

from loans_service.application.holds import list_holds_ratio
from loans_service.domain.lendable_copy import CopyNotLendable
from shared.kernel.ids import new_id
from tests.loans.api.conftest import ADAS, Service
from tests.loans.makers import a_copy, a_standing


async def rows(service: Service, path: str, *columns: str) -> list[Any]:
    answer = await service.get(path)
    assert 200 == answer.status_code, answer.text
    found = answer.json()["items"]
    return [row[columns[0]] if len(columns) == 1 else tuple(row[name] for name in columns) for row in found]


async def lend(service: Service, *barcodes: str) -> None:
    for barcode in barcodes:
        if all(copy.barcode != barcode for copy in service.catalogue.copies):
            service.catalogue.copies.append(a_copy(barcode=barcode, copy_id=new_id(), book_id=new_id()))
        assert 201 == (await service.check_out(copy_barcode=barcode)).status_code


async def wait(service: Service, book_id: object, number: int) -> None:
    for _ in range(number):
        card, member_id = f"C{len(service.members.by_card)}", new_id()
        service.members.by_card[card] = a_standing(member_id=member_id)
        placed = await service.post(
            "/v1/holds", {"book_id": str(book_id), "card_number": card, "pickup_branch": "MAIN"}
        )
        assert 201 == placed.status_code, placed.text


async def test_overdue_loans_are_those_of_the_list_of_loans_the_longest_first(service: Service) -> None:
    await lend(service, "A")
    service.clock.pass_by(timedelta(days=1))
    await lend(service, "B")
    service.clock.pass_by(timedelta(days=40))
    await lend(service, "C")

    listed = await rows(service, "/v1/lists/overdue", "barcode", "days_late")

    assert ["A", "B"] == [barcode for barcode, _ in listed]
    assert sorted(barcode for barcode, _ in listed) == sorted(await rows(service, "/v1/loans?overdue=true", "barcode"))
    assert [] == await rows(service, "/v1/lists/overdue?days=60", "barcode")
    assert [] == await rows(service, "/v1/lists/overdue?item_type=dvd", "barcode")


async def test_a_loan_that_was_claimed_returned_is_listed_until_it_is_settled(service: Service) -> None:
    await lend(service, "A")
    (loan_id,) = await rows(service, "/v1/loans", "loan_id")
    await service.post(f"/v1/loans/{loan_id}/claim-returned", {"reason": "He says so."})
    assert [loan_id] == await rows(service, "/v1/lists/claims", "loan_id")

    await service.post(f"/v1/loans/{loan_id}/resolve", {"as": "found_on_shelf"})

    assert [] == await rows(service, "/v1/lists/claims", "loan_id")


async def test_titles_for_which_many_wait_are_to_be_bought(service: Service) -> None:
    wanted, enough = (a_copy(barcode=barcode, copy_id=new_id(), book_id=new_id()) for barcode in ("W", "E"))
    gone = a_copy(barcode="G", copy_id=new_id(), book_id=new_id())
    service.catalogue.copies += [wanted, enough, gone]
    await lend(service, "W", "E", "G")
    for copy, number in ((wanted, 4), (enough, 2), (gone, 1)):
        await wait(service, copy.book_id, number)
    await service.note_of("G", refusals=(CopyNotLendable("Missing.", status="missing"),))

    found = await rows(service, "/v1/lists/holds-ratio", "book_id", "waiting", "lendable_copies", "ratio")

    assert [(str(wanted.book_id), 4, 1, 4.0), (str(gone.book_id), 1, 0, None)] == found
    assert 3 == len(await rows(service, "/v1/lists/holds-ratio?ratio=2", "book_id"))
    assert [] == await rows(service, "/v1/lists/holds-ratio?branch=EAST", "book_id")


async def test_the_pages_of_titles_in_demand_follow_each_other_where_as_many_wait(service: Service) -> None:
    copies = [a_copy(barcode=f"{number}", copy_id=new_id(), book_id=new_id()) for number in range(3)]
    service.catalogue.copies += copies
    await lend(service, *(copy.barcode for copy in copies))
    for copy in copies:
        await wait(service, copy.book_id, 3)

    first = (await service.get("/v1/lists/holds-ratio?limit=2")).json()
    second = (await service.get(f"/v1/lists/holds-ratio?limit=2&cursor={first['next_cursor']}")).json()

    assert {str(copy.book_id) for copy in copies} == {row["book_id"] for row in first["items"] + second["items"]}
    assert (2, 1, None) == (len(first["items"]), len(second["items"]), second["next_cursor"])


async def test_a_page_of_titles_in_demand_ends_after_some_rounds_and_the_next_goes_on_there(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_holds_ratio, "_AT_ONCE", 1)
    monkeypatch.setattr(list_holds_ratio, "_MOST_ROUNDS", 2)
    books = sorted(new_id() for _ in range(4))
    copies = [
        a_copy(barcode=f"{place}-{book_id}", copy_id=new_id(), book_id=book_id) for book_id in books for place in (1, 2)
    ]
    service.catalogue.copies = copies[:-1]  # only the last title has as many holds as copies
    for book_id in books:
        await wait(service, book_id, 1)

    pages, asked = list[list[str]](), list[int]()
    cursor: str | None = ""
    while cursor is not None:
        before = service.catalogue.questions
        page = (await service.get(f"/v1/lists/holds-ratio?ratio=1{cursor and f'&cursor={cursor}'}")).json()
        asked.append(service.catalogue.questions - before)
        pages.append([row["book_id"] for row in page["items"]])
        cursor = page["next_cursor"]
    table = await service.get("/v1/lists/holds-ratio?ratio=1", accept="text/csv")

    assert ([[], [str(books[-1])], []], [2, 2, 0]) == (pages, asked)
    assert [str(books[-1])] == [line.split(",")[0] for line in table.text.splitlines()[1:]]


async def test_without_books_nobody_can_say_what_is_to_be_bought(service: Service) -> None:
    await lend(service, "A")
    await wait(service, service.catalogue.copies[-1].book_id, 1)
    service.catalogue.down = True

    answer = await service.get("/v1/lists/holds-ratio")

    assert (503, "neighbour-unavailable") == (answer.status_code, answer.json()["code"])


async def test_a_copy_is_long_on_the_hold_shelf_or_on_its_way(service: Service) -> None:
    here, there = (a_copy(barcode=barcode, copy_id=new_id(), book_id=new_id()) for barcode in ("H", "T"))
    service.catalogue.copies += [here, there]
    await lend(service, "H", "T")
    await wait(service, here.book_id, 1)
    assert "hold_shelf" == (await service.bring_back(copy_barcode="H")).json()["next"]
    assert "transit" == (await service.bring_back(copy_barcode="T", branch="EAST")).json()["next"]
    lists = ("long-on-hold-shelf", "long-in-transit")
    assert [[], []] == [await rows(service, f"/v1/lists/{name}", "barcode") for name in lists]

    service.clock.pass_by(timedelta(days=7))

    assert [["H"], ["T"]] == [await rows(service, f"/v1/lists/{name}", "barcode") for name in lists]
    assert ["T"] == await rows(service, "/v1/transits?older_than_days=7", "barcode")
    assert ["H"] == await rows(service, "/v1/lists/long-on-hold-shelf?days=7&branch=MAIN", "barcode")
    assert [] == await rows(service, "/v1/lists/long-on-hold-shelf?days=8", "barcode")
    assert ["T"] == await rows(service, "/v1/lists/long-in-transit?branch=EAST", "barcode")


async def test_borrowers_are_shown_none_of_the_lists(service: Service) -> None:
    for name in ("overdue", "claims", "holds-ratio", "long-in-transit", "long-on-hold-shelf"):
        assert 403 == (await service.get(f"/v1/lists/{name}", ADAS)).status_code
