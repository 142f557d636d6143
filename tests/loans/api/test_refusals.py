"""Each refusal of each act, once over HTTP: status, code, and a sentence that helps. The domain's tests prove why."""

import httpx
import pytest

from loans_service.application.consistency.check_consistency import CheckConsistency, RepairConsistency
from loans_service.application.fines.give_back import RefundReceipt
from loans_service.application.fines.pay_borrower import PayBorrower
from loans_service.application.fines.send_to_collection import SendToCollection
from loans_service.application.fines.settle_fine import PayFine
from loans_service.application.holds.placing.move_hold import MoveHold
from loans_service.application.lending.check_out_copy import CheckOutCopy
from loans_service.application.moving_in.use_cases import MovingInUseCases
from loans_service.application.privacy.export_borrower import ExportBorrower
from loans_service.application.privacy.forget_history import ForgetHistory
from loans_service.application.tills.pay_out import PayOut
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.loans.api.conftest import ADAS, ADMIN, Service
from tests.loans.api.fines import refusals as fines
from tests.loans.api.holds import refusals as holds
from tests.loans.api.lending import refusals as lending
from tests.loans.api.reports import refusals as reports
from tests.loans.api.rules import refusals as rules
from tests.loans.api.tills import refusals as tills
from tests.loans.makers import ADA
from tests.refusals import EVERY, Meets, Reasons, Tables, assert_refused, assert_tables_are_whole, rows


async def import_what(service: Service, query: str) -> httpx.Response:
    return await service.http.post(f"/v1/imports?{query}", content=b"{}", headers={"Authorization": f"Bearer {ADMIN}"})


async def repair_in_vain(service: Service) -> httpx.Response:
    service.catalogue.down = True
    return await service.post("/v1/consistency/repair", {}, token=ADMIN)


async def forget_nobodys(service: Service) -> httpx.Response:
    path = f"/v1/borrowers/me/history?loan_id={new_id()}"
    return await service.http.delete(path, headers={"Authorization": f"Bearer {ADAS}"})


OTHERS: Tables[Service] = {
    CheckConsistency: {"neighbour-unavailable": lending.asked_in_vain("/v1/consistency", ADMIN)},
    RepairConsistency: {"neighbour-unavailable": repair_in_vain},
    ExportBorrower: {
        "borrower-not-found": lambda service: service.get(f"/v1/borrowers/{ADA}/export", lending.SOMEBODY)
    },
    ForgetHistory: {"loan-not-found": forget_nobodys},
    MovingInUseCases: {
        "invalid-mapping": lambda service: import_what(service, "what=loans&format=csv&mapping=x"),
    },
}
TABLES = {
    **lending.TABLES,
    **holds.TABLES,
    **fines.TABLES,
    **rules.TABLES,
    **tills.TABLES,
    **reports.TABLES,
    **OTHERS,
}
_ONE_CURRENCY = {"other-currency-of-till": "only where a library has changed its currency since the till was made"}
REASONS: Reasons = {
    **dict.fromkeys((PayFine, PayBorrower, RefundReceipt, PayOut), _ONE_CURRENCY),
    CheckOutCopy: {EVERY: "asked for through OfflineCheckOut, which stands before it"},
    MoveHold: {"override-forbidden": "for staff alone; what cannot be overridden is told by name in one sentence"},
    SendToCollection: {EVERY: "told in the line of the member, as test_collections proves"},
    MovingInUseCases: {"invalid-what": "the query says what there is; the command line is told"},
}
STATUS = {
    **dict.fromkeys(
        (
            "copy-not-found",
            "member-not-found",
            "card-replaced",
            "card-stopped",
            "guardian-not-found",
            "book-not-found",
            "book-merged",
        ),
        404,
    ),
    **dict.fromkeys(("loan-not-found", "hold-not-found", "fine-not-found", "borrower-not-found"), 404),
    **dict.fromkeys(("policy-not-found", "calendar-not-found"), 404),
    **dict.fromkeys(("copy-on-loan", "copy-not-lendable", "copy-held-for-other", "held-by-other"), 409),
    **dict.fromkeys(("loan-not-open", "loan-lost", "loan-not-lost", "claimed-returned", "loan-not-claimed"), 409),
    **dict.fromkeys(("already-on-loan-to-member", "already-held-by-member", "no-lendable-copy"), 409),
    **dict.fromkeys(("hold-not-active", "hold-not-waiting", "hold-has-no-target", "hold-queue-differs"), 409),
    **dict.fromkeys(("fine-not-owed", "payment-reference-used", "not-suspended-for-lateness"), 409),
    **dict.fromkeys(("override-forbidden", "staff-only", "self-check-out-off", "four-eyes", "taken-by-another"), 403),
    **dict.fromkeys(("till-not-found", "receipt-not-found", "payout-not-found"), 404),
    **dict.fromkeys(("till-exists", "till-closed", "session-open", "session-over", "receipt-not-a-payment"), 409),
    **dict.fromkeys(("already-given-back", "payer-forgotten", "credit-spent", "payout-not-due"), 409),
    **dict.fromkeys(("hold-not-ready", "copy-lent-then"), 409),
    **dict.fromkeys(("form-not-found", "line-not-found"), 404),
    **dict.fromkeys(("report-frozen", "year-not-over"), 409),
    "right-missing": 403,
    "out-of-date": 412,
    "neighbour-unavailable": 503,
}
"""422 if it is none of these: a value, or a rule."""
IN_ONE = frozenset({"fine-not-owed", "hold-not-allowed-by-policy", "not-loanable-by-policy"})
"""What says in one sentence what is right, or leaves nothing to do."""


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """One kind of database is enough: no SQL is proved here."""
    return sqlite_database


@pytest.mark.parametrize(("code", "meets"), rows(TABLES))
async def test_a_refusal_has_its_status_its_code_and_a_sentence_that_helps(
    service: Service, code: str, meets: Meets[Service]
) -> None:
    assert_refused(await meets(service), code, status=STATUS.get(code, 422), in_one=IN_ONE)


def test_each_refusal_that_an_act_declares_stands_in_a_table() -> None:
    assert_tables_are_whole("loans_service", TABLES, REASONS)
