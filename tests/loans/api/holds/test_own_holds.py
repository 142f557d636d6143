"""What somebody waits for who has a copy of it already: staff may allow that, and records may be joined."""

from typing import Any

from loans_service.application.privacy.follow_member import MergedMembersNews
from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import ADAS, Service
from tests.loans.api.holds.pulling import shelve
from tests.loans.api.situations import change_rules, hold
from tests.loans.makers import ADA, a_standing

TERMS = {"minimum_days": 7, "due_in_days": 3}
ALLOWED = {"override": {"codes": ["already-on-loan-to-member"], "comment": "For her sister."}}


async def my_loan(library: Service) -> dict[str, Any]:
    (loan,) = (await library.get("/v1/loans/mine?status=open&include=renewal", ADAS)).json()["items"]
    found: dict[str, Any] = loan
    return found


async def hear_that_kim_is_ada(library: Service, kim: Any) -> None:
    await library.app.state.privacy.join_borrowers(MergedMembersNews("news", kim, ADA, 1), listener="loans.members")


async def test_ones_own_hold_stops_no_renewal_of_ones_own(library: Service) -> None:
    library.members.by_card["ADA"] = a_standing()
    loan = (await library.check_out(card_number="ADA")).json()
    await hold(library, "ADA", **ALLOWED)

    alone = await my_loan(library)
    renewed = await library.post(f"/v1/loans/{loan['loan_id']}/renew", {}, token=ADAS)
    await hold(library, "JESSICA")
    with_jessica = await my_loan(library)
    refused = await library.post(f"/v1/loans/{loan['loan_id']}/renew", {}, token=ADAS)

    assert ({"allowed": True, "refusals": []}, 0, 200) == (alone["renewal"], alone["waiting"], renewed.status_code)
    assert (["held-by-other"], 1) == (
        [each["code"] for each in with_jessica["renewal"]["refusals"]],
        with_jessica["waiting"],
    )
    assert ["held-by-other"] == codes_of(refused)


async def test_ones_own_hold_that_another_copy_is_to_serve_stops_no_renewal_either(library: Service) -> None:
    await change_rules(library, renew_while_held="never")
    library.members.by_card["ADA"] = a_standing()
    loan = (await library.check_out(card_number="ADA")).json()
    shelve(library, "C2")
    await hold(library, "ADA", **ALLOWED)

    foreseen = await my_loan(library)
    renewed = await library.post(f"/v1/loans/{loan['loan_id']}/renew", {}, token=ADAS)

    assert (True, 200) == (foreseen["renewal"]["allowed"], renewed.status_code)


async def a_loan_recalled_for_its_own_borrower(library: Service) -> Any:
    await change_rules(library, recall=TERMS)
    library.members.by_card["ADA"] = a_standing()
    library.members.by_card["KIM"] = a_standing(member_id=(kim := new_id()))
    loan = (await library.check_out(card_number="ADA")).json()
    await hold(library, "KIM", kind="recall")
    await library.choose_targets()
    await hear_that_kim_is_ada(library, kim)
    return loan


async def test_a_loan_that_was_recalled_for_what_is_the_same_person_now_is_renewed(library: Service) -> None:
    loan = await a_loan_recalled_for_its_own_borrower(library)
    await hold(library, "JESSICA", not_before="2026-03-09")  # waits, but not yet

    foreseen = await my_loan(library)
    renewed = await library.post(f"/v1/loans/{loan['loan_id']}/renew", {}, token=ADAS)

    assert (True, 200) == (foreseen["renewal"]["allowed"], renewed.status_code)


async def test_somebody_elses_recall_asks_back_what_was_recalled_for_ones_own_hold(library: Service) -> None:
    loan = await a_loan_recalled_for_its_own_borrower(library)
    await library.post(f"/v1/loans/{loan['loan_id']}/renew", {})

    await hold(library, "JESSICA", kind="recall")
    await library.choose_targets()
    refused = await library.post(f"/v1/loans/{loan['loan_id']}/renew", {})

    assert ["held-by-other", "loan-recalled"] == sorted(codes_of(refused))
