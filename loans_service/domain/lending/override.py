"""Refusals that staff override, by their codes and with a reason."""

from collections.abc import Iterable

from loans_service.domain.borrower import MemberLeaving
from loans_service.domain.holds.hold_queue import CheckOutHeldByOther
from loans_service.domain.holds.placing import AlreadyHeldByMember, NoLendableCopy, NotSentThere
from loans_service.domain.lendable_copy import CopyOnLoan, UnknownBranch
from loans_service.domain.lending.desk_note import NotesNotConfirmed
from loans_service.domain.lending.loan_refusals import ClaimedReturned, LoanLost, LoanNotOpen
from loans_service.domain.lending.loan_terms import Override
from loans_service.domain.rules.due_date import InvalidDueDate
from shared.kernel.errors import InvalidValue, LibraryError, NotAllowed, NotFound


class OverrideForbidden(NotAllowed):
    """The caller may not override refusals, or not these."""

    code = "override-forbidden"


NEVER_OVERRIDDEN = (
    NotFound,
    CopyOnLoan,
    InvalidDueDate,
    MemberLeaving,
    UnknownBranch,
    LoanNotOpen,
    LoanLost,
    ClaimedReturned,
    NoLendableCopy,
    NotSentThere,
    NotesNotConfirmed,
    AlreadyHeldByMember,
)


def apply_override(
    refusals: Iterable[LibraryError], override: Override | None, *, by_staff: bool
) -> tuple[LibraryError, ...]:
    """Return the refusals that remain after `override`. Codes that were not raised are ignored.

    Raises OverrideForbidden if the caller is not staff, or names a refusal that cannot be overridden.
    """
    found = tuple(refusals)
    if override is None:
        return found
    if not by_staff:
        raise OverrideForbidden("Only staff may override refusals. Send the request without `override`.")
    named = [refusal for refusal in found if refusal.code in override.codes]
    if forbidden := sorted({refusal.code for refusal in named if is_final(refusal)}):
        raise OverrideForbidden(f"Nobody can override {', '.join(forbidden)}.", codes=forbidden)
    return tuple(refusal for refusal in found if refusal not in named)


def that_counted(override: Override | None, refusals: Iterable[LibraryError]) -> Override | None:
    """Return the override reduced to the codes among `refusals`; None if there are none."""
    raised = {refusal.code for refusal in refusals}
    codes = tuple(code for code in dict.fromkeys(override.codes if override else ()) if code in raised)
    return Override(codes, override.comment) if override and codes else None


def is_final(refusal: LibraryError) -> bool:
    """Return whether this cannot be overridden."""
    captured = isinstance(refusal, CheckOutHeldByOther) and refusal.figures["captured"]
    return captured or isinstance(refusal, (*NEVER_OVERRIDDEN, InvalidValue))
