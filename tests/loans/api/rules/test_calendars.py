from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.answers import problem_of
from tests.loans.api.conftest import ADAS, LIBRARIAN, Service

WEEKDAYS = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
OFFICE = {"timezone": "America/New_York", "weekly": WEEKDAYS, "country": "US"}
EASTER = {"from": "2026-03-23", "to": "2026-03-24", "name": "Spring cleaning"}


async def test_the_first_put_makes_the_calendar_and_the_next_one_says_which_it_changes(
    service: Service,
) -> None:
    first = await service.put("/v1/calendars/MAIN", OFFICE)
    blind = await service.put("/v1/calendars/MAIN", OFFICE)
    stale = await service.put("/v1/calendars/MAIN", OFFICE, if_match='"7"')
    second = await service.put("/v1/calendars/main", OFFICE | {"closed": [EASTER]}, if_match='"1"')

    assert [201, 428, 412, 200] == [answer.status_code for answer in (first, blind, stale, second)]
    assert ('"1"', '"2"') == (first.headers["ETag"], second.headers["ETag"])
    shown = await service.get("/v1/calendars/MAIN")
    assert second.json() == shown.json()
    assert {
        "branch": "MAIN",
        "timezone": "America/New_York",
        "weekly": WEEKDAYS | {"sat": [], "sun": []},
        "closed": [EASTER],
        "open": [],
        "weeks": [],
        "country": "US",
        "subdivision": None,
        "changed_at": "2026-03-02T10:00:00Z",
    } == shown.json()


NEVER = {"timezone": "UTC", "weekly": {}}


async def test_a_calendar_by_which_a_branch_never_opens_is_refused(service: Service) -> None:
    refused = await service.put("/v1/calendars/MAIN", NEVER)

    assert (422, "invalid-calendar") == (refused.status_code, problem_of(refused)["code"])
    assert "/weekly" == refused.json()["errors"][0]["pointer"]


async def test_a_branch_without_a_calendar_is_always_open_and_says_that_it_has_none(service: Service) -> None:
    missing = await service.get("/v1/calendars/MAIN")

    assert (404, "calendar-not-found") == (missing.status_code, problem_of(missing)["code"])
    assert "2026-03-23T23:59:59Z" == (await service.check_out()).json()["due_at"]


async def test_anybody_reads_the_opening_hours_without_signing_in(service: Service) -> None:
    await service.put("/v1/calendars/MAIN", OFFICE | {"closed": [EASTER]})

    shown = await service.http.get("/v1/calendars/MAIN")

    assert (200, [EASTER]) == (shown.status_code, shown.json()["closed"])


async def test_a_calendar_counts_for_the_very_next_loan(service: Service) -> None:
    await service.put("/v1/calendars/MAIN", OFFICE | {"closed": [EASTER]})

    loan = (await service.check_out()).json()

    assert "2026-03-26T03:59:59Z" == loan["due_at"]


async def test_a_public_holiday_of_the_country_is_a_closed_day(service: Service) -> None:
    await service.put("/v1/calendars/MAIN", {"timezone": "Europe/Berlin", "country": "DE", "subdivision": "BE"})

    body = {"copy_barcode": "30000000000019", "card_number": "ADA"}
    service.clock.time = service.clock.time.replace(month=12, day=4)
    steps = (await service.post("/v1/loans/decision", body)).json()["steps"]

    assert ["2026-12-25T22:59:59Z", "2026-12-27T22:59:59Z"] == [step["due_at"] for step in steps]
    assert "closed on 2026-12-25 (" in steps[1]["because"]


async def test_the_calendar_of_another_branch_does_not_count(service: Service) -> None:
    await service.put(
        "/v1/calendars/EAST",
        {"timezone": "UTC", "closed": [{"from": "2026-01-01", "to": "2029-12-31", "name": "Rebuilt"}]},
    )

    assert 422 == (await service.check_out(branch="east")).status_code
    assert 201 == (await service.check_out()).status_code


@pytest.mark.parametrize(
    ("pointer", "change"),
    [
        ("/timezone", {"timezone": "Mars/Olympus"}),
        ("/timezone", {"timezone": "../../etc/passwd"}),
        ("/country", {"country": "Atlantis"}),
        ("/subdivision", {"subdivision": "Gotham"}),
        ("/closed/0/to", {"closed": [EASTER | {"to": "2026-03-22"}]}),
        ("/closed/0/from", {"closed": [EASTER | {"from": "2026-02-30"}]}),
        ("/weekly/mon/0", {"weekly": {"mon": [["18:00", "09:00"]]}}),
        ("/weekly/mon/1", {"weekly": {"mon": [["09:00", "12:00"], ["11:00", "18:00"]]}}),
        ("/weekly/mon/0/0", {"weekly": {"mon": [["9", "18:00"]]}}),
        ("/weekly/monday", {"weekly": {"monday": []}}),
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused_at_its_place(service: Service, pointer: str, change: dict[str, Any]) -> None:
    answer = await service.put("/v1/calendars/MAIN", OFFICE | change)

    assert 422 == answer.status_code
    assert [pointer] == [error["pointer"] for error in problem_of(answer)["errors"]]


async def test_only_an_admin_changes_a_calendar_and_everybody_signed_in_reads_it(service: Service) -> None:
    puts = [(await service.put("/v1/calendars/MAIN", OFFICE, token=who)).status_code for who in (LIBRARIAN, ADAS)]
    await service.put("/v1/calendars/MAIN", OFFICE)
    gets = [(await service.get("/v1/calendars/MAIN", token=who)).status_code for who in (LIBRARIAN, ADAS)]

    assert ([403, 403], [200, 200]) == (puts, gets)


async def test_loans_of_a_branch_without_a_calendar_end_renew_and_cost_by_the_zone_in_which_it_lies(
    service: Service,
) -> None:
    (copy,) = service.catalogue.copies
    service.catalogue.copies = [replace(copy, timezone="America/New_York")]
    lent = (await service.check_out()).json()
    service.clock.pass_by(timedelta(days=7))
    renewed = (await service.post(f"/v1/loans/{lent['loan_id']}/renew", {})).json()
    service.clock.time = datetime(2026, 4, 16, 3, 30, tzinfo=UTC)  # late in the evening of the second day after

    fine = (await service.bring_back()).json()["fine"]

    assert "2026-03-24T03:59:59Z" == lent["due_at"]
    assert "2026-04-14T03:59:59Z" == renewed["due_at"]
    assert {"amount": 40, "currency": "EUR"} == fine["amount"]


async def test_a_zone_that_nobody_knows_is_that_of_the_library(service: Service) -> None:
    (copy,) = service.catalogue.copies
    service.catalogue.copies = [replace(copy, timezone="Mars/Olympus")]

    assert "2026-03-23T23:59:59Z" == (await service.check_out()).json()["due_at"]


async def test_a_branch_opens_on_a_day_on_which_it_would_be_closed(service: Service) -> None:
    sunday = {"from": "2026-03-22", "to": "2026-03-22", "hours": [["13:00", "17:00"]]}
    await service.put("/v1/calendars/MAIN", OFFICE | {"timezone": "UTC", "open": [sunday]})

    service.clock.time = datetime(2026, 3, 1, 10, tzinfo=UTC)

    assert "2026-03-22T23:59:59Z" == (await service.check_out()).json()["due_at"]


async def test_other_hours_count_in_a_part_of_the_year(service: Service) -> None:
    summer = {"from": "2026-03-20", "to": "2026-03-27", "weekly": {"thu": [["10:00", "12:00"]]}}
    await service.put("/v1/calendars/MAIN", OFFICE | {"timezone": "UTC", "weeks": [summer]})

    assert "2026-03-26T23:59:59Z" == (await service.check_out()).json()["due_at"]
