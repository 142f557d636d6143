"""The timed work as borrowers and desks see it over HTTP."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.kernel.ids import new_id
from tests.loans.api.conftest import Service
from tests.loans.api.situations import change_rules, hold, sweep, the_table
from tests.loans.makers import ADA, a_copy, a_standing

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


async def told(service: Service) -> list[str]:
    return [type_ async for type_, _ in service.events() if type_.startswith("loans.loan.")]


async def lent(service: Service, **body: Any) -> str:
    loan_id: str = (await service.check_out(**body)).json()["loan_id"]
    return loan_id


async def test_a_loan_of_some_hours_is_not_told_to_be_due_soon_but_that_it_is_late(service: Service) -> None:
    await lent(service, due_at="2026-03-02T12:00:00Z")
    await sweep(service)
    service.clock.pass_by(HOUR)
    await sweep(service)
    on_time = await told(service)

    service.clock.pass_by(2 * HOUR)
    await sweep(service)

    assert ["loans.loan.checked_out"] == on_time
    assert ["loans.loan.checked_out", "loans.loan.overdue"] == await told(service)


async def test_a_loan_of_some_days_is_reminded_of_a_day_before(service: Service) -> None:
    await lent(service, due_at="2026-03-06T10:00:00Z")
    service.clock.pass_by(2 * DAY)
    await sweep(service)
    too_early = await told(service)

    service.clock.pass_by(DAY)
    await sweep(service)

    assert (["loans.loan.checked_out"], "loans.loan.due_soon") == (too_early, (await told(service))[-1])


async def test_a_loan_renews_itself_instead_of_a_reminder(service: Service) -> None:
    await change_rules(service, auto_renew=True)
    loan_id = await lent(service)
    service.clock.pass_by(19 * DAY)

    done = await sweep(service)

    loan = (await service.get(f"/v1/loans/{loan_id}")).json()
    assert (1, 0, 1, "2026-04-13T23:59:59Z") == (done.renewed, done.reminded, loan["renewals"], loan["due_at"])
    assert ["loans.loan.checked_out", "loans.loan.renewed"] == await told(service)
    entry = (await service.get(f"/v1/loans/{loan_id}/history")).json()["entries"][-1]
    assert ("renewed", "system") == (entry["what"], entry["by"])


async def renewed_after(service: Service, unit: str, amount: int, *waits: timedelta) -> list[int]:
    """Lend by a rule that renews by itself, and return how often it was renewed after each wait and sweep."""
    await change_rules(service, auto_renew=True, renewals=5, period={"amount": amount, "unit": unit})
    loan_id = await lent(service)
    found = []
    for wait in waits:
        service.clock.pass_by(wait)
        await sweep(service)
        found.append((await service.get(f"/v1/loans/{loan_id}")).json()["renewals"])
    return found


async def test_a_loan_too_short_for_a_reminder_renews_itself_in_its_second_half(service: Service) -> None:
    assert [0, 1, 1] == await renewed_after(service, "hours", 4, HOUR, HOUR, HOUR)


async def test_a_loan_of_a_day_renews_itself_and_is_not_late(service: Service) -> None:
    assert [1, 2] == await renewed_after(service, "days", 1, DAY, DAY)
    assert [] == (await service.get("/v1/loans?overdue=true")).json()["items"]


async def test_a_loan_that_no_sweep_came_to_in_time_is_renewed_as_of_when_it_was_due(service: Service) -> None:
    assert [1] == await renewed_after(service, "days", 1, 2 * DAY)
    assert [] == (await service.get("/v1/fines")).json()["items"]
    (loan,) = (await service.get("/v1/loans")).json()["items"]
    assert ("2026-03-04T23:59:59Z", False) == (loan["due_at"], loan["overdue"])


async def test_a_short_loan_that_somebody_waits_for_is_not_renewed_and_told_late_once(service: Service) -> None:
    await change_rules(service, auto_renew=True, period={"amount": 4, "unit": "hours"})
    await lent(service)
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    await hold(service, "KIM")
    service.clock.pass_by(3 * HOUR)

    before = await sweep(service)
    service.clock.pass_by(2 * HOUR)
    late, again = await sweep(service), await sweep(service)

    assert [(0, 0), (0, 1), (0, 0)] == [(each.renewed, each.reminded) for each in (before, late, again)]


async def test_a_loan_that_cannot_renew_itself_is_told_to_be_due_soon_once(service: Service) -> None:
    await change_rules(service, auto_renew=True, renewals=0)
    await lent(service)
    service.clock.pass_by(19 * DAY)

    first, again = await sweep(service), await sweep(service)

    assert ((0, 1), (0, 0)) == ((first.renewed, first.reminded), (again.renewed, again.reminded))


async def test_while_members_do_not_answer_a_loan_is_neither_renewed_nor_told_to_be_due_soon(service: Service) -> None:
    await change_rules(service, auto_renew=True)
    await lent(service)
    service.clock.pass_by(19 * DAY)
    service.members.down = True
    silent = await sweep(service)
    service.members.down = False

    again = await sweep(service)

    assert ((0, 0, 0), (1, 0)) == ((silent.renewed, silent.reminded, silent.failed), (again.renewed, again.reminded))


async def test_a_sweep_that_cannot_ask_members_leaves_loans_that_renew_themselves_to_one_that_can(
    service: Service,
) -> None:
    await change_rules(service, auto_renew=True)
    await lent(service)
    service.clock.pass_by(19 * DAY)

    by_command = await replace(service.app.state.lending.sweep, renew_loan=None)()

    assert (0, 0) == (by_command.renewed, by_command.reminded)
    assert 1 == (await sweep(service)).renewed


async def test_holds_that_ended_are_forgotten_with_the_loans(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    await lent(service, card_number="KIM")
    placed = await hold(service, "ADA")
    await service.bring_back()
    loan_id = await lent(service)
    service.clock.pass_by(10 * DAY)
    await service.bring_back()
    service.clock.pass_by(91 * DAY)

    await sweep(service)

    assert str(ADA) != (await service.get(f"/v1/loans/{loan_id}")).json()["member_id"]
    assert [] == (await service.get(f"/v1/holds?member_id={ADA}")).json()["items"]
    assert 404 == (await service.get(f"/v1/holds/{placed['hold_id']}")).status_code


async def test_what_was_charged_by_hand_and_settled_is_forgotten_with_the_loans(service: Service) -> None:
    eur = {"amount": 300, "currency": "EUR"}
    settled, owed = [
        (await service.post("/v1/charges", {"card_number": "ADA", "kind": "fee", "amount": eur})).json()["fine_id"]
        for _ in range(2)
    ]
    body = {"amount": eur, "fine_ids": [settled], "reference": "till-1"}
    await service.post(f"/v1/borrowers/{ADA}/payments", body)
    service.clock.pass_by(91 * DAY)

    done, again = await sweep(service), await sweep(service)

    assert (1, 0) == (done.anonymised, again.anonymised)
    assert [owed] == [fine["fine_id"] for fine in (await service.get(f"/v1/fines?member_id={ADA}")).json()["items"]]
    assert str(ADA) != (await service.get(f"/v1/fines/{settled}")).json()["member_id"]


async def test_a_settled_loss_is_remembered_for_as_long_as_its_price_may_come_back(service: Service) -> None:
    loan_id = await lent(service)
    await service.post(f"/v1/loans/{loan_id}/declare-lost", {})
    await service.post(f"/v1/borrowers/{ADA}/payments", {"amount": {"amount": 3000, "currency": "EUR"}})
    service.clock.pass_by(179 * DAY)
    await sweep(service)
    before = (await service.get(f"/v1/loans/{loan_id}")).json()["member_id"]

    service.clock.pass_by(2 * DAY)
    await sweep(service)

    assert str(ADA) == before != (await service.get(f"/v1/loans/{loan_id}")).json()["member_id"]


async def test_who_has_read_a_loan_or_its_fine_is_told_that_it_was_forgotten(service: Service) -> None:
    loan_id = await lent(service)
    service.clock.pass_by(30 * DAY)
    fine = (await service.bring_back()).json()["fine"]
    await service.post(f"/v1/fines/{fine['fine_id']}/payments", {"amount": fine["owed"]})
    paths = (f"/v1/loans/{loan_id}", f"/v1/fines/{fine['fine_id']}")
    seen = [(path, (await service.get(path)).headers["etag"]) for path in paths]

    service.clock.pass_by(100 * DAY)
    await sweep(service)

    again = [await service.get(path, **{"If-None-Match": tag}) for path, tag in seen]
    assert [200, 200] == [answer.status_code for answer in again]
    assert str(ADA) not in [answer.json()["member_id"] for answer in again]


async def test_a_copy_found_with_its_borrower_is_not_given_up_again_at_once(service: Service) -> None:
    loan_id = await lent(service)
    service.clock.pass_by(70 * DAY)
    await sweep(service)
    await service.post(f"/v1/loans/{loan_id}/found", {"found_by": "borrower"})

    lost = []
    for days in (0, 42, 1):
        service.clock.pass_by(days * DAY)
        lost.append((await sweep(service)).lost)

    assert [0, 0, 1] == lost


async def test_each_loan_is_given_up_by_the_policy_that_it_was_made_under(service: Service) -> None:
    service.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="SECOND"))
    old = await lent(service)
    table = await the_table(service)
    table["lost"]["after_days_overdue"] = 100
    assert 200 == (await service.put("/v1/policies", table | {"cases": []}, if_match="*")).status_code
    new = await lent(service, copy_barcode="SECOND")

    lost = []
    for days in (70, 60):
        service.clock.pass_by(days * DAY)
        await sweep(service)
        items = (await service.get("/v1/loans?status=lost")).json()["items"]
        lost.append({loan["loan_id"] for loan in items})

    assert [{old}, {old, new}] == lost
