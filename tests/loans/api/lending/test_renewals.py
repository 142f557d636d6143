"""A loan is renewed, or not."""

from shared.kernel.ids import new_id
from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import ADAS, Service, a_token
from tests.loans.api.lending.acts import act, lent
from tests.loans.api.situations import KIOSK, change_rules
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


async def test_a_copy_that_nobody_has_seen_for_long_is_renewed_at_the_desk_alone(service: Service) -> None:
    await change_rules(service, unseen_renewals=1, renewals=5)
    loan_id = await lent(service)
    assert 200 == (await act(service, loan_id, "renew", token=ADAS)).status_code

    from_afar = await act(service, loan_id, "renew", token=ADAS)
    listed = (await service.get("/v1/loans?include=renewal")).json()["items"][0]["renewal"]
    at_once = (await service.post("/v1/loans/renewals", {"card_number": "ADA"})).json()["results"][0]
    says_so = await act(service, loan_id, "renew", {"seen": True}, token=ADAS)
    at_a_kiosk = await act(service, loan_id, "renew", {"seen": True}, token=KIOSK)
    again = await act(service, loan_id, "renew", token=ADAS)

    assert (422, ["unseen-renewal-limit-reached"]) == (from_afar.status_code, codes_of(from_afar))
    assert ["unseen-renewal-limit-reached"] == [each["code"] for each in listed["refusals"]]
    assert (422, "unseen-renewal-limit-reached") == (at_once["status"], at_once["problem"]["code"])
    assert (403, "staff-only") == (says_so.status_code, problem_of(says_so)["code"])
    assert (200, 200) == (at_a_kiosk.status_code, again.status_code)


async def test_staff_set_aside_that_nobody_has_seen_a_copy(service: Service) -> None:
    await change_rules(service, unseen_renewals=0)
    loan_id = await lent(service)
    body = {"override": {"codes": ["unseen-renewal-limit-reached"], "comment": "On the telephone."}}

    renewed = await act(service, loan_id, "renew", body)

    assert (200, ["unseen-renewal-limit-reached"]) == (renewed.status_code, renewed.json()["overridden"])
