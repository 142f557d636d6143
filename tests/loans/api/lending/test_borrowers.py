"""Where a borrower stands, as the desk and the borrower see it."""

from datetime import timedelta

import pytest

from loans_service.domain.borrower import MemberSuspended
from tests.answers import codes_of
from tests.loans.api.conftest import ADAS, Service
from tests.loans.api.lending.acts import act, lent, stop_renewals
from tests.loans.api.situations import borrow, change_terms, lose, shelve
from tests.loans.makers import ADA, EMMA, a_standing

HERS = f"/v1/borrowers/{ADA}"


async def test_who_never_borrowed_has_nothing_and_may_have_what_the_policy_grants(service: Service) -> None:
    shown = (await service.get(HERS)).json()

    assert shown == {
        "member_id": str(ADA),
        "may_borrow": True,
        "may_renew": True,
        "may_hold": True,
        "open_loans": 0,
        "overdue": 0,
        "holds": 0,
        "owed": {"amount": 0, "currency": "EUR"},
        "accruing": {"amount": 0, "currency": "EUR"},
        "credit": {"amount": 0, "currency": "EUR"},
        "sent_to_collection_at": None,
        "suspended_until": None,
        "claims": 0,
        "limits": {
            "loans": 10,
            "loans_per_item_type": {},
            "loans_of": [],
            "holds": 5,
            "overdue": 3,
            "owed": {"amount": 1000, "currency": "EUR"},
            "lost": None,
            "days_recall_overdue": None,
        },
        "refusals": [],
    }


async def test_loans_holds_and_debts_are_counted_and_every_reason_against_another_loan_is_told(
    service: Service,
) -> None:
    await borrow(service, 3)
    lost = (await service.check_out()).json()
    await service.post(f"/v1/loans/{lost['loan_id']}/declare-lost", {})
    service.clock.pass_by(timedelta(days=30))
    service.members.by_card["ADA"] = a_standing(refusals=(MemberSuspended("Until Monday."),))

    shown = (await service.get(HERS, token=ADAS)).json()

    assert (shown["open_loans"], shown["overdue"]) == (4, 3)
    assert (shown["may_borrow"], shown["may_renew"], shown["may_hold"]) == (False, True, True)
    assert shown["owed"] == {"amount": 3000, "currency": "EUR"}
    assert [each["code"] for each in shown["refusals"]] == ["member-suspended", "too-many-overdue", "fines-owed"]
    assert shown["refusals"][1] | {"detail": ""} == {"code": "too-many-overdue", "detail": "", "limit": 3, "overdue": 3}


async def test_a_hold_counts_until_it_ends(service: Service) -> None:
    hold = (await service.post("/v1/holds", {"book_id": str(EMMA), "card_number": "ADA"})).json()
    waiting = (await service.get(HERS)).json()["holds"]
    await service.post(f"/v1/holds/{hold['hold_id']}/cancel", {})

    assert (waiting, (await service.get(HERS)).json()["holds"]) == (1, 0)


async def test_the_limits_are_those_of_the_category_and_of_the_policy_in_force(service: Service) -> None:
    service.members.by_card["ADA"] = a_standing(category="child")
    before = (await service.get(HERS)).json()["limits"]["loans"]
    await change_terms(service, most_loans=1, most_loans_per_item_type={"dvd": 1})
    await borrow(service, 1)

    shown = (await service.get(HERS)).json()

    assert (before, shown["limits"]["loans"], shown["limits"]["loans_per_item_type"]) == (5, 1, {"dvd": 1})
    assert [each["code"] for each in shown["refusals"]] == ["loan-limit-reached"]


async def test_a_loan_that_is_claimed_returned_counts_no_more(service: Service) -> None:
    loan = (await service.check_out()).json()
    await service.post(f"/v1/loans/{loan['loan_id']}/claim-returned", {})

    assert (await service.get(HERS)).json()["open_loans"] == 0


@pytest.mark.parametrize(("act", "body"), [("declare-lost", {}), ("resolve", {"as": "charged"})])
async def test_a_loan_that_was_claimed_returned_and_then_lost_counts_again(
    service: Service, act: str, body: dict[str, str]
) -> None:
    await change_terms(service, most_loans=1)
    shelve(service, "SECOND")
    loan = (await service.check_out()).json()
    await service.post(f"/v1/loans/{loan['loan_id']}/claim-returned", {})
    while_claimed = (await service.get(HERS)).json()["open_loans"]

    await service.post(f"/v1/loans/{loan['loan_id']}/{act}", body)

    assert (0, 1) == (while_claimed, (await service.get(HERS)).json()["open_loans"])
    assert "loan-limit-reached" in codes_of(await service.check_out(copy_barcode="SECOND"))


async def test_what_is_owed_or_kept_stops_renewals_only_where_the_policy_says_so(service: Service) -> None:
    loan_id = await lent(service)
    await change_terms(service, most_lost=1)
    await lose(service)

    async def foreseen_and_met() -> list[list[str]]:
        (listed,) = (await service.get("/v1/loans?status=open&include=renewal")).json()["items"]
        answer = await act(service, loan_id, "renew")
        met = [] if answer.status_code == 200 else codes_of(answer)
        return [[each["code"] for each in listed["renewal"]["refusals"]], met]

    free = await foreseen_and_met()
    await stop_renewals(service, "too-many-lost", "fines-owed")
    stopped = await foreseen_and_met()
    borrow = await service.check_out(copy_barcode=shelve(service, "ONE MORE"))
    shown = (await service.get(HERS)).json()

    assert [[], []] == free
    assert [["fines-owed", "too-many-lost"]] * 2 == stopped
    assert ["fines-owed", "too-many-lost"] == codes_of(borrow) == [each["code"] for each in shown["refusals"]]
    assert (1, None) == (shown["limits"]["lost"], shown["limits"]["days_recall_overdue"])
