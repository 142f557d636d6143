"""What staff spare themselves: a colleague looks at it, too; and what was overridden stays to be read."""

from typing import Any

from tests.loans.api.conftest import Service, a_token
from tests.loans.api.situations import borrow, change_rules, change_terms, codes_of
from tests.loans.makers import ADA

HERSELF = a_token(role="librarian", member_id=ADA)
OVERRIDE = {"codes": ["loan-limit-reached", "fines-owed"], "comment": "Exam week."}


async def test_a_librarian_borrows_for_herself_by_the_rules_but_sets_none_aside(service: Service) -> None:
    by_the_rules = await service.check_out(token=HERSELF)
    await service.bring_back()
    await change_terms(service, most_loans=0)

    overridden = await service.check_out(token=HERSELF, override=OVERRIDE)
    due = await service.check_out(token=HERSELF, due_at="2026-03-05T12:00:00Z", override=OVERRIDE)
    by_a_colleague = await service.check_out(override=OVERRIDE)

    assert [201, 403, 403, 201] == [answer.status_code for answer in (by_the_rules, overridden, due, by_a_colleague)]
    assert ["four-eyes"] == codes_of(overridden)


async def test_a_librarian_renews_for_herself_but_overrides_nothing(service: Service) -> None:
    await change_rules(service, renewals=0)
    loan_id = (await service.check_out()).json()["loan_id"]
    override = {"override": {"codes": ["renewal-limit-reached"], "comment": "Mine."}}

    refused = await service.post(f"/v1/loans/{loan_id}/renew", override, token=HERSELF)
    by_a_colleague = await service.post(f"/v1/loans/{loan_id}/renew", override)

    assert (403, ["four-eyes"], 200) == (refused.status_code, codes_of(refused), by_a_colleague.status_code)


async def test_what_was_overridden_is_in_the_loan_its_history_and_its_events(service: Service) -> None:
    await change_terms(service, most_loans=1)
    await borrow(service, 1)

    lent = (await service.check_out(override=OVERRIDE)).json()

    shown = (await service.get(f"/v1/loans/{lent['loan_id']}")).json()
    (entry,) = (await service.get(f"/v1/loans/{lent['loan_id']}/history")).json()["entries"]
    events = [data async for type_, data in service.events() if type_ == "loans.loan.checked_out"]
    counted = ["loan-limit-reached"]
    assert [counted] * 4 == [each["overridden"] for each in (lent, shown, entry, events[-1])]
    assert [] == events[0]["overridden"]


async def test_what_a_renewal_overrode_is_in_its_entry_and_added_to_the_loan(service: Service) -> None:
    await change_rules(service, renewals=0)
    loan_id = (await service.check_out()).json()["loan_id"]
    body: dict[str, Any] = {"override": {"codes": ["renewal-limit-reached"], "comment": "Ill."}}

    renewed = (await service.post(f"/v1/loans/{loan_id}/renew", body)).json()

    entries = (await service.get(f"/v1/loans/{loan_id}/history")).json()["entries"]
    assert ["renewal-limit-reached"] == renewed["overridden"]
    assert [[], ["renewal-limit-reached"]] == [entry["overridden"] for entry in entries]
    assert "Ill." == entries[-1]["why"]


async def test_an_act_on_a_version_that_is_not_the_present_one_changes_nothing(service: Service) -> None:
    lent = await service.check_out()
    path = f"/v1/loans/{lent.json()['loan_id']}"
    body = {"due_at": "2026-04-01T12:00:00Z", "reason": "A course."}

    stale = await service.post(f"{path}/due-date", body, if_match='"99"')
    fresh = await service.post(f"{path}/due-date", body, if_match=lent.headers["etag"])
    renewed = await service.post(f"{path}/renew", {}, if_match=lent.headers["etag"])

    assert [412, 200, 412] == [answer.status_code for answer in (stale, fresh, renewed)]
