"""What happens to a loan between check-out and return, as its borrower and the desk see it."""

from datetime import timedelta

import pytest

from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import ADAS, LIBRARIAN, Service, a_token
from tests.loans.api.lending.acts import LATER, act, lent, states_of
from tests.loans.api.situations import change_terms
from tests.loans.makers import EMMA_COPY, a_copy, a_standing


async def test_what_nothing_needs_to_be_told_to_refuses_what_it_would_overlook(service: Service) -> None:
    loan_id = await lent(service)

    overlooked = await act(service, loan_id, "renew", {"due_at": LATER["due_at"]})
    bearer = {"Authorization": f"Bearer {LIBRARIAN}"}
    no_object = await service.http.post(f"/v1/loans/{loan_id}/renew", json=[1], headers=bearer)

    assert (422, ["/due_at"]) == (overlooked.status_code, [error["pointer"] for error in overlooked.json()["errors"]])
    assert 422 == no_object.status_code
    assert 200 == (await act(service, loan_id, "renew")).status_code


async def test_staff_set_another_due_date_with_a_reason(service: Service) -> None:
    loan_id = await lent(service)

    changed = await act(service, loan_id, "due-date", LATER)
    without_reason = await act(service, loan_id, "due-date", {"due_at": LATER["due_at"]})

    assert (200, LATER["due_at"], 0) == (changed.status_code, changed.json()["due_at"], changed.json()["renewals"])
    assert 422 == without_reason.status_code


async def test_a_lost_copy_stays_with_its_loan_and_is_unavailable_to_everybody(service: Service) -> None:
    loan_id = await lent(service)

    lost = [await act(service, loan_id, "declare-lost", {"reason": "Left on the train."}) for _ in range(2)]

    assert [(200, "lost")] * 2 == [(answer.status_code, answer.json()["status"]) for answer in lost]
    assert ["on_loan", "unavailable"] == await states_of(service)
    assert (409, ["copy-on-loan", "fines-owed"]) == ((again := await service.check_out()).status_code, codes_of(again))


async def test_what_is_claimed_returned_counts_against_no_limit(service: Service) -> None:
    await change_terms(service, most_loans=1)
    other = a_copy(copy_id=new_id(), barcode="OTHER")
    service.catalogue.copies.append(other)
    loan_id = await lent(service)

    before = await service.check_out(copy_barcode="OTHER")
    claimed = await act(service, loan_id, "claim-returned")
    after = await service.check_out(copy_barcode="OTHER")

    assert (422, "claimed_returned", 201) == (before.status_code, claimed.json()["status"], after.status_code)


@pytest.mark.parametrize("verb", ["declare-lost", "claim-returned"])
async def test_a_missed_copy_found_in_the_library_closes_its_loan(service: Service, verb: str) -> None:
    loan_id = await lent(service)
    await act(service, loan_id, verb)

    found = await act(service, loan_id, "found", {"branch": "EAST"}, key="f1")
    again = await act(service, loan_id, "found", {"branch": "EAST"}, key="f1")

    assert (200, "returned", "transit") == (found.status_code, found.json()["status"], found.json()["next"])
    assert found.content == again.content
    types = [type_ async for type_, _ in service.events() if not type_.startswith("loans.fine.")]
    assert ["loans.loan.found", "loans.loan.returned", "loans.copy.availability_changed"] == types[-3:]


async def test_a_missed_copy_found_with_its_borrower_is_on_loan_as_before(service: Service) -> None:
    loan_id = await lent(service)
    await act(service, loan_id, "declare-lost")

    found = await act(service, loan_id, "found", {"found_by": "borrower"})

    assert (200, "open") == (found.status_code, found.json()["status"])
    assert ["on_loan", "unavailable", "on_loan"] == await states_of(service)


async def test_a_lost_copy_that_is_scanned_closes_its_loan_and_serves_whoever_waits(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    loan_id = await lent(service)
    await act(service, loan_id, "declare-lost")
    await service.post("/v1/holds", {"copy_id": str(EMMA_COPY), "card_number": "KIM", "pickup_branch": "MAIN"})

    scan = (await service.bring_back()).json()

    assert (loan_id, "returned", "hold_shelf") == (scan["loan"]["loan_id"], scan["loan"]["status"], scan["next"])


async def test_loans_are_found_by_how_they_stand(service: Service) -> None:
    for number in range(4):
        service.catalogue.copies.append(a_copy(copy_id=new_id(), barcode=f"C{number}"))
    ids = [(await service.check_out(copy_barcode=f"C{number}")).json()["loan_id"] for number in range(4)]
    await act(service, ids[1], "declare-lost")
    await act(service, ids[2], "claim-returned")
    await service.bring_back(copy_barcode="C3")
    service.clock.pass_by(timedelta(days=30))

    async def found(query: str) -> list[str]:
        return [loan["loan_id"] for loan in (await service.get(f"/v1/loans?{query}")).json()["items"]]

    stands = ("open", "lost", "claimed_returned", "returned")
    assert [[loan_id] for loan_id in ids] == [await found(f"status={status}") for status in stands]
    assert [ids[0]] == await found("overdue=true")


async def test_the_history_of_a_loan_says_what_when_who_why_and_by_which_rule(service: Service) -> None:
    loan_id = await lent(service)
    service.clock.pass_by(timedelta(days=1))
    await act(service, loan_id, "renew", token=ADAS)
    await act(service, loan_id, "due-date", LATER)
    await act(service, loan_id, "declare-lost", {"reason": "Left on the train."})
    await service.bring_back()

    entries = (await service.get(f"/v1/loans/{loan_id}/history")).json()["entries"]
    told_to_ada = (await service.get(f"/v1/loans/{loan_id}/history", ADAS)).json()["entries"]

    told = [(entry["what"], entry["rule"], entry["why"]) for entry in entries]
    assert [
        ("checked_out", "adult", ""),
        ("renewed", "adult", ""),
        ("due_date_changed", None, "A reading group."),
        ("declared_lost", None, "Left on the train."),
        ("found", None, ""),
        ("returned", None, ""),
    ] == told
    assert ["2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z"] == [entry["at"] for entry in entries[:2]]
    assert "borrower" == entries[1]["by"]
    assert entries[0]["by"] not in {"", "borrower", "staff"}
    assert ["staff", "borrower", "staff", "staff", "staff", "staff"] == [entry["by"] for entry in told_to_ada]
    assert {""} == {entry["why"] for entry in told_to_ada}
    assert LATER["due_at"] == entries[-1]["due_at"]


async def test_the_history_of_somebody_elses_loan_is_as_unknown_as_none(service: Service) -> None:
    loan_id = await lent(service)
    somebody = a_token(role="member", member_id=new_id())

    assert 404 == (await service.get(f"/v1/loans/{loan_id}/history", somebody)).status_code
    assert 404 == (await service.get(f"/v1/loans/{new_id()}/history", LIBRARIAN)).status_code
