"""How a debt of another system goes on here."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from loans_service.domain.fines.fine import Fine, FineStatus
from loans_service.domain.lending.loan import Loan
from loans_service.domain.money import Money
from loans_service.domain.moving_in.former_records import FormerDebt, beginning, differences, is_other_day, not_after
from loans_service.domain.rules.policy import CHARGED_BY_LOANS, Policy, UnknownChargeKind
from shared.kernel.errors import LibraryError


def expect_reason(former: FormerDebt, policy: Policy) -> None:
    """Raise UnknownChargeKind unless it is what a loan can cost, or a kind of charge that the policy knows."""
    if former.reason not in (*CHARGED_BY_LOANS, *policy.charge_kinds):
        raise UnknownChargeKind(former.reason, kinds=(*CHARGED_BY_LOANS, *policy.charge_kinds))


def is_of(former: FormerDebt, loan: Loan, *, member_id: UUID, zone: ZoneInfo) -> bool:
    """Tell whether a debt about the copy of this open loan is one of the loan: the member's, and not older than it."""
    owed_since = beginning(former.since, zone).astimezone(zone).date()
    return loan.member_id == member_id and loan.checked_out_at.astimezone(zone).date() <= owed_since


def taken_over(
    former: FormerDebt,
    *,
    id: UUID,
    member_id: UUID,
    loan_id: UUID | None,
    currency: str,
    zone: ZoneInfo,
    now: datetime,
) -> Fine:
    """Return what is owed, with what was paid of it. Raises InvalidFormerTime and PaymentExceedsOwed."""
    since = not_after(beginning(former.since, zone), now, field="since")
    fine = Fine(
        id=id,
        loan_id=loan_id,
        member_id=member_id,
        reason=former.reason,
        amount=Money(former.amount, currency),
        now=since,
        why=former.note or "",
    )
    if former.paid:
        fine.pay(Money(former.paid, currency), now=since)
    return fine


def follow(fine: Fine, former: FormerDebt, *, now: datetime) -> bool:
    """Let what was taken over before be paid as far as the other system says now; tell whether that is news."""
    if fine.status is not FineStatus.OWED or former.paid <= fine.paid:
        return False
    fine.pay(Money(min(former.paid - fine.paid, fine.owed), fine.currency), now=now)
    return True


def differing(
    fine: Fine, former: FormerDebt, *, member_id: UUID, loan_id: UUID | None, zone: ZoneInfo
) -> tuple[LibraryError, ...]:
    """Return in what a record differs from what is owed here: nothing posted is ever changed.

    What was paid here since is no difference, nor is a loan that is not open any more.
    """
    return differences(
        {
            "card_number": fine.member_id != member_id,
            "reason": fine.reason != former.reason,
            "amount": fine.amount != former.amount,
            "paid": former.paid > fine.paid,
            "since": is_other_day(fine.charged_at, former.since, zone),
            "barcode": loan_id is not None and fine.loan_id != loan_id,
        }
    )
