"""What lateness costs by the hour and the week, on closed days, after a recall, and forgiven by a renewal."""

from datetime import timedelta
from typing import Any

import pytest

from tests.answers import codes_of
from tests.loans.api.conftest import Service
from tests.loans.api.lending.acts import act
from tests.loans.api.situations import COLLEAGUE, KIOSK, change_rules, hold

HALF_A_EURO = {"per_day": {"amount": 50}, "most": {"amount": 2000}, "grace_days": 0}
DAYS = {"period": {"amount": 3, "unit": "days"}}
HOURS = {"period": {"amount": 4, "unit": "hours"}}
WEEKDAYS = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


async def fine_after(service: Service, late: timedelta, fine: dict[str, Any], **rule: Any) -> int | None:
    """Return what it costs to bring a copy back so much later than it was lent."""
    await change_rules(service, fine=HALF_A_EURO | fine, **rule)
    assert 201 == (await service.check_out()).status_code
    service.clock.pass_by(late)
    charged = (await service.bring_back()).json()["fine"]
    return None if charged is None else int(charged["amount"]["amount"])


@pytest.mark.parametrize(("late", "cost"), [(timedelta(hours=4), None), (timedelta(hours=5, minutes=1), 100)])
async def test_each_hour_that_has_begun_costs(service: Service, late: timedelta, cost: int | None) -> None:
    assert cost == await fine_after(service, late, {"per": "hour"}, **HOURS)


async def test_each_week_that_has_begun_costs(service: Service) -> None:
    assert 100 == await fine_after(service, timedelta(days=11), {"per": "week"}, **DAYS)


@pytest.mark.parametrize(("count_closed", "cost"), [(False, 100), (True, 200)])
async def test_closed_days_cost_where_the_rule_counts_them(service: Service, cost: int, *, count_closed: bool) -> None:
    assert 201 == (await service.put("/v1/calendars/MAIN", {"timezone": "UTC", "weekly": WEEKDAYS})).status_code
    late = timedelta(days=7)  # due on Thursday, back on Monday

    assert cost == await fine_after(service, late, {"count_closed": count_closed}, **DAYS)


async def test_a_recalled_copy_that_comes_late_costs_more(library: Service) -> None:
    after_recall = {"per_day": {"amount": 500}, "most": {"amount": 5000}, "grace_days": 0}
    recall = {"minimum_days": 1, "due_in_days": 2}
    await change_rules(library, fine=HALF_A_EURO | {"after_recall": after_recall}, recall=recall)
    await library.check_out()
    await hold(library, "JESSICA", kind="recall")
    await library.choose_targets()
    library.clock.pass_by(timedelta(days=4))

    fine = (await library.bring_back()).json()["fine"]

    assert 1000 == fine["amount"]["amount"]


@pytest.mark.parametrize("forgive", [True, False])
async def test_a_late_loan_is_renewed_for_nothing_where_the_rule_forgives(service: Service, *, forgive: bool) -> None:
    await change_rules(service, fine=HALF_A_EURO | {"forgive_on_renewal": forgive}, renewals=2)
    loan = (await service.check_out()).json()
    service.clock.pass_by(timedelta(days=25))

    renewed = await act(service, loan["loan_id"], "renew")
    fines = (await service.get(f"/v1/fines?loan_id={loan['loan_id']}")).json()["items"]

    if forgive:
        assert (200, []) == (renewed.status_code, fines)
    else:
        assert ["too-overdue-to-renew"] == codes_of(renewed)


async def test_staff_forgive_lateness_at_the_return_and_say_why(service: Service) -> None:
    await change_rules(service, fine=HALF_A_EURO, suspension={"days_per_day": 2})
    loan = (await service.check_out()).json()
    service.clock.pass_by(timedelta(days=30))
    scan = {"copy_barcode": "30000000000019", "forgive": "Weeks of amnesty."}

    by_kiosk = await service.post("/v1/returns", scan, token=KIOSK)
    by_herself = await service.post("/v1/returns", scan, token=COLLEAGUE)
    done = (await service.post("/v1/returns", scan)).json()
    last = (await service.get(f"/v1/loans/{loan['loan_id']}/history")).json()["entries"][-1]

    assert (["staff-only"], ["four-eyes"]) == (codes_of(by_kiosk), codes_of(by_herself))
    assert (None, None, "returned") == (done["fine"], done["suspended_until"], done["loan"]["status"])
    assert ("returned", "Weeks of amnesty.") == (last["what"], last["why"])
