"""A loan is renewed, or not."""

from shared.kernel.ids import new_id
from tests.answers import problem_of
from tests.loans.api.conftest import ADAS, Service, a_token
from tests.loans.api.lending.acts import act, lent
from tests.loans.makers import a_copy, a_standing


async def test_a_renewal_answers_with_the_loan_and_its_new_due_date(service: Service) -> None:
    loan_id = await lent(service)

    renewed = await act(service, loan_id, "renew", key="k1")
    again = await act(service, loan_id, "renew", key="k1")

    loan = renewed.json()
    assert (200, "2026-04-13T23:59:59Z", 1, 1) == (
        renewed.status_code,
        loan["due_at"],
        loan["renewals"],
        loan["renewals_left"],
    )
    assert (renewed.content, "true") == (again.content, again.headers["Idempotency-Replayed"])


async def test_a_hold_for_another_copy_does_not_stop_a_renewal(service: Service) -> None:
    other = a_copy(copy_id=new_id(), barcode="OTHER")
    service.catalogue.copies.append(other)
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    loan_id = await lent(service)
    await service.post("/v1/holds", {"copy_id": str(other.copy_id), "card_number": "KIM"})

    assert 200 == (await act(service, loan_id, "renew")).status_code


async def test_a_member_renews_their_own_loan_and_nobody_elses(service: Service) -> None:
    loan_id = await lent(service)
    somebody = a_token(role="member", member_id=new_id())

    foreign, own = (
        await act(service, loan_id, "renew", token=somebody),
        await act(service, loan_id, "renew", token=ADAS),
    )

    assert (404, "loan-not-found", 200) == (foreign.status_code, problem_of(foreign)["code"], own.status_code)
