"""Acts on a loan, and how things come to stand so that one is refused."""

from datetime import date, timedelta
from typing import Any

from loans_service.domain.borrower import MemberBlocked, MemberLeaving, MembershipExpired, MemberSuspended
from loans_service.domain.rules.category_terms import Arrears
from shared.kernel.ids import new_id
from tests.loans.api.conftest import Service
from tests.loans.api.situations import arrange as arrange_arrears
from tests.loans.api.situations import change_rules, the_table
from tests.loans.makers import EMMA, EMMA_COPY, a_standing

LATER = {"due_at": "2026-04-01T12:00:00Z", "reason": "A reading group."}


STANDINGS = {
    kind.code: a_standing(against_renewal=(kind("Members says no. Ask at the desk."),))
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
    elif code in [*Arrears]:
        await act(service, loan_id, "due-date", LATER)
        await arrange_arrears(service, code)
        await stop_renewals(service, code)
    elif code == "too-overdue-to-renew":
        service.clock.pass_by(timedelta(days=30))
    await arrange_around(service, code)
    return str(new_id()) if code == "loan-not-found" else loan_id


async def stop_renewals(service: Service, *codes: str) -> None:
    """Let the policy stop renewals for this."""
    table = await the_table(service)
    answer = await service.put("/v1/policies", table | {"renewals_stopped_by": [*codes]}, if_match="*")
    assert 200 == answer.status_code, answer.text


async def arrange_around(service: Service, code: str) -> None:
    """Make the rules or the neighbours meet `code`."""
    if code == "member-not-found":
        service.members.by_card = {}
    elif code == "no-open-day":
        await service.put(
            "/v1/calendars/MAIN",
            {"timezone": "UTC", "closed": [{"from": "2026-01-01", "to": "2029-12-31", "name": "Rebuilt"}]},
        )
    elif code == "not-loanable-by-policy":
        await change_rules(service, loanable=False)
    elif code == "unseen-renewal-limit-reached":
        await change_rules(service, unseen_renewals=0)
    elif code == "too-early-to-renew":
        await change_rules(service, renew_not_before_days=3)
    elif code == "loan-recalled":
        await change_rules(service, recall={"minimum_days": 7, "due_in_days": 3}, renew_while_held="always")
        service.members.by_card["KIM"] = a_standing(member_id=new_id())
        await service.post("/v1/holds", {"copy_id": str(EMMA_COPY), "card_number": "KIM", "kind": "recall"})
        await service.choose_targets()
    service.members.down = code == "neighbour-unavailable"
