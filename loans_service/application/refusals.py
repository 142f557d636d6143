"""Which refusals an act may meet: what the routes publish."""

from loans_service.domain.borrower import (
    LoanLimitReached,
    MemberBlocked,
    MemberLeaving,
    MemberNotFound,
    MembershipExpired,
    MemberSuspended,
    TooManyOverdue,
)
from loans_service.domain.check_out import OverrideForbidden, OverrideWithoutNeed
from loans_service.domain.due_date import InvalidDueDate
from loans_service.domain.lendable_copy import CopyNotFound, CopyNotLendable, CopyOnLoan, NotLoanableByPolicy
from loans_service.domain.loan import InvalidReturnTime, LoanNotFound
from shared.kernel.errors import LibraryError, NeighbourUnavailable

OF_CHECK_OUT: tuple[type[LibraryError], ...] = (
    CopyNotFound,
    MemberNotFound,
    CopyOnLoan,
    CopyNotLendable,
    MembershipExpired,
    MemberSuspended,
    MemberBlocked,
    MemberLeaving,
    LoanLimitReached,
    TooManyOverdue,
    NotLoanableByPolicy,
    InvalidDueDate,
    OverrideForbidden,
    OverrideWithoutNeed,
    NeighbourUnavailable,
)
OF_RETURN: tuple[type[LibraryError], ...] = (CopyNotFound, InvalidReturnTime, NeighbourUnavailable)
OF_LOOKING_UP: tuple[type[LibraryError], ...] = (LoanNotFound, NeighbourUnavailable)
