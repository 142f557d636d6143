"""Loans as the desk and a discovery front end list them: whose, which, whether each can be renewed, in which order."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from loans_service.application.lending.renewals.renew_loan import RenewLoan
from loans_service.persistence.tables import holds
from shared.kernel.errors import refusals_of
from shared.kernel.ids import new_id
from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import ADAS, Service, a_token
from tests.loans.api.lending.acts import act, arrange, lent
from tests.loans.api.situations import borrow
from tests.loans.makers import ADA, EMMA, a_copy, a_standing
from tests.statements import told_to_driver

_BEFORE_ANY_ANSWER = {
    "loan-not-found", "override-forbidden", "four-eyes", "out-of-date", "staff-only", "invalid-offline",
    "invalid-due-date", "neighbour-unavailable", "guardian-not-found", "may-not-act-for",
}  # fmt: skip
"""What is wrong with the request itself, or with the way there."""


async def mine(service: Service, query: str = "include=renewal") -> dict[str, Any]:
    answer = await service.get(f"/v1/loans/mine?{query}", ADAS)
    assert 200 == answer.status_code, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def the_loan(service: Service, loan_id: str | None = None) -> dict[str, Any]:
    (item,) = [each for each in (await mine(service))["items"] if loan_id in {None, each["loan_id"]}]
    shown: dict[str, Any] = item
    return shown


@pytest.mark.parametrize("code", sorted({refusal.code for refusal in refusals_of(RenewLoan)} - _BEFORE_ANY_ANSWER))
async def test_every_refusal_of_a_renewal_is_told_in_the_list(service: Service, code: str) -> None:
    loan_id = await arrange(service, await lent(service), code)

    renewal = (await the_loan(service, loan_id))["renewal"]

    assert (False, [code]) == (renewal["allowed"], [each["code"] for each in renewal["refusals"]])
    assert [code] == codes_of(await act(service, loan_id, "renew"))


async def test_a_loan_that_can_be_renewed_says_so_and_who_waits_for_another_copy(service: Service) -> None:
    other = a_copy(copy_id=new_id(), barcode="OTHER")
    service.catalogue.copies.append(other)
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    await lent(service)
    await service.post("/v1/holds", {"copy_id": str(other.copy_id), "card_number": "KIM"})

    loan = await the_loan(service)

    assert ({"allowed": True, "refusals": []}, 1) == (loan["renewal"], loan["waiting"])


async def test_nothing_is_told_of_renewals_unless_somebody_asks(service: Service) -> None:
    await lent(service)
    service.members.down = True

    (item,) = (await mine(service, ""))["items"]

    assert (None, None) == (item["renewal"], item["waiting"])
    refused = await service.get("/v1/loans/mine?include=renewal", ADAS)
    assert (503, "neighbour-unavailable") == (refused.status_code, problem_of(refused)["code"])


async def test_a_loan_that_has_ended_asks_no_neighbour(service: Service) -> None:
    await lent(service)
    await service.bring_back()
    service.members.down = True

    loan = await the_loan(service)

    assert ["loan-not-open"] == [each["code"] for each in loan["renewal"]["refusals"]]


async def test_lists_of_one_person_say_how_many_there_are(service: Service) -> None:
    await borrow(service, 7)
    await service.bring_back(copy_barcode="C3")

    assert (7, 2) == ((page := await mine(service, "limit=2"))["total"], len(page["items"]))
    assert 6 == (await mine(service, "status=open&limit=2"))["total"]
    assert 7 == (await service.get(f"/v1/loans?member_id={ADA}&limit=1")).json()["total"]
    assert 0 == (await service.get("/v1/loans?card_number=nobody")).json()["total"]
    assert (await service.get("/v1/loans")).json()["total"] is None


@pytest.mark.parametrize("sort", ["-checked_out_at", "checked_out_at", "-due_at", "due_at", "title"])
async def test_one_persons_loans_are_sorted_page_by_page(service: Service, sort: str) -> None:
    await lent_one_by_one(service)
    name, descending = sort.removeprefix("-"), sort.startswith("-")

    seen: list[str] = []
    query = f"limit=2&sort={sort}"
    page = await mine(service, query)
    seen += [each[name] for each in page["items"]]
    while page["next_cursor"] is not None:
        page = await mine(service, f"{query}&cursor={page['next_cursor']}")
        seen += [each[name] for each in page["items"]]

    assert (5, sorted(seen, reverse=descending)) == (len(seen), seen)


async def test_loans_of_long_titles_are_sorted_page_by_page_too(service: Service) -> None:
    titles = [f"{'書' * 900}{end}" for end in "abc"]
    service.catalogue.copies = [replace(a_copy(copy_id=new_id(), barcode=each[-1]), title=each) for each in titles]
    for each in titles:
        await service.check_out(copy_barcode=each[-1])

    seen, cursor = set[str](), ""
    for _ in titles:
        page = await mine(service, f"limit=1&sort=title{cursor}")
        seen |= {loan["title"] for loan in page["items"]}
        cursor = f"&cursor={page['next_cursor']}"

    assert ({*titles}, "&cursor=None") == (seen, cursor)


async def test_a_cursor_of_another_order_is_none_of_this_list(service: Service) -> None:
    await lent_one_by_one(service)
    cursor = (await mine(service, "limit=2&sort=due_at"))["next_cursor"]

    refused = await service.get(f"/v1/loans/mine?sort=-due_at&cursor={cursor}", ADAS)

    assert (422, "invalid-cursor") == (refused.status_code, problem_of(refused)["code"])


async def test_the_loans_of_everybody_are_listed_newest_first(service: Service) -> None:
    refused = await service.get("/v1/loans?sort=due_at")

    assert (422, "sort-needs-member") == (refused.status_code, problem_of(refused)["code"])
    assert 200 == (await service.get("/v1/loans?sort=-checked_out_at")).status_code
    assert 200 == (await service.get(f"/v1/loans?sort=due_at&member_id={ADA}")).status_code


async def test_loans_are_listed_page_by_page_and_none_is_lost_or_repeated(service: Service) -> None:
    await borrow(service, 7)

    seen: list[str] = []
    path: str | None = "/v1/loans?limit=3"
    while path is not None:
        page = await service.get(path)
        seen += [loan["barcode"] for loan in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        assert (cursor is not None) == ('rel="next"' in page.headers.get("Link", ""))
        path = cursor and f"/v1/loans?limit=3&cursor={cursor}"

    assert sorted(f"C{number}" for number in range(7)) == sorted(seen)


async def test_loans_are_found_by_card_number_status_and_lateness(service: Service) -> None:
    await borrow(service, 2)
    await service.bring_back(copy_barcode="C0")
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    service.clock.pass_by(timedelta(days=30))

    async def found(query: str) -> list[str]:
        return [loan["barcode"] for loan in (await service.get(f"/v1/loans?{query}")).json()["items"]]

    assert {"C0", "C1"} == set(await found("card_number=ADA"))
    assert [] == await found("card_number=KIM")
    assert [] == await found("card_number=nobody")
    assert [] == await found(f"card_number=ADA&member_id={new_id()}")
    assert ["C0"] == await found("status=returned")
    assert ["C1"] == await found(f"overdue=true&member_id={ADA}")


async def test_a_member_lists_their_own_loans_and_nobody_elses(service: Service) -> None:
    await borrow(service, 2)
    somebody = a_token(role="member", member_id=new_id())

    mine = await service.get("/v1/loans/mine", ADAS)

    assert {"C0", "C1"} == {loan["barcode"] for loan in mine.json()["items"]}
    assert [] == (await service.get("/v1/loans/mine", somebody)).json()["items"]
    assert 403 == (await service.get("/v1/loans", ADAS)).status_code


async def test_a_guardian_who_may_see_lists_what_a_child_has(service: Service) -> None:
    await borrow(service, 2)
    guardian, stranger = new_id(), new_id()
    service.members.guardians.add((guardian, ADA))
    hers, others = a_token(role="member", member_id=guardian), a_token(role="member", member_id=stranger)

    for things, expected in (("loans", {"C0", "C1"}), ("holds", set()), ("fines", set())):
        path = f"/v1/{things}/mine?member_id={ADA}"
        seen = await service.get(path, hers)
        refused = await service.get(path, others)
        own = await service.get(f"/v1/{things}/mine?member_id={stranger}", others)
        assert expected == {thing["barcode"] for thing in seen.json()["items"]}, seen.text
        assert (404, "member-not-found") == (refused.status_code, refused.json()["code"])
        assert (200, []) == (own.status_code, own.json()["items"])
    assert 403 == (await service.get(f"/v1/loans/mine?member_id={ADA}", a_token(scope="loans:read"))).status_code

    service.members.down = True
    assert 503 == (await service.get(f"/v1/loans/mine?member_id={ADA}", hers)).status_code


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("cursor=rubbish", "invalid-cursor"),
        ("limit=0", "invalid-request"),
        ("limit=101", "invalid-request"),
        ("limit=1_0", "invalid-request"),
        ("member_id=5", "invalid-request"),
        ("status=lost-in-space", "invalid-request"),
        ("colour=blue", "invalid-request"),
        ("limit=5&limit=6", "invalid-request"),
    ],
)
async def test_a_query_that_is_not_understood_is_refused(service: Service, query: str, code: str) -> None:
    answer = await service.get(f"/v1/loans?{query}")

    assert (422, code) == (answer.status_code, problem_of(answer)["code"])


async def test_ten_thousand_who_wait_cost_as_many_statements_as_five(service: Service) -> None:
    await lent(service)
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    await service.post("/v1/holds", {"book_id": str(EMMA), "card_number": "KIM"})
    await wait_too(service, 4)
    await the_loan(service)  # what is read once, such as the rules, is read now
    async with told_to_driver(service.database) as few:
        assert 5 == (await the_loan(service))["waiting"]
        await hold_queue_lengths(service)

    await wait_too(service, 9_995)
    async with told_to_driver(service.database) as many:
        loan = await the_loan(service)
        assert 10_000 == await hold_queue_lengths(service)

    assert (10_000, ["held-by-other"]) == (loan["waiting"], [each["code"] for each in loan["renewal"]["refusals"]])
    assert len(few.inside) == len(many.inside)


async def hold_queue_lengths(service: Service) -> int:
    (queue,) = (await service.get(f"/v1/hold-queues?book_id={EMMA}")).json()["items"]
    waiting: int = queue["waiting"]
    return waiting


async def lent_one_by_one(service: Service) -> None:
    """Lend five copies with different titles, a day apart."""
    titles = ["Emma", "Persuasion", "Lady Susan", "Sanditon", "The Watsons"]
    for number, title in enumerate(titles):
        copy = replace(a_copy(copy_id=new_id(), book_id=new_id(), barcode=f"T{number}"), title=title)
        service.catalogue.copies.append(copy)
        assert 201 == (await service.check_out(copy_barcode=copy.barcode)).status_code
        service.clock.pass_by(timedelta(days=1))


async def wait_too(service: Service, number: int) -> None:
    """Let so many more wait, like the one who waits already."""
    async with service.database.engine.begin() as connection:
        one = (await connection.execute(select(holds))).mappings().first()
        assert one is not None
        rows = [{**one, "hold_id": new_id(), "member_id": new_id(), "copy_id": None} for _ in range(number)]
        for start in range(0, number, 500):
            await connection.execute(insert(holds), rows[start : start + 500])


async def test_a_loan_is_found_by_the_number_that_it_shows(service: Service) -> None:
    service.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="C2"))
    first, second = (await service.check_out()).json(), (await service.check_out(copy_barcode="C2")).json()

    found = (await service.get(f"/v1/loans?number={second['number']}")).json()["items"]

    assert first["number"] < second["number"]
    assert [(second["loan_id"], second["number"])] == [(loan["loan_id"], loan["number"]) for loan in found]
    assert second["number"] == (await service.get(f"/v1/loans/{second['loan_id']}")).json()["number"]
