"""Return a copy."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from loans_service.application.fines.fine_views import FineView
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.lending.amendments.charge_borrower import (
    Lateness,
    charge_lateness,
    give_deposit_back,
    refund_loss,
)
from loans_service.application.lending.find_branch import FindBranch
from loans_service.application.lending.receive_copy import receive_copy
from loans_service.application.lending.show_borrower import ShowBorrower
from loans_service.application.lending.views import LoanView, ReturnView
from loans_service.application.neighbours import Catalogue
from loans_service.application.refusal_views import RefusalView
from loans_service.domain.borrower import MemberNotFound
from loans_service.domain.circulating_copy import CirculatingCopy, CopyKey, NextStop
from loans_service.domain.four_eyes import FourEyes, expect_four_eyes
from loans_service.domain.lendable_copy import CopyNotFound, LendableCopy, UnknownBranch
from loans_service.domain.lending.desk_note import DeskNote, NotesNotConfirmed
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_refusals import InvalidReturnTime
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.domain.lending.offline import InvalidOffline, Offline
from loans_service.domain.lending.return_facts import ReturnFacts
from loans_service.domain.lending.staff_only import StaffOnly, moment_of_return
from loans_service.domain.rights import CHANGE_LOANS, TAKE_BACK, WAIVE
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory, UnitOfWork
from shared.kernel.errors import NeighbourUnavailable, refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise

_TAKEN_HOME = "Nobody could say whether there is a branch {}: the copy was taken back at its own branch."

Answer = Callable[[ReturnView], object]
Expect = Callable[[Loan | None], None]


class _Captured(Exception):
    """A copy is about to be set aside for a member of whom the desk is to be told."""

    def __init__(self, member_id: UUID) -> None:
        super().__init__()
        self.member_id = member_id


@dataclass(frozen=True, slots=True)
class Barred:
    """What keeps a member from borrowing, None if that could not be asked."""

    member_id: UUID
    refusals: list[RefusalView] | None


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan at the return desk. `branch` defaults to the copy's own, `returned_at` to now; earlier only `by_staff`.

    `from_book_drop`: it came back when the branch last closed, or with the loan if that began since.
    `why` is a note, `by` the account that scans, `by_member` the member id of that person. `offline`: a machine took it
    back already. `notes_confirmed`: staff have confirmed what is noted of the copy. `forgiven_for`
    is why they charge and suspend for no lateness, None if they do. `in_house`: it was used in the library.
    """

    copy: CopyKey
    branch: str | None = None
    returned_at: datetime | None = None
    why: str = ""
    by_staff: bool = False
    by: str = SYSTEM
    by_member: UUID | None = None
    offline: Offline | None = None
    from_book_drop: bool = False
    notes_confirmed: bool = False
    forgiven_for: str | None = None
    in_house: bool = False


def _whole(done: ReturnView) -> object:
    return done


@refuses(
    *(CopyNotFound, UnknownBranch, InvalidReturnTime, InvalidOffline, StaffOnly, FourEyes, NotesNotConfirmed),
    NeighbourUnavailable,
)
@dataclass(frozen=True, slots=True)
class ReturnCopy:
    """Return a copy.

    - A branch that the library does not have is a typing error, and refused. Where books cannot be asked, one of which
      nothing is known yet is left out of account: the copy is taken back at home, and the desk is told so.
    - The loan is closed where it stands: no other service is needed for a copy that was ever lent or held. What books
      last told of it, where it is at home and whether it is lent at all, is known.
    - A copy that was to be pulled for a hold is captured for it. Any other goes to the first hold that it can fill and
      that no other copy is to serve: on the hold shelf where that is fetched, elsewhere on its way there. One that
      books does not lend any more serves nobody.
    - With nobody waiting, a copy that comes back in another branch is sent home, or stays where the rule says so; a
      scan where it travels to ends its transit.
    - A copy that comes back late is charged for, by the rule and the branch's open days, or suspends borrowing, up to
      and including `suspended_until`; the price of a lost one that turns up in time is given back. So is a deposit.
    - With `forgive`, staff say why lateness costs nothing and suspends nothing: an amnesty, or a fault of the library.
      That needs the right `waive` in the branch of the loan.
    - To say that it came back earlier needs the right `change_loans` in the branch of the loan; the book drop does not.
    - A second scan changes nothing and says so with `loan: null`; it gives nobody more time to fetch the copy.
    - `copy_status` is what books says of the copy where that is anything but in service, and `notice` a word on it to
      the desk. One that counts as missing or lost is told to have been seen, and serves whoever waits.
    - `notes` are what staff have written of the copy, as books last told; staff who have signed in are told.
    - Where the policy says so (`say_if_barred`), members is asked when a copy is set aside for a hold, and staff are
      told what keeps its member from borrowing (`hold_refusals`). Members need not answer: then it is null.
    - Where the rule of the loan says so (`confirm_notes`), staff confirm what is noted of the copy (`notes_confirmed`),
      and the history says what they have confirmed; until then it is not taken back.
    - Nobody of the staff takes back a missed copy of their own, says that one came back earlier, or forgives
      themselves.
    - With `in_house`, a copy that is not on loan counts as used in the library: nobody is stored with that.
    - With `offline`, a machine says afterwards that it took the copy back while it was offline: as of `at`, and without
      anything confirmed.
    - A copy that was never lent is looked up in the catalogue, so that a wrong barcode is noticed.
    """

    unit_of_work: LoansWorkFactory
    catalogue: Catalogue
    show_borrower: ShowBorrower

    async def __call__(self, scan: Scan, receipt: Receipt | None = None, *, answer: Answer = _whole) -> ReturnView:
        scan, doubtful = await self._at_a_branch(scan)
        try:
            return await self._take_in(scan, doubtful, receipt, answer)
        except _Captured as found:
            barred = Barred(found.member_id, await self._against(found.member_id))
        return await self._take_in(scan, doubtful, receipt, answer, barred)

    async def _take_in(
        self, scan: Scan, doubtful: str | None, receipt: Receipt | None, answer: Answer, barred: Barred | None = None
    ) -> ReturnView:
        async with self.unit_of_work(receipt, by=scan.by) as uow:
            if doubtful and await uow.rulebook.knows_branch(doubtful):
                scan, doubtful = replace(scan, branch=doubtful), None
            copy = await uow.copies.find_and_lock(scan.copy)
            if copy is not None:
                authorise(TAKE_BACK, scan.branch or copy.home_branch)
                return await take_in(scan, copy, answer, uow, doubtful=doubtful, barred=barred, may_ask=True)
        lendable = await self.catalogue.lendable_copy(scan.copy)
        async with self.unit_of_work(receipt, by=scan.by) as uow:
            await uow.lock(book_id=lendable.book_id)
            copy = lendable.as_circulating()
            authorise(TAKE_BACK, scan.branch or copy.home_branch)
            return await take_in(
                scan, copy, answer, uow, answered=lendable, doubtful=doubtful, barred=barred, may_ask=True
            )

    async def _against(self, member_id: UUID) -> list[RefusalView] | None:
        """Return what keeps a member from borrowing, None if members does not answer or knows nobody."""
        try:
            return (await self.show_borrower(member_id, only_of=None)).refusals
        except (NeighbourUnavailable, MemberNotFound):
            return None

    async def _at_a_branch(self, scan: Scan) -> tuple[Scan, str | None]:
        """Return the scan at a known branch; or without a branch, and the code that could not be checked.

        An unknown branch is not refused for a return that a machine has already taken offline.
        """
        if scan.branch is None:
            return scan, None
        branch = None
        try:
            branch = await FindBranch(self.catalogue)(scan.branch)
        except UnknownBranch:
            if scan.offline is None:
                raise
        return replace(scan, branch=branch), scan.branch if branch is None else None


def _anything(_: Loan | None) -> None:
    return


async def take_in(
    scan: Scan,
    copy: CirculatingCopy,
    answer: Answer,
    uow: UnitOfWork,
    *,
    answered: LendableCopy | None = None,
    doubtful: str | None = None,
    expect: Expect = _anything,
    barred: Barred | None = None,
    may_ask: bool = False,
) -> ReturnView:
    """Take back a known copy, whose book is locked, and commit with the `answer` made from the result.

    `answered` is what books says of the copy if it was asked just now; `doubtful` is a branch code that could not be
    checked; `expect` raises if the loan that ends is not the expected one. `barred` is what was asked of a member for
    whom this scan sets the copy aside; if nothing was, and it `may_ask`, it raises _Captured.
    """
    facts = await uow.facts.of_return(copy, answered=answered)
    if facts.copy.book_id != copy.book_id:  # merged while this waited for its lock
        await uow.lock(book_id=facts.copy.book_id)
        facts = await uow.facts.of_return(facts.copy, answered=answered)
    now, loan = facts.now, facts.loan
    returned_at = await _moment(scan, facts, uow)
    expect(loan)
    _expect_allowed(scan, loan, earlier=returned_at < now)
    scanned_at = None if scan.offline is None else returned_at
    uow.branch = branch = scan.branch or copy.home_branch
    uow.offline = scan.offline is not None
    confirmed = await _confirmed(scan, facts, uow)
    hold, policy = await receive_copy(facts, branch=branch, uow=uow, scanned_at=scanned_at)
    if scan.in_house and loan is None:
        await uow.count_in_house_use(facts.copy, branch=branch, at=now)
    if hold is not None and policy is not None and policy.holds.say_if_barred and scan.by_staff and may_ask:
        if barred is None:
            raise _Captured(hold.member_id)
        barred = barred if barred.member_id == hold.member_id else None
    late = await _ended(scan, facts, returned_at=returned_at, confirmed=confirmed, uow=uow)
    done = ReturnView(
        loan=None if loan is None else LoanView.of(loan, now=now),
        next=facts.record.next_stop,
        hold=None if hold is None else HoldView.of(hold, now=now),
        fine=None if late.fine is None else FineView.of(late.fine),
        suspended_until=late.suspended_until,
        copy_status=facts.unusual_status,
        notice=_joined(facts.notice, None if doubtful is None else _TAKEN_HOME.format(doubtful)),
        notes=DeskNote.of_copy(facts.staff_note) if scan.by_staff else (),
        hold_refusals=None if hold is None or barred is None else barred.refusals,
    )
    await uow.commit(answer=answer(done))
    return done


async def _ended(
    scan: Scan, facts: ReturnFacts, *, returned_at: datetime, confirmed: tuple[str, ...], uow: UnitOfWork
) -> Lateness:
    """End the loan, if there is one."""
    loan = facts.loan
    if loan is None:
        return Lateness()
    if scan.offline is not None:
        loan.note_offline()
    return await end_loan(
        loan,
        facts.record.next_stop,
        returned_at=returned_at,
        why=scan.forgiven_for or scan.why or ("" if scan.offline is None else scan.offline.comment),
        uow=uow,
        now=facts.now,
        confirmed=confirmed,
        forgive=scan.forgiven_for is not None,
    )


def _expect_allowed(scan: Scan, loan: Loan | None, *, earlier: bool) -> None:
    """Raise StaffOnly, RightMissing or FourEyes for a scan that would spare somebody lateness, or a loss."""
    if scan.forgiven_for is not None:
        if not scan.by_staff:
            raise StaffOnly("forgive")
        authorise(WAIVE, scan.branch if loan is None else loan.branch)  # where a fine of it would be waived
    spares = earlier or scan.forgiven_for is not None
    if loan is not None and (spares or loan.status is not LoanStatus.OPEN):
        expect_four_eyes(loan.member_id, by_member=scan.by_member)


async def _confirmed(scan: Scan, facts: ReturnFacts, uow: UnitOfWork) -> tuple[str, ...]:
    """Return what staff have confirmed of what is noted of the copy. Raises NotesNotConfirmed."""
    loan, note = facts.loan, facts.staff_note
    if loan is None or note is None or not scan.by_staff or scan.offline is not None:
        return ()
    rule = (await uow.rulebook.in_force(branch=loan.branch)).policy.rule_named(loan.terms.rule)
    if rule is None or not rule.confirm_notes:
        return ()
    if not scan.notes_confirmed:
        raise NotesNotConfirmed([note])
    return (note,)


async def _moment(scan: Scan, facts: ReturnFacts, uow: UnitOfWork) -> datetime:
    """Return when the copy came back. Raises StaffOnly, InvalidOffline, and RightMissing for an earlier moment."""
    if scan.offline is not None:
        return scan.offline.moment(now=facts.now)
    if scan.from_book_drop and facts.loan is not None:
        rules = await uow.rulebook.in_force(branch=scan.branch or facts.copy.home_branch)
        return max(rules.calendar.last_closing(facts.now), facts.loan.checked_out_at)
    moment = moment_of_return(scan.returned_at, now=facts.now, by_staff=scan.by_staff)
    if moment < facts.now and facts.loan is not None:  # it spares the borrower lateness, as another due date does
        authorise(CHANGE_LOANS, facts.loan.branch)
    return moment


def _joined(*words: str | None) -> str | None:
    return " ".join(filter(None, words)) or None


async def end_loan(
    loan: Loan,
    stop: NextStop,
    *,
    returned_at: datetime,
    why: str,
    uow: UnitOfWork,
    now: datetime,
    confirmed: tuple[str, ...] = (),
    forgive: bool = False,
) -> Lateness:
    """Close a loan whose copy came back then, and charge its lateness unless staff `forgive` it."""
    loan.bring_back(stop, returned_at=returned_at, now=now, why=why, confirmed=confirmed)
    await give_deposit_back(loan, why="The copy came back.", uow=uow, now=now)
    if loan.lost_at is not None:
        await refund_loss(loan, lost_at=loan.lost_at, found_at=returned_at, uow=uow, now=now)
    return Lateness() if forgive else await charge_lateness(loan, uow=uow, now=now)
