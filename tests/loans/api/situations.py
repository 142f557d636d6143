"""Situations at the desk that a check-out may meet."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from loans_service.application.lending.sweep import Swept
from loans_service.application.privacy.clear_borrower import LeavingNews
from loans_service.domain.borrower import MemberBlocked, MemberLeaving, MembershipExpired, MemberSuspended
from loans_service.domain.lendable_copy import CopyNotLendable
from loans_service.domain.rights import SEE_LOANS
from shared.kernel.ids import new_id
from tests.loans.api.conftest import Service, a_token
from tests.loans.makers import ADA, EMMA, EMMA_COPY, a_copy, a_standing

COLLEAGUE = a_token(role="librarian", member_id=ADA)
"""Somebody of the staff, who is the member at the desk."""
KIOSK = a_token(scope="loans:write", client_id="kiosk")
READER = a_token(role="librarian", rights=f"{1 << SEE_LOANS.number:x}:*")
"""Somebody of the staff, who sees what members have, and not what they had."""
MACHINE = a_token(scope="loans:write loans:offline", client_id="kiosk")
"""A kiosk that was registered for work offline."""
SENT: dict[str, dict[str, Any]] = {
    "copy-not-found": {"copy_barcode": "nowhere"},
    "member-not-found": {"card_number": "nobody"},
    "card-replaced": {"card_number": "OLD"},
    "card-stopped": {"card_number": "LOST"},
    "guardian-not-found": {"acting_for": str(EMMA)},
    "may-not-act-for": {"card_number": "DAN", "acting_for": str(ADA)},
    "unknown-branch": {"branch": "ATLANTIS"},
    "invalid-due-date": {"due_at": "2026-03-02T09:59:59Z"},
    "override-forbidden": {"override": {"codes": ["loan-limit-reached"], "comment": "please"}, "token": KIOSK},
    "four-eyes": {"due_at": "2026-03-05T12:00:00Z", "token": COLLEAGUE},
    "staff-only": {"due_at": "2026-03-05T12:00:00Z", "token": KIOSK},
    "invalid-offline": {"offline": {"at": "2024-03-02T10:00:00Z"}, "token": MACHINE},
    "invalid-lent-at": {"lent_at": "2026-03-02T10:00:01Z", "reason": "Power cut."},
    "override-without-need": {"override": {"codes": ["loan-limit-reached"], "comment": "just in case"}},
}
COPIES = {
    "copy-not-lendable": a_copy(refusals=(CopyNotLendable("It is in repair. Take another copy.", status="in_repair"),)),
    "not-loanable-by-policy": a_copy(item_type="reference"),
    "notes-not-confirmed": replace(a_copy(), staff_note="3 discs."),
}
LIMITS: dict[str, dict[str, Any]] = {
    "item-type-limit-reached": {"most_loans_per_item_type": {"book": 1}},
    "shared-limit-reached": {"most_loans_of": [{"item_types": ["book", "dvd"], "branches": ["main"], "most": 1}]},
}
STANDINGS = {
    kind.code: a_standing(refusals=(kind("Members says no. Ask at the desk."),))
    for kind in (MembershipExpired, MemberSuspended, MemberBlocked, MemberLeaving)
}


async def arrange(service: Service, code: str) -> dict[str, Any]:
    """Make the next check-out meet `code`, and return what to send."""
    service.catalogue.copies = [COPIES.get(code, a_copy())]
    service.members.by_card["ADA"] = STANDINGS.get(code, a_standing())
    service.catalogue.down = code == "neighbour-unavailable"
    let_act(service, "see")
    if code == "copy-held-for-other":
        service.members.by_card["KIM"] = a_standing(member_id=new_id())
        assert 201 == (await service.post("/v1/holds", {"copy_id": str(EMMA_COPY), "card_number": "KIM"})).status_code
    if code == "copy-on-loan":
        service.members.by_card["KIM"] = a_standing(member_id=new_id())
        assert 201 == (await service.check_out(card_number="KIM")).status_code
    if code == "loan-limit-reached":
        await borrow(service, 10)
    await _fall_into_arrears(service, code)
    if code in LIMITS:
        await change_terms(service, **LIMITS[code])
        await borrow(service, 1)
    if code == "suspended-for-lateness":
        await suspend(service)
    if code == "notes-not-confirmed":
        await change_rules(service, confirm_notes=True)
    if code == "no-open-day":
        never = {"timezone": "UTC", "closed": [{"from": "2026-01-01", "to": "2029-12-31", "name": "Rebuilt"}]}
        assert 201 == (await service.put("/v1/calendars/MAIN", never)).status_code
    return SENT.get(code, {})


async def _fall_into_arrears(service: Service, code: str) -> None:
    """Let Ada owe, lose or keep so much that borrowing stops with `code`, if it is one of these."""
    if code == "too-many-overdue":
        await borrow(service, 3)
        service.clock.pass_by(timedelta(days=30))
    if code == "too-many-lost":
        await change_terms(service, most_lost=1)
        await lose(service, 100)
    if code == "fines-owed":
        await lose(service)
    if code == "recall-overdue":
        await keep_what_was_recalled(service)


async def lose(service: Service, cents: int = 2_500) -> None:
    """Let Ada lose a copy of this price, which costs its processing, too."""
    price = {"price": {"amount": cents, "currency": "EUR"}}
    lost = (await service.check_out(copy_barcode=shelve(service, "LOST"))).json()
    assert 200 == (await service.post(f"/v1/loans/{lost['loan_id']}/declare-lost", price)).status_code


async def keep_what_was_recalled(service: Service) -> None:
    """Let Ada keep a copy that was recalled for Kim three days longer than the policy bears."""
    await change_terms(service, most_days_recall_overdue=3)
    await change_rules(service, recall={"minimum_days": 1, "due_in_days": 1})
    await service.check_out(copy_barcode=shelve(service, "RECALLED"))
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    (copy,) = [copy for copy in service.catalogue.copies if copy.barcode == "RECALLED"]
    recall = {"copy_id": str(copy.copy_id), "card_number": "KIM", "kind": "recall"}
    assert 201 == (await service.post("/v1/holds", recall)).status_code
    await service.choose_targets()
    service.clock.pass_by(timedelta(days=6))


async def suspend(service: Service, *, days_late: int = 3) -> dict[str, Any]:
    """Let Ada bring a copy back late, for which the rules suspend her for two days a day; return the answer."""
    await change_rules(service, fine=None, suspension={"days_per_day": 2})
    barcode = shelve(service, "LATE")
    assert 201 == (await service.check_out(copy_barcode=barcode)).status_code
    service.clock.pass_by(timedelta(days=21 + days_late))
    answer = await service.bring_back(copy_barcode=barcode)
    assert 200 == answer.status_code, answer.text
    done: dict[str, Any] = answer.json()
    return done


def let_act(service: Service, *may: str) -> UUID:
    """Let Dan, whose card is DAN, be Ada's guardian who may do this; return his id."""
    dan = service.members.by_card.setdefault("DAN", a_standing(member_id=new_id())).member_id
    service.members.acting[dan, ADA] = frozenset(may)
    return dan


async def borrow(service: Service, number: int) -> None:
    for index in range(number):
        barcode = shelve(service, f"C{index}")
        assert 201 == (await service.check_out(copy_barcode=barcode)).status_code


def shelve(service: Service, barcode: str) -> str:
    """Let the library own one more copy of the book; return its barcode."""
    service.catalogue.copies.append(a_copy(copy_id=new_id(), barcode=barcode))
    return barcode


async def change_rules(service: Service, **change: Any) -> None:
    """Set these facts in every rule."""
    table = await the_table(service)
    for rule in table["rules"]:
        rule.update(change)
    assert 200 == (await service.put("/v1/policies", table | {"cases": []}, if_match="*")).status_code


async def change_terms(service: Service, **change: Any) -> None:
    """Set these facts in the terms of every category."""
    table = await the_table(service)
    for terms in table["terms"]:
        terms.update(change)
    assert 200 == (await service.put("/v1/policies", table | {"cases": []}, if_match="*")).status_code


async def change_hold_terms(service: Service, **change: Any) -> None:
    """Set how the policy treats holds."""
    table = await the_table(service)
    answer = await service.put("/v1/policies", table | {"holds": table["holds"] | change}, if_match="*")
    assert 200 == answer.status_code, answer.text


async def the_table(service: Service) -> dict[str, Any]:
    """Return the table in force as it may be put again."""
    table: dict[str, Any] = (await service.get("/v1/policies")).json()
    return {name: value for name, value in table.items() if name not in {"version", "made_at"}}


async def hold(service: Service, card: str, **body: Any) -> dict[str, Any]:
    """Place a hold for Emma, to be fetched in MAIN if `body` does not say otherwise."""
    answer = await service.post(
        "/v1/holds", {"book_id": str(EMMA), "card_number": card, "pickup_branch": "MAIN"} | body
    )
    assert 201 == answer.status_code, answer.text
    placed: dict[str, Any] = answer.json()
    return placed


async def state_of(service: Service, hold_id: str) -> str:
    status: str = (await service.get(f"/v1/holds/{hold_id}")).json()["status"]
    return status


async def sweep(service: Service) -> Swept:
    """Do the timed work; nothing of it may fail."""
    done: Swept = await service.app.state.lending.sweep()
    assert 0 == done.failed
    return done


async def hear_that_ada_leaves(service: Service) -> None:
    await service.app.state.privacy.note_leaving(LeavingNews(str(new_id()), ADA, new_id(), 1), listener="loans.members")
