"""A copy that another member has on loan is returned and lent in one go."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from loans_service.application.lending.ask_both import CheckOut
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.views import LoanFilter, LoanView
from loans_service.application.neighbours import MemberKey
from loans_service.domain.borrower import MemberBlocked
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.lendable_copy import CopyOnLoan
from shared.kernel.errors import LibraryError
from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import JESSICA, REBECCA, Service
from tests.loans.api.lending.acts import act, states_of
from tests.loans.api.situations import KIOSK, MACHINE
from tests.loans.makers import EMMA, EMMA_COPY, a_standing


async def theirs_after_days(library: Service, days: int = 0) -> str:
    """Let Jessica have the copy for so many days; return the loan."""
    loan_id: str = (await library.check_out(card_number="JESSICA")).json()["loan_id"]
    library.clock.pass_by(timedelta(days=days))
    return loan_id


async def lend(library: Service, **body: Any) -> Any:
    sent: dict[str, Any] = {"card_number": "REBECCA", "return_first": True}
    return await library.check_out(**(sent | body))


async def status_of(library: Service, loan_id: str) -> str:
    status: str = (await library.get(f"/v1/loans/{loan_id}")).json()["status"]
    return status


async def test_the_other_loan_is_returned_with_its_fine_and_the_copy_is_lent(library: Service) -> None:
    theirs = await theirs_after_days(library, 40)

    mine = await lend(library, branch="EAST")

    assert (201, str(REBECCA)) == (mine.status_code, mine.json()["member_id"]), mine.text
    assert theirs == mine.json()["ended_loan_id"]
    assert "returned" == await status_of(library, theirs)
    entries = (await library.get(f"/v1/loans/{theirs}/history")).json()["entries"]
    assert ("returned", "EAST") == (entries[-1]["what"], entries[-1]["branch"])
    (fine,) = (await library.get(f"/v1/fines?member_id={JESSICA}")).json()["items"]
    assert ("overdue", theirs) == (fine["reason"], fine["loan_id"])
    told = [type_ async for type_, _ in library.events() if type_.startswith("loans.loan.")]
    assert ["loans.loan.checked_out", "loans.loan.checked_out", "loans.loan.returned"] == sorted(told)
    assert "on_loan" == (await states_of(library))[-1]
    assert 200 == (await library.bring_back()).status_code, "it can be returned as any other"


async def test_without_it_the_copy_has_to_be_returned_first(library: Service) -> None:
    await theirs_after_days(library)

    refused = await lend(library, return_first=False)

    assert (409, ["copy-on-loan"]) == (refused.status_code, codes_of(refused))
    assert "Return it first" in problem_of(refused)["detail"]


async def test_a_copy_that_nobody_has_is_simply_lent(library: Service) -> None:
    assert 201 == (await lend(library)).status_code


async def test_what_is_refused_leaves_the_copy_with_who_has_it(library: Service) -> None:
    theirs = await theirs_after_days(library)
    blocked = MemberBlocked("Ask at the desk.")
    library.members.by_card["REBECCA"] = a_standing(member_id=REBECCA, refusals=(blocked,))

    assert ["member-blocked"] == codes_of(await lend(library))
    assert "open" == await status_of(library, theirs)


async def test_what_the_return_would_serve_somebody_else_is_kept_for_them(library: Service) -> None:
    theirs = await theirs_after_days(library)
    placed = await library.post("/v1/holds", {"book_id": str(EMMA), "card_number": "ADA"})
    assert 201 == placed.status_code, placed.text

    refused = await lend(library)
    own = await lend(library, card_number="ADA")

    assert (409, ["copy-held-for-other"]) == (refused.status_code, codes_of(refused))
    assert (201, "returned") == (own.status_code, await status_of(library, theirs))
    assert "fulfilled" == (await library.get(f"/v1/holds/{placed.json()['hold_id']}")).json()["status"]


@pytest.mark.parametrize("verb", ["declare-lost", "claim-returned"])
async def test_a_missed_copy_is_not_returned_on_the_way(library: Service, verb: str) -> None:
    await act(library, await theirs_after_days(library), verb)

    assert ["copy-on-loan"] == codes_of(await lend(library))


async def test_who_has_it_already_is_not_lent_it_again(library: Service) -> None:
    await theirs_after_days(library)

    assert ["copy-on-loan"] == codes_of(await lend(library, card_number="JESSICA"))


@pytest.mark.parametrize("token", [KIOSK, MACHINE])
async def test_only_staff_who_signed_in_return_first(library: Service, token: str) -> None:
    theirs = await theirs_after_days(library)

    refused = await lend(library, token=token)

    (error,) = problem_of(refused)["errors"]
    assert (403, "staff-only", "/return_first") == (refused.status_code, error["code"], error["pointer"])
    assert "open" == await status_of(library, theirs)


@pytest.mark.parametrize("body", [{"offline": {}}, {"lent_at": "2026-03-02T08:00:00Z", "reason": "Power cut."}])
async def test_only_what_is_lent_now_is_returned_first(library: Service, body: dict[str, Any]) -> None:
    assert 422 == (await lend(library, **body)).status_code


class _FasterDesk(LoanQueries):
    """Lets another desk lend the copy to Ada once the open loan was looked up."""

    library: Service

    async def loans(
        self, filters: LoanFilter, *, limit: int, before: tuple[datetime | str, UUID] | None, order: Any = "due_at"
    ) -> list[LoanView]:
        found = await super().loans(filters, limit=limit, before=before)
        assert 201 == (await lend(self.library, card_number="ADA")).status_code
        return found


async def test_a_loan_that_another_desk_has_just_made_is_not_returned(library: Service) -> None:
    await theirs_after_days(library)
    use_case = library.app.state.lending.check_out_of_another
    queries = _FasterDesk(library.database, library.clock)
    queries.library = library
    command = CheckOut(CopyKey(copy_id=EMMA_COPY), MemberKey(card_number="REBECCA"), by_staff=True)

    with pytest.raises(LibraryError) as refused:
        await replace(use_case, queries=queries)(command)

    assert isinstance(refused.value, CopyOnLoan)
    (loan,) = (await library.get("/v1/loans?status=open")).json()["items"]
    assert loan["member_id"] not in {str(JESSICA), str(REBECCA)}


async def test_two_desks_at_once_leave_one_open_loan(library: Service) -> None:
    await theirs_after_days(library)

    answers = await asyncio.gather(lend(library), lend(library, card_number="ADA"))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses in ([201, 201], [201, 409]), [answer.text for answer in answers]
    assert 1 == len((await library.get("/v1/loans?status=open")).json()["items"])
    assert 1 + statuses.count(201) == len((await library.get("/v1/loans")).json()["items"])
