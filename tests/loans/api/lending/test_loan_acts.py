"""What happens to a loan between check-out and return, as its borrower and the desk see it."""

from datetime import date, timedelta
from typing import Any

import pytest

from loans_service.application.refusals import (
    OF_CHANGING_THE_DUE_DATE,
    OF_CLAIMING,
    OF_DECLARING_LOST,
    OF_FINDING,
    OF_RENEWAL,
    OF_RESOLVING,
)
from loans_service.domain.borrower import MemberBlocked, MemberLeaving, MembershipExpired, MemberSuspended
from loans_service.domain.four_eyes import FourEyes
from shared.kernel.errors import LibraryError, OutOfDate
from shared.kernel.ids import new_id
from tests.loans.api.conftest import ADAS, LIBRARIAN, Service, a_token
from tests.loans.api.situations import COLLEAGUE, MACHINE, change_rules, change_terms, codes_of, problem_of
from tests.loans.makers import EMMA, EMMA_COPY, a_copy, a_standing

LATER = {"due_at": "2026-04-01T12:00:00Z", "reason": "A reading group."}
STATUS = {"loan-not-found": 404, "member-not-found": 404, "neighbour-unavailable": 503}
STATUS |= dict.fromkeys(("loan-not-open", "loan-lost", "claimed-returned", "held-by-other", "loan-not-lost"), 409)
STATUS |= {"override-forbidden": 403, "loan-not-claimed": 409, "out-of-date": 412, "four-eyes": 403, "staff-only": 403}

STANDINGS = {
    kind.code: a_standing(against_renewal=(kind("Members says no."),))
    for kind in (MembershipExpired, MemberSuspended, MemberBlocked, MemberLeaving)
} | {"renewal-changes-nothing": a_standing(membership_ends=date(2026, 3, 10))}
BEFORE = {"loan-lost": "declare-lost", "claimed-returned": "claim-returned", "renewal-limit-reached": "renew"}


async def act(service: Service, loan_id: str, verb: str, body: dict[str, Any] | None = None, **how: Any) -> Any:
    return await service.post(f"/v1/loans/{loan_id}/{verb}", body or {}, **how)


async def lent(service: Service) -> str:
    loan_id: str = (await service.check_out()).json()["loan_id"]
    return loan_id


async def states_of(service: Service) -> list[str]:
    events = [event async for event in service.events()]
    return [data["availability"] for type_, data in events if type_ == "loans.copy.availability_changed"]


async def arrange(service: Service, loan_id: str, code: str) -> str:
    """Make the next act on the loan meet `code`, and return the loan to act on."""
    if code in STANDINGS:
        service.members.by_card["ADA"] = STANDINGS[code]
    elif code in BEFORE:
        for _ in range(2):
            await act(service, loan_id, BEFORE[code])
    elif code == "loan-not-open":
        await service.bring_back()
    elif code == "held-by-other":
        service.members.by_card["KIM"] = a_standing(member_id=new_id())
        await service.post("/v1/holds", {"book_id": str(EMMA), "card_number": "KIM"})
    elif code == "too-overdue-to-renew":
        service.clock.pass_by(timedelta(days=30))
    await arrange_around(service, code)
    return str(new_id()) if code == "loan-not-found" else loan_id


async def arrange_around(service: Service, code: str) -> None:
    """Make the rules or the neighbours meet `code`."""
    if code == "member-not-found":
        service.members.by_card = {}
    elif code == "no-open-day":
        await service.put("/v1/calendars/MAIN", {"timezone": "UTC", "weekly": {}})
    elif code == "not-loanable-by-policy":
        await change_rules(service, loanable=False)
    elif code == "too-early-to-renew":
        await change_rules(service, renew_not_before_days=3)
    elif code == "loan-recalled":
        await change_rules(service, recall={"minimum_days": 7, "due_in_days": 3}, renew_while_held="always")
        service.members.by_card["KIM"] = a_standing(member_id=new_id())
        await service.post("/v1/holds", {"copy_id": str(EMMA_COPY), "card_number": "KIM", "kind": "recall"})
        await service.choose_targets()
    service.members.down = code == "neighbour-unavailable"


async def test_what_nothing_needs_to_be_told_to_refuses_what_it_would_overlook(service: Service) -> None:
    loan_id = await lent(service)

    overlooked = await act(service, loan_id, "renew", {"due_at": LATER["due_at"]})
    bearer = {"Authorization": f"Bearer {LIBRARIAN}"}
    no_object = await service.http.post(f"/v1/loans/{loan_id}/renew", json=[1], headers=bearer)

    assert (422, ["/due_at"]) == (overlooked.status_code, [error["pointer"] for error in overlooked.json()["errors"]])
    assert 422 == no_object.status_code
    assert 200 == (await act(service, loan_id, "renew")).status_code


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


@pytest.mark.parametrize("code", [refusal.code for refusal in OF_RENEWAL])
async def test_every_refusal_of_a_renewal_has_its_status_and_code(service: Service, code: str) -> None:
    loan_id = await arrange(service, await lent(service), code)

    override = {"override": {"codes": ["renewal-limit-reached"], "comment": "Please."}}
    how: dict[str, dict[str, Any]] = {
        "override-forbidden": {"body": override, "token": ADAS},
        "four-eyes": {"body": override, "token": COLLEAGUE},
        "out-of-date": {"if_match": '"99"'},
        "staff-only": {"body": {"no_block": {}}},
        "invalid-no-block": {"body": {"no_block": {"at": "2024-03-02T10:00:00Z"}}, "token": MACHINE},
        "invalid-due-date": {"body": {"no_block": {"due_at": "2026-03-02T09:00:00Z"}}, "token": MACHINE},
    }
    answer = await act(service, loan_id, "renew", **how.get(code, {}))

    assert (STATUS.get(code, 422), [code]) == (answer.status_code, codes_of(answer))


async def test_every_reason_against_a_renewal_is_told_at_once(service: Service) -> None:
    loan_id = await lent(service)
    for code in ("renewal-limit-reached", "held-by-other", "member-blocked"):
        await arrange(service, loan_id, code)

    answer = await act(service, loan_id, "renew")

    assert 409 == answer.status_code
    assert {"held-by-other", "member-blocked", "renewal-limit-reached"} == set(codes_of(answer))


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


async def test_staff_set_another_due_date_with_a_reason(service: Service) -> None:
    loan_id = await lent(service)

    changed = await act(service, loan_id, "due-date", LATER)
    without_reason = await act(service, loan_id, "due-date", {"due_at": LATER["due_at"]})

    assert (200, LATER["due_at"], 0) == (changed.status_code, changed.json()["due_at"], changed.json()["renewals"])
    assert 422 == without_reason.status_code


OTHERS: list[tuple[str, type[LibraryError]]] = [
    *(("due-date", kind) for kind in OF_CHANGING_THE_DUE_DATE if kind.code != "invalid-due-date"),
    *(("claim-returned", kind) for kind in OF_CLAIMING),
    *(("declare-lost", kind) for kind in OF_DECLARING_LOST),
    *(("found", kind) for kind in OF_FINDING),
    *(("resolve", kind) for kind in OF_RESOLVING),
]
BODIES: dict[str, dict[str, Any]] = {"due-date": LATER, "resolve": {"as": "missing"}}


@pytest.mark.parametrize(("verb", "kind"), OTHERS)
async def test_every_other_refusal_has_its_status_and_code(
    service: Service, verb: str, kind: type[LibraryError]
) -> None:
    loan_id = await arrange(service, await lent(service), kind.code)

    how: dict[str, Any] = {"token": COLLEAGUE} if kind is FourEyes else {}
    how |= {"if_match": '"99"'} if kind is OutOfDate else {}
    answer = await act(service, loan_id, verb, BODIES.get(verb, {}), **how)

    assert (STATUS[kind.code], [kind.code]) == (answer.status_code, codes_of(answer))


async def test_a_due_date_in_the_past_is_refused(service: Service) -> None:
    answer = await act(service, await lent(service), "due-date", LATER | {"due_at": "2026-03-01T12:00:00Z"})

    assert (422, ["invalid-due-date"]) == (answer.status_code, codes_of(answer))


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
