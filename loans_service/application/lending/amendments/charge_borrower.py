"""What several acts share: they charge a borrower, or refund a charge."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from loans_service.domain.fines.fine import Booked, Fine, FineReason, FineStatus
from loans_service.domain.fines.lateness_suspension import LatenessSuspension
from loans_service.domain.lending.lateness import charged_since
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.domain.money import Money
from loans_service.domain.rules.fines import left_to_charge, overdue_fine, price_of_loss
from loans_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.ids import new_id

_UNPAID = "What was paid for the lost copy was given back."


@dataclass(frozen=True, slots=True)
class Lateness:
    """What lateness came to: a fine, and until when borrowing is suspended; None: neither."""

    fine: Fine | None = None
    suspended_until: date | None = None


async def charge_lateness(loan: Loan, *, uow: UnitOfWork, now: datetime) -> Lateness:
    """Charge the lateness of a copy that came back, by the rule that the loan was made under.

    It counts until the copy came back or was declared lost, since from then on its price is owed instead. What another
    system charged before the loan was taken over is deducted. Nothing is charged for a copy that was claimed returned
    and turned up in the library, for one that turned up too late for a refund of its price, or if the borrower has been
    forgotten meanwhile.
    """
    late_until = loan.late_until
    if loan.returned_at is None or late_until is None or late_until <= loan.due_at:
        return Lateness()
    if loan.claimed_at and not loan.lost_at:
        return Lateness()
    if loan.anonymised_at is not None:
        return Lateness()
    policy = await uow.rulebook.policy(loan.terms.policy_version)
    refund_days = policy.lost_terms(loan.terms.rule).refund_within_days
    if loan.lost_at is not None and loan.returned_at > loan.lost_at + timedelta(days=refund_days):
        return Lateness()
    recalled = loan.recalled_at is not None
    fine = None
    owed = await _lateness_costs(loan, loan.due_at, until=late_until, recalled=recalled, uow=uow)
    if owed is not None:
        before = (each for each in await uow.fines.of_loan(loan.id) if each.reason == FineReason.OVERDUE)
        charged = ((each.charged_at, Money(each.amount, each.currency)) for each in before)
        left = left_to_charge(owed, charged_since(loan.due_at, charged))
        fine = None if left is None else charge(loan, FineReason.OVERDUE, left, uow=uow, now=now)
    suspended_until = await _suspend(loan, loan.due_at, until=late_until, back_at=loan.returned_at, uow=uow, now=now)
    return Lateness(fine, suspended_until)


async def charge_late_renewal(
    loan: Loan, due_at: datetime, *, recalled: bool, renewed_at: datetime, uow: UnitOfWork
) -> None:
    """Charge the lateness since `due_at` that a renewal has ended, by the rule that the loan was made under.

    `recalled`: the loan was recalled before the renewal. It is charged as of the renewal, so that later lateness is
    charged separately.
    """
    owed = await _lateness_costs(loan, due_at, until=renewed_at, recalled=recalled, uow=uow)
    if owed is not None:
        charge(loan, FineReason.OVERDUE, owed, uow=uow, now=renewed_at)
    await _suspend(loan, due_at, until=renewed_at, back_at=renewed_at, uow=uow, now=renewed_at)


async def _suspend(
    loan: Loan, due_at: datetime, *, until: datetime, back_at: datetime, uow: UnitOfWork, now: datetime
) -> date | None:
    """Suspend borrowing for lateness that ended `until`, from the day of `back_at` on, if the rule says so.

    Return the last day.
    """
    rule = (await uow.rulebook.policy(loan.terms.policy_version)).rule_named(loan.terms.rule)
    if rule is None or rule.suspension is None:
        return None
    calendar = (await uow.rulebook.in_force(branch=loan.branch, timezone=loan.timezone)).calendar
    days, starts_on = rule.suspension.days(due_at, until, calendar), calendar.day_of(back_at)
    if days == 0:
        return None
    await uow.suspensions.lock(loan.member_id)
    ends_on = rule.suspension.ends_on(starts_on, days, suspended_until=await uow.suspensions.until(loan.member_id))
    suspension = LatenessSuspension(
        id=new_id(),
        member_id=loan.member_id,
        loan_id=loan.id,
        starts_on=starts_on,
        ends_on=ends_on,
        days=days,
        made_at=now,
    )
    await uow.suspensions.add(suspension)
    return ends_on


def charge_reminder(loan: Loan, *, uow: UnitOfWork, now: datetime) -> None:
    """Charge the reminder that was just recorded, if its rule says so."""
    if loan.reminder_fee is not None:
        charge(loan, FineReason.REMINDER, loan.reminder_fee, uow=uow, now=now)


async def _lateness_costs(
    loan: Loan, due_at: datetime, *, until: datetime, recalled: bool, uow: UnitOfWork
) -> Money | None:
    rule = (await uow.rulebook.policy(loan.terms.policy_version)).rule_named(loan.terms.rule)
    if rule is None:
        return None
    calendar = (await uow.rulebook.in_force(branch=loan.branch, timezone=loan.timezone)).calendar
    return overdue_fine(due_at, until, calendar=calendar, rule=rule, price=loan.price, recalled=recalled)


async def charge_loss(loan: Loan, *, uow: UnitOfWork, now: datetime, price: Money | None = None, why: str = "") -> None:
    """Charge the price of a lost copy, by default that of the policy, and its processing.

    `price` comes from staff or from books just now; without it, the price that books last reported, or that at the
    check-out, is charged. A loss that costs nothing is settled at once.
    """
    terms = (await uow.rulebook.policy(loan.terms.policy_version)).lost_terms(loan.terms.rule)
    price = price_of_loss(terms.default_price, price or await uow.copies.price_of(loan.copy.copy_id) or loan.price)
    amounts = ((FineReason.LOST, price), (FineReason.PROCESSING, terms.processing))
    for reason, amount in amounts:
        if amount.amount > 0:
            charge(loan, reason, amount, uow=uow, now=now, why=why)
    if not any(amount.amount for _, amount in amounts):
        loan.settle(now=now)
        await give_deposit_back(loan, why="The lost copy costs nothing.", uow=uow, now=now)


async def settle_loss(loan_id: UUID, *, uow: UnitOfWork, now: datetime) -> None:
    """Implements `settling.SettlesLoss`: close the loan of a lost copy if nothing is owed for it any more.

    If books has put the copy back into service meanwhile, it is free again. If something is owed again, the loan opens
    again, unless the copy was seen since it closed. The book must be locked.
    """
    loan = await uow.loans.get(loan_id)
    if loan is None or loan.bill_at is not None:
        return
    if any(_keeps_open(fine) for fine in await uow.fines.of_loan(loan_id)):
        await _open_again(loan, uow=uow, now=now)
        return
    loan.settle(now=now)
    await give_deposit_back(loan, why="The lost copy is settled.", uow=uow, now=now)
    if await uow.copies.is_in_service(loan.copy.copy_id):
        (await uow.copies.record_of(loan.copy)).republish(now=now)


async def _open_again(loan: Loan, *, uow: UnitOfWork, now: datetime) -> None:
    if loan.status is not LoanStatus.LOST_AND_PAID or await uow.copies.gone_with(loan.copy.copy_id) != loan.id:
        return
    settled_at = loan.settled_at or now
    loan.open_again(why=_UNPAID, now=now)
    given_back = [fine for fine in await uow.fines.of_loan(loan.id) if fine.reason == FineReason.DEPOSIT]
    if given_back and loan.anonymised_at is None:
        last = max(given_back, key=lambda fine: fine.charged_at)
        await _take_deposit_again(loan, last, settled_at=settled_at, uow=uow, now=now)


async def _take_deposit_again(
    loan: Loan, given_back: Fine, *, settled_at: datetime, uow: UnitOfWork, now: datetime
) -> None:
    """Charge a deposit that was given back, and set against it what of that is still due to the member.

    What staff had forgiven of it, before the loss was settled, stays forgiven.
    """
    forgiven = await uow.fines.waived_before(given_back.id, settled_at)
    amount = Money(given_back.amount - forgiven, given_back.currency)
    if amount.amount <= 0:
        return
    deposit = charge(loan, FineReason.DEPOSIT, amount, uow=uow, now=now, why=_UNPAID)
    for payout in await uow.payouts.due_for(given_back.id):
        deposit.pay(Money(payout.left, deposit.currency), now=now, booked=Booked.PAYOUT)
        payout.use(payout.left)


def _keeps_open(fine: Fine) -> bool:
    return fine.status is FineStatus.OWED and fine.reason != FineReason.DEPOSIT


async def give_deposit_back(loan: Loan, *, why: str, uow: UnitOfWork, now: datetime) -> None:
    """Give the deposit of a loan back: what was paid of it is refunded, what is owed is waived."""
    if loan.has_deposit and loan.anonymised_at is None:
        for fine in await uow.fines.of_loan(loan.id):
            if fine.reason == FineReason.DEPOSIT:
                fine.cancel(why=why, now=now)


async def refund_loss(loan: Loan, *, lost_at: datetime, found_at: datetime, uow: UnitOfWork, now: datetime) -> None:
    """Refund the price of a copy that turned up in time, at `found_at`, and its processing if the rule says so.

    If the borrower has been forgotten meanwhile, there is nobody to refund.
    """
    terms = (await uow.rulebook.policy(loan.terms.policy_version)).lost_terms(loan.terms.rule)
    refunded = {FineReason.LOST, FineReason.PROCESSING} if terms.refund_processing else {FineReason.LOST}
    if found_at <= lost_at + timedelta(days=terms.refund_within_days) and loan.anonymised_at is None:
        for fine in await uow.fines.of_loan(loan.id):
            if fine.reason in refunded:
                fine.cancel(why="The copy was found.", now=now)


def charge(loan: Loan, reason: FineReason, amount: Money, *, uow: UnitOfWork, now: datetime, why: str = "") -> Fine:
    """Charge the borrower of a loan."""
    fine = Fine(
        id=new_id(),
        loan_id=loan.id,
        member_id=loan.member_id,
        reason=reason,
        amount=amount,
        now=now,
        why=why,
        branch=loan.branch,
    )
    uow.fines.add(fine)
    return fine
