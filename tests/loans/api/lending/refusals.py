"""How a client is refused loans, returns, and what happens to a loan in between."""

from datetime import timedelta
from typing import Any

import httpx

from loans_service.application.lending.amendments.amend_loan import ChangeDueDate, ClaimReturned, DeclareLost, FindCopy
from loans_service.application.lending.amendments.change_due_dates import ChangeDueDates
from loans_service.application.lending.amendments.close_branch import CloseBranch
from loans_service.application.lending.amendments.resolve_claim import ResolveClaim
from loans_service.application.lending.check_out_backdated import BackdatedCheckOut
from loans_service.application.lending.check_out_offline import OfflineCheckOut
from loans_service.application.lending.count_in_house_uses import CountInHouseUses
from loans_service.application.lending.explain_check_out import ExplainCheckOut
from loans_service.application.lending.find_branch import FindBranch
from loans_service.application.lending.renewals.find_renewable import FindRenewable
from loans_service.application.lending.renewals.renew_loan import RenewLoan
from loans_service.application.lending.return_copy import ReturnCopy
from loans_service.application.lending.show_borrower import ShowBorrower
from loans_service.application.lending.show_loans import ListLoans, ShowHistory, ShowLoan
from shared.kernel.ids import new_id
from tests.loans.api.conftest import ADAS, ADMIN, LIBRARIAN, Service, a_token
from tests.loans.api.lending.acts import LATER, act, arrange, lent
from tests.loans.api.situations import COLLEAGUE, KIOSK, MACHINE, change_rules, let_act
from tests.loans.api.situations import arrange as arrange_check_out
from tests.loans.makers import ADA, EMMA
from tests.refusals import Meets, Tables

SOMEBODY = a_token(role="member", member_id=new_id())
AT_EMMA = {"copy_barcode": "30000000000019"}
USED = {"barcodes": ["30000000000019"], "branch": "MAIN"}
YEARS_AGO = {"offline": {"at": "2024-03-02T10:00:00Z"}}
FLOOD = {"from": "2026-03-20", "to": "2026-03-27", "name": "Flood"}
PLEASE = {"override": {"codes": ["renewal-limit-reached"], "comment": "Please."}}


def check_out(code: str) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        return await service.check_out(**await arrange_check_out(service, code))

    return meets


def amend(code: str, verb: str, body: dict[str, Any] | None = None, **how: Any) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        loan_id = await arrange(service, await lent(service), code)
        answer: httpx.Response = await act(service, loan_id, verb, body, **how)
        return answer

    return meets


def amendments(verb: str, *codes: str, body: dict[str, Any] | None = None) -> dict[str, Meets[Service]]:
    """Return what every amendment refuses, and these."""
    return {
        "four-eyes": amend("four-eyes", verb, body, token=COLLEAGUE),
        "out-of-date": amend("out-of-date", verb, body, if_match='"99"'),
    } | {code: amend(code, verb, body) for code in ("loan-not-found", "loan-not-open", *codes)}


def asked_in_vain(path: str, token: str | None = None) -> Meets[Service]:
    """Ask while no neighbour answers."""

    async def meets(service: Service) -> httpx.Response:
        service.members.down = service.catalogue.down = True
        return await service.get(path, token)

    return meets


def do_all(path: str, card: str | None, *, in_vain: bool = False) -> Meets[Service]:
    """Do something with all that somebody has."""

    async def meets(service: Service) -> httpx.Response:
        service.members.down = in_vain
        return await service.post(path, {} if card is None else {"card_number": card})

    return meets


def of_all(path: str) -> dict[str, Meets[Service]]:
    return {
        "member-not-found": do_all(path, "nobody"),
        "card-replaced": do_all(path, "OLD"),
        "member-not-named": do_all(path, None),
        "neighbour-unavailable": do_all(path, "ADA", in_vain=True),
    }


async def explain_in_vain(service: Service) -> httpx.Response:
    service.members.down = True
    return await service.post("/v1/loans/decision", AT_EMMA | {"card_number": "ADA"})


async def give_back(service: Service, token: str = LIBRARIAN, **body: Any) -> httpx.Response:
    await service.check_out()
    service.clock.pass_by(timedelta(days=1))
    return await service.post("/v1/returns", AT_EMMA | body, token=token)


async def give_back_uncounted(service: Service) -> httpx.Response:
    await service.check_out()
    await service.note_of(staff_note="3 discs.")
    await change_rules(service, confirm_notes=True)
    return await service.bring_back()


async def give_back_unknown_in_vain(service: Service) -> httpx.Response:
    service.catalogue.down = True
    return await service.bring_back()


async def use_in_vain(service: Service) -> httpx.Response:
    service.catalogue.down = True
    return await service.post("/v1/in-house-uses", USED)


async def lend_what_was_out(service: Service) -> httpx.Response:
    await lent(service)
    service.clock.pass_by(timedelta(days=1))
    assert 200 == (await service.bring_back()).status_code
    return await service.check_out(lent_at="2026-03-02T10:00:00Z", reason="Power cut.")


async def close(service: Service, branch: str = "MAIN", **change: str) -> httpx.Response:
    return await service.post(f"/v1/calendars/{branch}/closures", FLOOD | change, None, ADMIN)


async def close_in_vain(service: Service) -> httpx.Response:
    service.catalogue.down = True
    return await close(service)


async def renew_as_onlooker(service: Service) -> httpx.Response:
    dans = a_token(role="member", member_id=let_act(service, "see"))
    answer: httpx.Response = await act(service, await lent(service), "renew", {"acting_for": str(ADA)}, token=dans)
    return answer


TABLES: Tables[Service] = {
    OfflineCheckOut: {
        "self-check-out-off": lambda service: service.post("/v1/loans", AT_EMMA, token=ADAS),
    }
    | {
        code: check_out(code)
        for code in (
            *("copy-not-found", "member-not-found", "card-replaced", "card-stopped", "copy-on-loan"),
            *("copy-held-for-other", "guardian-not-found", "may-not-act-for"),
            *("copy-not-lendable", "membership-expired", "member-suspended", "member-blocked", "member-leaving"),
            *("loan-limit-reached", "item-type-limit-reached", "shared-limit-reached"),
            *("too-many-overdue", "fines-owed", "too-many-lost", "recall-overdue", "suspended-for-lateness"),
            *("not-loanable-by-policy", "invalid-due-date", "no-open-day", "unknown-branch", "override-forbidden"),
            *("staff-only", "four-eyes", "notes-not-confirmed", "neighbour-unavailable", "invalid-offline"),
        )
    },
    BackdatedCheckOut: {"invalid-lent-at": check_out("invalid-lent-at"), "copy-lent-then": lend_what_was_out},
    CountInHouseUses: {
        "unknown-branch": lambda service: service.post("/v1/in-house-uses", USED | {"branch": "ATLANTIS"}),
        "neighbour-unavailable": use_in_vain,
    },
    FindRenewable: of_all("/v1/loans/renewals"),
    FindBranch: {"unknown-branch": amend("", "renew", {"branch": "ATLANTIS"})},
    ChangeDueDates: {
        "invalid-due-date": lambda service: service.post(
            "/v1/loans/due-dates", {"where": {"branch": "MAIN"}, "due_at": "2026-03-01T12:00:00Z"}
        ),
    },
    ExplainCheckOut: {"neighbour-unavailable": explain_in_vain},
    ReturnCopy: {
        "copy-not-found": lambda service: service.bring_back(copy_barcode="nowhere"),
        "unknown-branch": lambda service: give_back(service, branch="ATLANTIS"),
        "invalid-return-time": lambda service: give_back(service, returned_at="2026-03-01T10:00:00Z"),
        "invalid-offline": lambda service: give_back(service, MACHINE, **YEARS_AGO),
        "staff-only": lambda service: give_back(service, KIOSK, returned_at="2026-03-02T11:00:00Z"),
        "four-eyes": lambda service: give_back(service, COLLEAGUE, returned_at="2026-03-02T11:00:00Z"),
        "notes-not-confirmed": give_back_uncounted,
        "neighbour-unavailable": give_back_unknown_in_vain,
    },
    RenewLoan: {
        "override-forbidden": amend("override-forbidden", "renew", PLEASE, token=ADAS),
        "four-eyes": amend("four-eyes", "renew", PLEASE, token=COLLEAGUE),
        "out-of-date": amend("out-of-date", "renew", if_match='"99"'),
        "staff-only": amend("staff-only", "renew", {"offline": {}}),
        "invalid-offline": amend("invalid-offline", "renew", YEARS_AGO, token=MACHINE),
        "guardian-not-found": amend("", "renew", {"acting_for": str(EMMA)}, token=ADAS),
        "may-not-act-for": renew_as_onlooker,
        "invalid-due-date": amend(
            "invalid-due-date", "renew", {"offline": {"due_at": "2026-03-02T09:00:00Z"}}, token=MACHINE
        ),
    }
    | {
        code: amend(code, "renew")
        for code in (
            *("loan-not-found", "member-not-found", "loan-not-open", "loan-lost", "claimed-returned", "held-by-other"),
            *("loan-recalled", "membership-expired", "member-suspended", "member-blocked", "member-leaving"),
            *("renewal-limit-reached", "unseen-renewal-limit-reached", "too-overdue-to-renew", "too-early-to-renew"),
            *("renewal-changes-nothing", "not-loanable-by-policy", "no-open-day", "neighbour-unavailable"),
            *("too-many-overdue", "fines-owed", "too-many-lost", "recall-overdue"),
        )
    },
    ChangeDueDate: {
        **amendments("due-date", "loan-lost", "claimed-returned", body=LATER),
        "invalid-due-date": amend("invalid-due-date", "due-date", LATER | {"due_at": "2026-03-01T12:00:00Z"}),
    },
    ClaimReturned: amendments("claim-returned", "loan-lost"),
    DeclareLost: {
        **amendments("declare-lost"),
        "other-currency": amend("other-currency", "declare-lost", {"price": {"amount": 1200, "currency": "USD"}}),
    },
    FindCopy: amendments("found", "loan-not-lost"),
    ResolveClaim: amendments("resolve", "loan-not-claimed", body={"as": "missing"}),
    CloseBranch: {
        "no-open-day": lambda service: close(service, to="2028-03-22"),
        "unknown-branch": lambda service: close(service, "MIAN"),
        "closing-passed": lambda service: close(service, **{"from": "2020-01-01", "to": "2020-01-02"}),
        "neighbour-unavailable": close_in_vain,
    },
    ShowBorrower: {
        "borrower-not-found": lambda service: service.get(f"/v1/borrowers/{ADA}", SOMEBODY),
        "member-not-found": lambda service: service.get(f"/v1/borrowers/{new_id()}"),
        "neighbour-unavailable": asked_in_vain(f"/v1/borrowers/{ADA}"),
    },
    ListLoans: {
        "card-replaced": lambda service: service.get("/v1/loans?card_number=OLD"),
        "card-stopped": lambda service: service.get("/v1/loans?card_number=LOST"),
        "sort-needs-member": lambda service: service.get("/v1/loans?sort=due_at"),
        "neighbour-unavailable": asked_in_vain("/v1/loans?card_number=ADA"),
    },
    ShowLoan: {"loan-not-found": lambda service: service.get(f"/v1/loans/{new_id()}")},
    ShowHistory: {"loan-not-found": lambda service: service.get(f"/v1/loans/{new_id()}/history")},
}
