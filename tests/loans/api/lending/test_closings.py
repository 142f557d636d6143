from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from loans_service.application.rules.note_zones import NoteZones
from loans_service.persistence.tables import plumbing
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.answers import codes_of
from tests.loans.api.conftest import ADMIN, LIBRARIAN, Service
from tests.loans.api.situations import borrow, change_rules, sweep
from tests.loans.makers import ADA, EMMA, a_copy, a_standing

FLOOD = {"from": "2026-03-23", "to": "2026-03-27", "name": "Burst pipe"}
OFFICE = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


async def close(
    service: Service,
    body: dict[str, Any] = FLOOD,
    *,
    preview: bool = False,
    branch: str = "MAIN",
    key: str | None = None,
) -> httpx.Response:
    query = "?preview=true" if preview else ""
    return await service.post(f"/v1/calendars/{branch}/closures{query}", body, key, ADMIN)


async def learn_zones(service: Service) -> None:
    """Do what the worker does once a minute."""
    ports = service.app.state.ports
    await NoteZones(ports.unit_of_work, ports.branches)()


async def due_dates(service: Service) -> dict[str, str]:
    return {loan["loan_id"]: loan["due_at"] for loan in (await service.get("/v1/loans")).json()["items"]}


async def test_a_closing_moves_the_loans_that_are_due_on_its_days_and_no_others(service: Service) -> None:
    await service.put("/v1/calendars/MAIN", {"timezone": "UTC", "weekly": OFFICE})
    await borrow(service, 2)
    service.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="HOUR"))
    hour = (await service.check_out(copy_barcode="HOUR", due_at="2026-03-24T15:00:00Z")).json()["loan_id"]
    service.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="LATER"))
    later = (await service.check_out(copy_barcode="LATER", due_at="2026-03-30T15:00:00Z")).json()["loan_id"]
    before = await due_dates(service)

    answer = await close(service)

    after = await due_dates(service)
    moved = {loan["loan_id"]: (loan["due_at"], loan["moved_to"]) for loan in answer.json()["loans"]}
    assert (200, 3, 0) == (answer.status_code, answer.json()["loans_moved"], answer.json()["holds_moved"])
    assert {loan: (before[loan], after[loan]) for loan in before if before[loan] != after[loan]} == moved
    assert "2026-03-30T15:00:00Z" == after[later]
    assert "2026-03-30T09:00:00Z" == after[hour]
    assert {"2026-03-30T23:59:59Z"} == {after[loan] for loan in after if loan not in {hour, later}}
    calendar = (await service.get("/v1/calendars/MAIN")).json()
    assert ([FLOOD], '"2"') == (calendar["closed"], (await service.get("/v1/calendars/MAIN")).headers["ETag"])


async def test_a_closing_moves_loans_as_their_rule_says_of_closed_days(service: Service) -> None:
    await change_rules(service, when_closed="keep")
    await borrow(service, 1)
    kept = await due_dates(service)
    await change_rules(service, when_closed="same_weekday")
    service.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="WEEKS"))
    weeks = (await service.check_out(copy_barcode="WEEKS")).json()["loan_id"]

    preview = (await close(service, preview=True)).json()
    done = (await close(service)).json()

    assert {**kept, weeks: "2026-03-30T23:59:59Z"} == await due_dates(service)
    moved = [(weeks, "2026-03-23T23:59:59Z", "2026-03-30T23:59:59Z")]
    for told in (preview, done):
        assert moved == [(each["loan_id"], each["due_at"], each["moved_to"]) for each in told["loans"]]


async def test_a_preview_says_what_would_move_and_changes_nothing(service: Service) -> None:
    await borrow(service, 2)
    before = await due_dates(service)

    preview = (await close(service, preview=True)).json()

    assert before == await due_dates(service)
    assert 404 == (await service.get("/v1/calendars/MAIN")).status_code
    done = (await close(service)).json()
    assert (True, False, 0, 1) == (
        preview["preview"],
        done["preview"],
        preview["calendar_version"],
        done["calendar_version"],
    )
    assert preview["loans"] == done["loans"] != []


async def test_a_moved_loan_is_told_as_an_event_and_remembered_with_its_reason(
    service: Service, database: Database
) -> None:
    await borrow(service, 1)
    ((loan_id, _),) = (await due_dates(service)).items()

    await close(service)

    last = (await service.get(f"/v1/loans/{loan_id}/history")).json()["entries"][-1]
    assert "2026-03-28T23:59:59Z" == last["due_at"]
    assert "Closed: Burst pipe" == last["why"]
    newest = select(plumbing.outbox.c.type, plumbing.outbox.c.data).order_by(plumbing.outbox.c.sequence.desc())
    told = [(kind, data["due_at"]) for kind, data in await database.rows(newest.limit(2))]
    moved_to = "2026-03-28T23:59:59Z"
    assert [("loans.copy.availability_changed", moved_to), ("loans.loan.due_date_changed", moved_to)] == told


async def test_a_copy_on_the_hold_shelf_waits_as_much_longer(service: Service, database: Database) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    await service.check_out()
    hold = (await service.post("/v1/holds", {"book_id": str(EMMA), "card_number": "KIM"})).json()
    service.clock.pass_by(timedelta(days=14))
    ready = (await service.bring_back()).json()["hold"]

    closed = (await close(service)).json()

    moved = {"hold_id": hold["hold_id"], "pickup_until": "2026-03-23T23:59:59Z", "moved_to": "2026-03-28T23:59:59Z"}
    assert ready["pickup_until"] == moved["pickup_until"]
    assert (1, [moved]) == (closed["holds_moved"], closed["holds"])
    assert moved["moved_to"] == (await service.get(f"/v1/holds/{hold['hold_id']}")).json()["pickup_until"]
    async with database.reading() as connection:
        newest = select(plumbing.outbox.c.type, plumbing.outbox.c.data).order_by(plumbing.outbox.c.sequence.desc())
        kind, data = (await connection.execute(newest.limit(1))).one()
    assert ("loans.hold.ready", moved["moved_to"]) == (kind, data["pickup_until"])


async def test_the_same_closing_again_moves_nothing_more(service: Service) -> None:
    await borrow(service, 1)
    first = await close(service, key="k1")

    replayed = await close(service, key="k1")
    again = (await close(service)).json()

    assert (first.content, "true") == (replayed.content, replayed.headers["Idempotency-Replayed"])
    assert (0, 1) == (again["loans_moved"], again["calendar_version"])


async def test_loans_of_other_branches_stay(service: Service) -> None:
    await borrow(service, 1)

    assert 0 == (await close(service, branch="EAST")).json()["loans_moved"]
    assert 1 == (await close(service, branch="main")).json()["loans_moved"]


async def test_more_loans_than_fit_into_one_part_are_all_moved(service: Service) -> None:
    for reader in range(8):
        service.members.by_card["ADA"] = a_standing(member_id=new_id(), category="staff")
        for number in range(15):
            copy = a_copy(copy_id=new_id(), barcode=f"C{reader}-{number}")
            service.catalogue.copies = [copy]
            lent = await service.check_out(copy_barcode=copy.barcode, due_at="2026-03-24T23:59:59Z")
            assert 201 == lent.status_code

    answer = (await close(service)).json()

    assert (120, 100) == (answer["loans_moved"], len(answer["loans"]))
    assert 0 == (await close(service)).json()["loans_moved"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (FLOOD | {"to": "2026-03-22"}, "value-error"),
        (FLOOD | {"to": "2028-03-22"}, "no-open-day"),
        (FLOOD | {"name": ""}, "text-empty"),
    ],
)
async def test_a_closing_that_cannot_be_is_refused(service: Service, body: dict[str, Any], code: str) -> None:
    assert [code] == codes_of(await close(service, body))
    assert 404 == (await service.get("/v1/calendars/MAIN")).status_code


async def test_only_an_admin_closes_a_branch(service: Service) -> None:
    assert 403 == (await service.post("/v1/calendars/MAIN/closures", FLOOD, None, LIBRARIAN)).status_code


async def test_a_closing_counts_its_days_in_the_zone_of_the_branch(service: Service) -> None:
    service.catalogue.zones["MAIN"] = "America/New_York"
    service.catalogue.copies = [replace(a_copy(), timezone="America/New_York")]
    lent = (await service.check_out()).json()

    closed = (await close(service, FLOOD | {"to": "2026-03-23"})).json()

    assert "2026-03-24T03:59:59Z" == lent["due_at"]
    assert [("2026-03-24T03:59:59Z", "2026-03-25T03:59:59Z")] == [
        (loan["due_at"], loan["moved_to"]) for loan in closed["loans"]
    ]


async def test_a_calendar_made_by_a_closing_keeps_the_zone_of_the_branch(service: Service) -> None:
    service.catalogue.zones["MAIN"] = "America/New_York"
    service.catalogue.copies = [replace(a_copy(), timezone="America/New_York")]

    await close(service)

    assert "America/New_York" == (await service.get("/v1/calendars/MAIN")).json()["timezone"]
    assert "2026-03-29T03:59:59Z" == (await service.check_out()).json()["due_at"]


async def test_the_hold_shelf_of_a_branch_without_a_calendar_ends_in_its_zone(service: Service) -> None:
    service.catalogue.zones["EAST"] = "America/New_York"
    await learn_zones(service)
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    await service.check_out()
    await service.post("/v1/holds", {"book_id": str(EMMA), "card_number": "KIM", "pickup_branch": "EAST"})

    ready = (await service.bring_back(branch="EAST")).json()["hold"]

    assert "2026-03-10T03:59:59Z" == ready["pickup_until"]


async def test_a_hold_expires_at_the_end_of_the_day_in_the_zone_of_its_pickup_branch(service: Service) -> None:
    service.catalogue.zones["EAST"] = "America/New_York"
    await learn_zones(service)
    body = {"book_id": str(EMMA), "card_number": "ADA", "pickup_branch": "EAST", "expires_on": "2026-03-05"}
    hold = (await service.post("/v1/holds", body)).json()
    ends = []
    for moment in ("2026-03-06T04:59:00+00:00", "2026-03-06T05:01:00+00:00"):
        service.clock.time = datetime.fromisoformat(moment)
        await sweep(service)
        ends.append((await service.get(f"/v1/holds/{hold['hold_id']}")).json()["status"])

    assert ["waiting", "expired"] == ends


async def test_a_branch_that_nobody_knows_is_not_closed_and_the_answer_says_which_is_meant(service: Service) -> None:
    unknown = await close(service, branch="MIAN")

    assert (422, ["unknown-branch"]) == (unknown.status_code, codes_of(unknown))
    assert ["MAIN"] == unknown.json()["errors"][0]["did_you_mean"]


async def test_without_books_a_branch_with_a_calendar_is_closed_all_the_same(service: Service) -> None:
    await service.put("/v1/calendars/MAIN", {"timezone": "UTC"})
    service.catalogue.down = True

    assert [200, 503] == [(await close(service, branch=branch)).status_code for branch in ("MAIN", "EAST")]


async def test_each_due_date_that_moves_is_told_with_its_borrower(service: Service) -> None:
    await borrow(service, 2)
    loan_id = next(iter(await due_dates(service)))

    await close(service)
    await service.post(f"/v1/loans/{loan_id}/due-date", {"due_at": "2026-04-20T10:00:00Z", "reason": "A course."})

    told = [data async for type_, data in service.events() if type_ == "loans.loan.due_date_changed"]
    assert ["2026-03-28T23:59:59Z"] * 2 + ["2026-04-20T10:00:00Z"] == [data["due_at"] for data in told]
    assert {str(ADA)} == {data["member_id"] for data in told}
