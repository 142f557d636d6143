"""What members refuses in one branch alone, or for what is ready alone, counts there and nowhere else."""

from typing import Any

from loans_service.domain.borrower import MemberBlocked
from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import JESSICA, Service
from tests.loans.api.lending.acts import act
from tests.loans.api.situations import hold
from tests.loans.makers import ADA, a_copy, a_standing

IN_EAST = (MemberBlocked("Borrowing is blocked in EAST until further notice.", branch="east"),)


async def test_a_block_of_one_branch_stops_loans_renewals_and_holds_there_alone(service: Service) -> None:
    loan = (await service.check_out(branch="EAST")).json()["loan_id"]
    service.members.by_card["ADA"] = a_standing(refusals=IN_EAST, against_renewal=IN_EAST, against_hold=IN_EAST)

    async def placed(pickup: str) -> Any:
        body = {"card_number": "ADA", "book_id": str(book), "pickup_branch": pickup}
        return (await service.post("/v1/holds/decision", body)).json()

    book = (await service.get(f"/v1/loans/{loan}")).json()["book_id"]
    renewal = await act(service, loan, "renew")
    shown = (await service.get(f"/v1/borrowers/{ADA}")).json()
    await service.bring_back()
    there, here = [await service.check_out(branch=branch) for branch in ("EAST", "MAIN")]
    await service.bring_back()
    holds = {pickup: [each["code"] for each in (await placed(pickup))["refusals"]] for pickup in ("EAST", "MAIN")}

    assert ["member-blocked"] == codes_of(renewal) == codes_of(there)
    assert (201, {"EAST": ["member-blocked"], "MAIN": []}) == (here.status_code, holds)
    assert (True, True, []) == (shown["may_borrow"], shown["may_renew"], shown["refusals"])


async def test_a_block_of_what_is_ready_keeps_it_from_being_fetched_and_lets_borrow(library: Service) -> None:
    await hold(library, "JESSICA")
    await library.bring_back()
    blocked = (MemberBlocked("Fetching what is ready is blocked until further notice."),)
    library.members.by_card["JESSICA"] = a_standing(member_id=JESSICA, against_collecting=blocked)
    library.catalogue.copies.append(a_copy(copy_id=new_id(), book_id=new_id(), barcode="OTHER"))

    ready = await library.check_out(card_number="JESSICA")
    other = await library.check_out(card_number="JESSICA", copy_barcode="OTHER")
    please: dict[str, Any] = {"override": {"codes": ["member-blocked"], "comment": "The head of department says so."}}
    overridden = await library.check_out(card_number="JESSICA", **please)

    assert (["member-blocked"], 201, 201) == (codes_of(ready), other.status_code, overridden.status_code)
