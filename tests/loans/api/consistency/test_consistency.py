"""What books shows of copies is compared with what lending knows, and told again where they differ."""

from typing import Any

from sqlalchemy import insert

from loans_service.domain.circulating_copy import CopyState, Stands, StandsWhy
from loans_service.persistence.fines.fine_tables import fine_entries
from loans_service.persistence.tables import circulation_records
from shared.kernel.ids import new_id
from tests.loans.api.conftest import ADMIN, Service
from tests.loans.api.situations import change_rules
from tests.loans.makers import EMMA, EMMA_COPY, NOW

CHECK = "/v1/consistency"
REPAIR = f"{CHECK}/repair"
AT_HOME = {
    "availability": "available",
    "due_at": None,
    "transit_to": None,
    "stands": {"branch": None, "why": "home"},
}
ON_LOAN = Stands(None, StandsWhy.ON_LOAN)


async def check(service: Service) -> dict[str, Any]:
    answer = await service.get(CHECK, token=ADMIN)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_copy_that_books_shows_as_available_though_it_is_lent_is_listed_and_told_again(
    service: Service,
) -> None:
    loan = (await service.check_out()).json()

    found = await check(service)
    repaired = (await service.post(REPAIR, {}, token=ADMIN, key="once")).json()

    out = {"availability": "on_loan", "due_at": loan["due_at"], "transit_to": None}
    out |= {"stands": {"branch": "MAIN", "why": "on_loan"}}
    assert found["disagreements"] == [{"copy_id": str(EMMA_COPY), "books": AT_HOME, "loans": out}]
    assert (found["checked"], found["complete"], found["next_cursor"]) == (1, True, None)
    assert repaired["told"] == [{"copy_id": str(EMMA_COPY), **out}]
    told = [data async for type_, data in service.events() if type_ == "loans.copy.availability_changed"]
    scanned = {name: told[0].pop(name) for name in ("scanned", "scanned_at")}
    assert (len(told), told[0], bool(scanned["scanned_at"])) == (2, told[1], True), "told again it is not scanned"


async def test_a_copy_that_books_shows_as_lent_though_lending_knows_nothing_is_listed_and_told_home(
    service: Service,
) -> None:
    service.catalogue.catalogue_states = [CopyState(EMMA_COPY, "on_loan", NOW, EMMA)]

    repaired = (await service.post(REPAIR, {}, token=ADMIN)).json()

    assert [one["copy_id"] for one in repaired["found"]["disagreements"]] == [str(EMMA_COPY)]
    assert repaired["told"] == [{"copy_id": str(EMMA_COPY), **AT_HOME}]


async def test_nothing_is_said_where_both_agree(service: Service) -> None:
    await service.check_out()
    told = [data async for type_, data in service.events() if type_ == "loans.copy.availability_changed"]
    due_at = told[0]["due_at"]
    service.catalogue.catalogue_states = [CopyState(EMMA_COPY, "on_loan", None, EMMA, stands=ON_LOAN)]
    differing = (await check(service))["disagreements"]
    service.catalogue.catalogue_states = [
        CopyState(EMMA_COPY, "on_loan", NOW.fromisoformat(due_at), EMMA, stands=ON_LOAN)
    ]

    found = await check(service)

    assert (len(differing), found["disagreements"], found["checked"]) == (1, [], 1)


async def test_a_copy_that_floated_is_listed_until_books_shows_it_where_it_stands(service: Service) -> None:
    await change_rules(service, after_return="stays")
    await service.check_out()
    await service.post("/v1/returns", {"copy_barcode": "30000000000019", "branch": "EAST"})
    floated = {**AT_HOME, "stands": {"branch": "EAST", "why": "floated"}}

    (found,) = (await check(service))["disagreements"]
    repaired = (await service.post(REPAIR, {}, token=ADMIN)).json()
    there = Stands("east", StandsWhy.FLOATED)
    service.catalogue.catalogue_states = [CopyState(EMMA_COPY, "available", None, EMMA, stands=there)]
    healed = await check(service)

    assert (found["books"], found["loans"]) == (AT_HOME, floated)
    assert repaired["told"] == [{"copy_id": str(EMMA_COPY), **floated}]
    told = [data async for type_, data in service.events() if type_ == "loans.copy.availability_changed"]
    assert (told[-1]["stands"], told[-1]["availability"]) == (told[-2]["stands"], "available")
    assert (healed["disagreements"], healed["checked"]) == ([], 1)


async def test_a_copy_that_travels_elsewhere_than_books_shows_is_listed(service: Service) -> None:
    await service.check_out()
    await service.post("/v1/returns", {"copy_barcode": "30000000000019", "branch": "EAST"})
    left_east = Stands("EAST", StandsWhy.IN_TRANSIT)
    seen = []

    for to in ("WEST", "MAIN"):
        shown = CopyState(EMMA_COPY, "in_transit", None, EMMA, transit_to=to, stands=left_east)
        service.catalogue.catalogue_states = [shown]
        seen.append(len((await check(service))["disagreements"]))

    assert [1, 0] == seen


async def test_more_copies_than_fit_one_page_are_walked_to_the_end_and_listed_hundred_by_hundred(
    service: Service,
) -> None:
    service.catalogue.catalogue_states = [CopyState(new_id(), "on_loan", None, EMMA) for _ in range(150)]

    first = await check(service)
    second = (await service.get(f"{CHECK}?cursor={first['next_cursor']}", token=ADMIN)).json()

    listed = [one["copy_id"] for found in (first, second) for one in found["disagreements"]]
    assert listed == sorted(str(state.copy_id) for state in service.catalogue.catalogue_states)
    assert (first["complete"], second["complete"]) == (False, True)


async def test_repairs_that_go_on_where_the_one_before_ended_tell_of_every_copy_once(service: Service) -> None:
    service.catalogue.catalogue_states = [CopyState(new_id(), "on_loan", None, EMMA) for _ in range(250)]

    told, cursor = [], ""
    while True:
        repaired = (await service.post(f"{REPAIR}{cursor}", {}, token=ADMIN)).json()
        told += [one["copy_id"] for one in repaired["told"]]
        if repaired["found"]["complete"]:
            break
        cursor = f"?cursor={repaired['found']['next_cursor']}"

    assert told == sorted(str(state.copy_id) for state in service.catalogue.catalogue_states)
    assert repaired["found"]["next_cursor"] is None


async def test_a_fine_whose_postings_come_to_something_else_is_named(service: Service) -> None:
    loan = (await service.check_out()).json()
    await service.post(f"/v1/loans/{loan['loan_id']}/declare-lost", {})
    fine_id = (await service.get("/v1/fines")).json()["items"][0]["fine_id"]
    before = (await check(service))["balances_wrong"]
    entry = {"posting": "paid", "amount": 1, "currency": "EUR", "at": NOW, "by": "a thief", "why": ""}
    async with service.database.engine.begin() as connection:
        await connection.execute(insert(fine_entries).values(fine_id=type(EMMA)(fine_id), **entry))

    assert (before, (await check(service))["balances_wrong"]) == ([], [fine_id])


async def test_a_copy_that_is_lent_and_on_a_hold_shelf_is_named(service: Service) -> None:
    await service.check_out()
    facts = {
        "book_id": EMMA,
        "barcode": "C",
        "barcode_key": "C",
        "title": "Emma",
        "home_branch": "MAIN",
        "item_type": "book",
    }
    async with service.database.engine.begin() as connection:
        lying = insert(circulation_records).values(
            copy_id=EMMA_COPY, status="hold_shelf", branch="MAIN", since=NOW, **facts
        )
        await connection.execute(lying)

    found = await check(service)

    assert found["in_two_places"] == [str(EMMA_COPY)]
    assert found["disagreements"][0]["loans"]["availability"] == "on_loan"
