"""How a debt from another system continues here."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from loans_service.domain.fines.fine import Fine, FineStatus
from loans_service.domain.lending.loan import Loan
from loans_service.domain.money import Money
from loans_service.domain.moving_in.former_records import FormerDebt, beginning, differences, is_other_day, not_after
from loans_service.domain.rules.charge_kinds import CHARGED_BY_LOANS, FEES, UnknownChargeKind
from loans_service.domain.rules.policy import Policy
from shared.kernel.errors import LibraryError


def expect_reason(former: FormerDebt, policy: Policy) -> None:
    """Raise UnknownChargeKind unless the reason is one of loans, a fee, or a kind of charge in the policy."""
    kinds = tuple(dict.fromkeys((*CHARGED_BY_LOANS, *FEES, *policy.charge_kinds)))
    if former.reason not in kinds:
        raise UnknownChargeKind(former.reason, kinds=kinds)


def is_of(former: FormerDebt, loan: Loan, *, member_id: UUID, zone: ZoneInfo) -> bool:
    """Return whether a debt about a copy belongs to its open loan: same member, and not older than the loan."""
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
    """Return the debt as a fine, with what was already paid. Raises InvalidFormerTime and PaymentExceedsOwed."""
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
    """Post what was paid in the other system since the last import; return whether anything was."""
    if fine.status is not FineStatus.OWED or former.paid <= fine.paid:
        return False
    fine.pay(Money(min(former.paid - fine.paid, fine.owed), fine.currency), now=now)
    return True


def differing(
    fine: Fine, former: FormerDebt, *, member_id: UUID, loan_id: UUID | None, zone: ZoneInfo
) -> tuple[LibraryError, ...]:
    """Return how a record differs from the fine, whose postings are never changed.

    Payments made here since do not count as a difference, nor does a loan that is no longer open.
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
