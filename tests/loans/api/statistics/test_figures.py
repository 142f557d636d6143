"""Figures as they are asked for over HTTP."""

from datetime import timedelta

import pytest

from loans_service.domain.rights import SEE_CONTACTS, STATISTICS
from shared.kernel.ids import new_id
from tests.answers import problem_of
from tests.loans.api.conftest import Service, a_token
from tests.loans.api.holds.placing import EMMA_FOR_ADA, placed
from tests.loans.api.statistics.figures import ask, rows
from tests.loans.makers import a_copy, a_standing

MARCH = "from=2026-03-01&to=2026-03-31"
KIOSK = a_token(scope="loans:write", client_id="kiosk", subject="kiosk")
FIGURES_OF_EAST = a_token(role="admin", rights=f"{1 << STATISTICS.number:x}:EAST")
WITHOUT_PERSONS = a_token(role="admin", rights=f"{1 << STATISTICS.number:x}:*")


async def test_a_loan_its_renewal_and_its_return_are_counted_with_all_that_figures_know(service: Service) -> None:
    service.catalogue.copies[0] = a_copy(location="fiction")
    service.members.by_card["ADA"] = a_standing(age=34)
    loan_id = (await service.check_out(token=KIOSK)).json()["loan_id"]
    await service.post(f"/v1/loans/{loan_id}/renew", {}, token=a_token(role="member", member_id=a_standing().member_id))
    service.clock.pass_by(timedelta(days=1))
    await service.bring_back(branch="EAST")

    by = "day,branch,item_type,location,category,age_band,channel"
    of_it = {"item_type": "book", "location": "fiction", "category": "adult", "age_band": "18-64"}
    monday, main = {"day": "2026-03-02", "branch": "MAIN"}, {"value": 1}

    assert [monday | of_it | {"channel": "machine"} | main] == await rows(service, f"loans?by={by}&{MARCH}")
    assert [monday | of_it | {"channel": "reader"} | main] == await rows(service, f"renewals?by={by}&{MARCH}")
    back = {"day": "2026-03-03", "branch": "EAST", "channel": "desk"}
    assert [back | of_it | main] == await rows(service, f"returns?by={by}&{MARCH}")
    who = {"month": "2026-03", "branch": "MAIN", "category": "adult", "value": 1}
    assert [who] == await rows(service, f"active_borrowers?by=month,branch,category&{MARCH}")


async def test_the_same_request_twice_is_counted_once(service: Service) -> None:
    for _ in range(2):
        assert (await service.check_out(key="twice")).is_success

    assert [{"value": 1}] == await rows(service, f"loans?{MARCH}")


async def test_a_return_that_is_booked_later_counts_on_the_day_on_which_the_copy_came_back(service: Service) -> None:
    await service.check_out()
    service.clock.pass_by(timedelta(days=3))

    await service.bring_back(returned_at="2026-03-03T12:00:00Z")

    assert [{"day": "2026-03-03", "value": 1}] == await rows(service, f"returns?by=day&{MARCH}")


async def test_a_hold_is_counted_when_it_is_placed_and_when_it_is_filled_or_ends(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=new_id(), age=9, category="child")
    await placed(service, EMMA_FOR_ADA | {"card_number": "KIM"})
    service.clock.pass_by(timedelta(days=2))
    assert (await service.check_out(card_number="KIM")).is_success
    service.members.by_card["BO"] = a_standing(member_id=new_id())
    other = await placed(service, EMMA_FOR_ADA | {"card_number": "BO"})
    assert (await service.post(f"/v1/holds/{other}/cancel", {})).is_success

    of_kim = {"category": "child", "age_band": "6-11", "value": 1}
    assert of_kim in await rows(service, f"holds_placed?by=category,age_band&{MARCH}")
    assert [of_kim] == await rows(service, f"holds_filled?by=category,age_band&{MARCH}")
    assert [{"value": 2}] == await rows(service, f"days_waited?{MARCH}")
    assert [{"reason": "cancelled", "value": 1}] == await rows(service, f"holds_ended?by=reason&{MARCH}")


async def test_money_counts_where_the_copy_was_lent_and_what_is_given_back_on_its_own_day(service: Service) -> None:
    await service.check_out()
    service.clock.pass_by(timedelta(days=40))
    fine = (await service.bring_back()).json()["fine"]
    paid = await service.post(f"/v1/fines/{fine['fine_id']}/payments", {"amount": fine["owed"], "method": "cash"})
    assert paid.is_success, paid.text
    service.clock.pass_by(timedelta(days=1))
    number = paid.json()["receipt"]["number"]
    back = {"reason": "A mistake.", "amount": {"amount": 50, "currency": "EUR"}}
    refund = await service.post(f"/v1/receipts/{number}/refund", back)
    assert refund.is_success, refund.text

    april = "from=2026-04-01&to=2026-04-30"
    owed = fine["owed"]["amount"]
    charged = {"branch": "MAIN", "reason": "overdue", "value": owed}
    assert [charged] == await rows(service, f"charged?by=branch,reason&{april}")
    assert [owed, -50] == [row["value"] for row in await rows(service, f"paid?by=day&{april}")]


async def test_figures_come_by_month_and_year_and_for_days_within_a_month(service: Service) -> None:
    for _ in range(3):
        await service.check_out()
        await service.bring_back()
        service.clock.pass_by(timedelta(days=20))

    assert [{"month": "2026-03", "value": 2}, {"month": "2026-04", "value": 1}] == await rows(
        service, "loans?by=month&from=2026-03-02&to=2026-04-30"
    )
    assert [{"year": "2026", "value": 2}] == await rows(service, "loans?by=year&from=2026-03-03&to=2026-04-30")
    assert [{"value": 1}] == await rows(service, "loans?from=2026-03-22&to=2026-03-22")
    assert [] == await rows(service, "loans?branch=EAST")
    assert [{"branch": "MAIN", "value": 3}] == await rows(
        service, "loans?by=branch&branch=main&from=2026-01-01&to=2026-12-31"
    )


async def test_figures_come_as_csv(service: Service) -> None:
    await service.check_out()

    answer = await ask(service, f"loans?by=month,branch&{MARCH}", accept="text/csv")

    assert "month,branch,value\r\n2026-03,MAIN,1\r\n" == answer.text


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("visits", "unknown-atom"),
        ("charged?by=category", "unknown-dimension"),
        ("loans?by=month,year", "unknown-dimension"),
        ("loans?by=branch,branch", "unknown-dimension"),
        ("charged?item_type=book", "unknown-dimension"),
        ("loans?from=2026-03-02&to=2026-03-01", "invalid-period"),
        ("active_borrowers?by=day", "people-by-month-or-year"),
        ("active_borrowers", "people-by-month-or-year"),
    ],
)
async def test_a_question_that_has_no_answer_is_refused(service: Service, question: str, code: str) -> None:
    answer = await ask(service, question)

    assert code in (problem_of(answer)["code"], *(error["code"] for error in problem_of(answer).get("errors", ())))


async def test_who_holds_the_right_in_one_branch_asks_for_that_one(service: Service) -> None:
    everywhere = await ask(service, "loans", token=FIGURES_OF_EAST)
    elsewhere = await ask(service, "loans?branch=MAIN", token=FIGURES_OF_EAST)
    here = await ask(service, "loans?branch=EAST", token=FIGURES_OF_EAST)

    assert [403, 403, 200] == [each.status_code for each in (everywhere, elsewhere, here)]
    assert ("statistics", "MAIN") == (elsewhere.json()["right"], elsewhere.json()["branch"])


async def test_who_may_see_persons_in_one_branch_gets_published_cells_too(service: Service) -> None:
    await service.check_out()
    bits = 1 << STATISTICS.number | 1 << SEE_CONTACTS.number
    of_main = a_token(role="admin", rights=f"{bits:x}:MAIN")

    assert [] == await rows(service, f"loans?by=category&branch=MAIN&{MARCH}", token=of_main)
    assert [{"value": 1}] == await rows(service, f"loans?branch=MAIN&{MARCH}", token=of_main)


async def test_who_may_not_see_persons_gets_no_figures_of_days_and_details_of_people(service: Service) -> None:
    await service.check_out()

    for question in ("loans?by=day,category", "loans?by=item_type,age_band", "loans?channel=desk&category=adult"):
        answer = await ask(service, question, token=WITHOUT_PERSONS)
        assert (403, "see_contacts") == (answer.status_code, answer.json().get("right")), question
    assert [{"value": 1}] == await rows(service, f"loans?{MARCH}", token=WITHOUT_PERSONS)
    assert [] == await rows(service, f"loans?by=category&{MARCH}", token=WITHOUT_PERSONS)
    assert [] == await rows(service, f"active_borrowers?by=month&{MARCH}", token=WITHOUT_PERSONS)
