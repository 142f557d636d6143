"""Which refusals an act may meet: what the routes publish."""

from loans_service.domain.borrower import (
    ItemTypeLimitReached,
    LoanLimitReached,
    MemberBlocked,
    MemberLeaving,
    MemberNotFound,
    MembershipExpired,
    MemberSuspended,
    TooManyOverdue,
)
from loans_service.domain.calendar import CalendarNotFound, NoOpenDay
from loans_service.domain.calendar_document import InvalidCalendar
from loans_service.domain.check_out import OverrideForbidden, OverrideWithoutNeed
from loans_service.domain.due_date import InvalidDueDate
from loans_service.domain.lendable_copy import CopyNotFound, CopyNotLendable, CopyOnLoan, NotLoanableByPolicy
from loans_service.domain.loan import InvalidReturnTime, LoanNotFound
from loans_service.domain.policy import InvalidPolicy, PolicyNotFound
from loans_service.domain.policy_case import PolicyCaseFails
from shared.kernel.errors import LibraryError, NeighbourUnavailable, OutOfDate

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
    ItemTypeLimitReached,
    TooManyOverdue,
    NotLoanableByPolicy,
    InvalidDueDate,
    NoOpenDay,
    OverrideForbidden,
    OverrideWithoutNeed,
    NeighbourUnavailable,
)
OF_DECISION: tuple[type[LibraryError], ...] = (NeighbourUnavailable,)
OF_POLICY: tuple[type[LibraryError], ...] = (PolicyNotFound,)
OF_POLICY_CHANGE: tuple[type[LibraryError], ...] = (InvalidPolicy, PolicyCaseFails, OutOfDate)
OF_SIMULATION: tuple[type[LibraryError], ...] = (InvalidPolicy, PolicyCaseFails)
OF_CALENDAR: tuple[type[LibraryError], ...] = (CalendarNotFound,)
OF_CALENDAR_CHANGE: tuple[type[LibraryError], ...] = (InvalidCalendar, OutOfDate)
OF_RETURN: tuple[type[LibraryError], ...] = (CopyNotFound, InvalidReturnTime, NeighbourUnavailable)
OF_LOOKING_UP: tuple[type[LibraryError], ...] = (LoanNotFound, NeighbourUnavailable)
