"""Where a due date on a closed day goes, and from how many on who wait a loan is shorter, as the rules say."""

from datetime import timedelta
from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.loans.api.conftest import Service
from tests.loans.api.lending.acts import act
from tests.loans.api.situations import change_rules, hold
from tests.loans.makers import a_copy, a_standing

NINE_TO_SIX = [["09:00", "18:00"]]
CLOSED_ON_THURSDAYS = dict.fromkeys(("mon", "tue", "wed", "fri"), NINE_TO_SIX)
DAY = timedelta(days=1)


@pytest.fixture
async def office(service: Service) -> Service:
    """A branch that is closed on Thursdays and at the weekend, and on Monday in three weeks; today is Monday."""
    feast = {"from": "2026-03-23", "to": "2026-03-23", "name": "Feast"}
    calendar: dict[str, Any] = {"timezone": "UTC", "weekly": CLOSED_ON_THURSDAYS, "closed": [feast]}
    assert 201 == (await service.put("/v1/calendars/MAIN", calendar)).status_code
    return service


async def due(service: Service, **rule: Any) -> str:
    await change_rules(service, **rule)
    answer = await service.check_out()
    assert 201 == answer.status_code, answer.text
    due_at: str = answer.json()["due_at"]
    return due_at


@pytest.mark.parametrize(
    ("strategy", "on"), [("next", "03-06"), ("previous", "03-04"), ("keep", "03-05"), ("same_weekday", "03-06")]
)
async def test_a_loan_of_days_that_would_end_on_a_closed_day_ends_as_the_rule_says(
    office: Service, strategy: str, on: str
) -> None:
    period = {"amount": 3, "unit": "days"}

    assert f"2026-{on}T23:59:59Z" == await due(office, period=period, when_closed=strategy)


async def test_a_loan_of_weeks_may_end_on_the_same_weekday_a_week_later(office: Service) -> None:
    period = {"amount": 3, "unit": "weeks"}

    assert "2026-03-30T23:59:59Z" == await due(office, period=period, when_closed="same_weekday")


@pytest.mark.parametrize(
    ("end", "at"), [("opening_end", "2026-03-02T18:00:00Z"), ("next_opening", "2026-03-03T09:00:00Z")]
)
async def test_a_loan_of_hours_ends_when_the_desk_closes_or_opens_again(office: Service, end: str, at: str) -> None:
    assert at == await due(office, period={"amount": 10, "unit": "hours"}, hours_end=end)


async def test_a_decision_tells_that_a_closed_day_was_passed(office: Service) -> None:
    await change_rules(office, period={"amount": 3, "unit": "days"}, when_closed="previous")
    question = {"copy_barcode": "30000000000019", "card_number": "ADA"}

    steps = (await office.post("/v1/loans/decision", question)).json()["steps"]

    assert ["2026-03-05T23:59:59Z", "2026-03-04T23:59:59Z"] == [step["due_at"] for step in steps]


async def test_a_loan_is_shorter_only_from_so_many_on_who_wait(service: Service) -> None:
    await change_rules(service, period_when_others_wait={"amount": 5, "unit": "days"}, others_wait_from=2)
    found = []
    for number in range(3):
        barcode = f"C{number}"
        service.catalogue.copies = [a_copy(copy_id=new_id(), barcode=barcode)]
        loan = (await service.check_out(copy_barcode=barcode)).json()
        found.append(loan["due_at"][:10])
        await act(service, loan["loan_id"], "claim-returned")
        service.members.by_card[f"W{number}"] = a_standing(member_id=new_id())
        await hold(service, f"W{number}")

    assert ["2026-03-23", "2026-03-23", "2026-03-07"] == found
