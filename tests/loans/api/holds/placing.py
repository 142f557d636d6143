"""Placing a hold, and how things come to stand so that it is refused."""

from typing import Any

from loans_service.domain.borrower import MemberBlocked, MemberLeaving, MembershipExpired, MemberSuspended
from loans_service.domain.lendable_copy import CopyNotLendable
from loans_service.domain.rules.category_terms import Arrears
from shared.kernel.ids import new_id
from tests.loans.api.conftest import Service
from tests.loans.api.situations import arrange as owe
from tests.loans.api.situations import change_hold_terms, change_terms, let_act
from tests.loans.makers import ADA, EMMA, EMMA_COPY, a_copy, a_standing

LIMITS: dict[str, dict[str, Any]] = {
    "hold-limit-reached": {"most_holds": 0},
    "daily-hold-limit-reached": {"most_holds_per_day": 0},
    "item-type-hold-limit-reached": {"most_holds_per_item_type": {"book": 0}},
}
EMMA_FOR_ADA = {"book_id": str(EMMA), "card_number": "ADA"}


async def place(service: Service, body: dict[str, Any] | None = None, **how: Any) -> Any:
    return await service.post("/v1/holds", body or EMMA_FOR_ADA, **how)


async def placed(service: Service, body: dict[str, Any] | None = None, **how: Any) -> str:
    answer = await place(service, body, **how)
    assert 201 == answer.status_code, answer.text
    hold_id: str = answer.json()["hold_id"]
    return hold_id


async def arrange(service: Service, code: str) -> dict[str, Any]:
    """Make the next hold meet `code`, and return what to send."""
    if code == "not-sent-there":
        await change_hold_terms(service, transport={"never": [{"to": "EAST"}]})
    return await (_owing(service, code) if code in [*Arrears] else _without_debt(service, code))


async def _without_debt(service: Service, code: str) -> dict[str, Any]:
    standings = {kind.code: kind for kind in (MembershipExpired, MemberSuspended, MemberBlocked, MemberLeaving)}
    if code in standings:
        service.members.by_card["ADA"] = a_standing(
            against_hold=(standings[code]("Members says no. Ask at the desk."),)
        )
    if code == "already-on-loan-to-member":
        await service.check_out()
    if code == "already-held-by-member":
        await placed(service)
    if code == "book-merged":
        service.catalogue.merged[EMMA] = new_id()
    if code == "no-lendable-copy":
        service.catalogue.copies = [a_copy(refusals=(CopyNotLendable("Withdrawn.", status="withdrawn"),))]
    if code in {"volume-not-named", "unknown-volume"}:
        service.catalogue.copies = [a_copy(volume="1"), a_copy(copy_id=new_id(), barcode="V2", volume="2")]
    if code in LIMITS:
        await change_terms(service, **LIMITS[code])
    if code == "hold-not-allowed-by-policy":
        service.catalogue.copies = [a_copy(item_type="reference")]
        return {"copy_id": str(EMMA_COPY), "card_number": "ADA"}
    service.catalogue.down = code == "neighbour-unavailable"
    if code == "may-not-act-for":
        let_act(service, "see")
    sent: dict[str, dict[str, Any]] = {
        "book-not-found": {"book_id": str(new_id()), "card_number": "ADA"},
        "copy-not-found": {"copy_id": str(new_id()), "card_number": "ADA"},
        "unknown-volume": EMMA_FOR_ADA | {"volume": "3"},
        "member-not-found": {"book_id": str(EMMA), "card_number": "nobody"},
        "member-not-named": {"book_id": str(EMMA)},
        "card-replaced": {"book_id": str(EMMA), "card_number": "OLD"},
        "card-stopped": {"book_id": str(EMMA), "card_number": "LOST"},
        "guardian-not-found": EMMA_FOR_ADA | {"acting_for": str(EMMA)},
        "may-not-act-for": {"book_id": str(EMMA), "card_number": "DAN", "acting_for": str(ADA)},
        "not-sent-there": EMMA_FOR_ADA | {"pickup_branch": "EAST"},
        "unknown-branch": EMMA_FOR_ADA | {"pickup_branch": "ATLANTIS"},
        "invalid-hold-expiry": EMMA_FOR_ADA | {"expires_on": "2026-03-01"},
        "invalid-hold-start": EMMA_FOR_ADA | {"not_before": "2026-04-02", "expires_on": "2026-04-01"},
        "override-forbidden": EMMA_FOR_ADA | {"override": {"codes": ["hold-limit-reached"], "comment": "Please."}},
    }
    sent["four-eyes"] = sent["override-forbidden"]
    return sent.get(code, EMMA_FOR_ADA)


async def _owing(service: Service, code: str) -> dict[str, Any]:
    """Let Ada owe so much, or have so much overdue, that the policy stops her holds; return one for another book."""
    await owe(service, code)
    await change_hold_terms(service, stopped_by=[code])
    service.catalogue.copies.append(a_copy(copy_id=new_id(), book_id=(other := new_id()), barcode="OTHER"))
    return {"book_id": str(other), "card_number": "ADA"}
