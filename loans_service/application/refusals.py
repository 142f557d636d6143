"""Which refusals an act may meet: what the routes publish."""

from loans_service.application.lending.show_loans import SortNeedsMember
from loans_service.domain.borrower import (
    BorrowerNotFound,
    CardReplaced,
    FinesOwed,
    ItemTypeLimitReached,
    LoanLimitReached,
    MemberBlocked,
    MemberLeaving,
    MemberNotFound,
    MembershipExpired,
    MemberSuspended,
    TooManyOverdue,
)
from loans_service.domain.fines.fine import (
    FineNotFound,
    FineNotOwed,
    OtherCurrency,
    PaymentExceedsOwed,
    WaiverExceedsOwed,
)
from loans_service.domain.fines.payment import ReferenceUsed
from loans_service.domain.four_eyes import FourEyes
from loans_service.domain.holds.hold_queue import CheckOutHeldByOther, HoldQueueDiffers, RenewalHeldByOther
from loans_service.domain.holds.hold_refusals import HoldHasNoTarget, HoldNotActive, HoldNotFound, HoldNotWaiting
from loans_service.domain.holds.placing import (
    AlreadyHeldByMember,
    AlreadyOnLoanToMember,
    HoldLimitReached,
    HoldNotAllowedByPolicy,
    InvalidHoldExpiry,
    InvalidHoldStart,
    MemberNotNamed,
    NoLendableCopy,
)
from loans_service.domain.lendable_copy import (
    BookNotFound,
    BookWasMerged,
    CopyNotFound,
    CopyNotLendable,
    CopyOnLoan,
    NotLoanableByPolicy,
    UnknownBranch,
)
from loans_service.domain.lending.loan_refusals import (
    ClaimedReturned,
    InvalidReturnTime,
    LoanLost,
    LoanNotFound,
    LoanNotOpen,
    NothingClaimed,
    NothingToFind,
)
from loans_service.domain.lending.no_block import InvalidNoBlock
from loans_service.domain.lending.override import OverrideForbidden
from loans_service.domain.lending.renewal import LoanRecalled, RenewalLimitReached, TooEarlyToRenew, TooOverdueToRenew
from loans_service.domain.lending.staff_only import StaffOnly
from loans_service.domain.rules.calendar import CalendarNotFound, ClosingPassed, NoOpenDay
from loans_service.domain.rules.calendar_document import InvalidCalendar
from loans_service.domain.rules.due_date import InvalidDueDate, RenewalChangesNothing
from loans_service.domain.rules.known_words import UnknownWord
from loans_service.domain.rules.policy import InvalidPolicy, PolicyNotFound, UnknownChargeKind
from loans_service.domain.rules.policy_case import PolicyCaseFails
from shared.kernel.errors import NeighbourUnavailable, OutOfDate

OF_CHECK_OUT = (
    CopyNotFound,
    MemberNotFound,
    CardReplaced,
    CopyOnLoan,
    CheckOutHeldByOther,
    CopyNotLendable,
    MembershipExpired,
    MemberSuspended,
    MemberBlocked,
    MemberLeaving,
    LoanLimitReached,
    ItemTypeLimitReached,
    TooManyOverdue,
    FinesOwed,
    NotLoanableByPolicy,
    InvalidDueDate,
    NoOpenDay,
    UnknownBranch,
    OverrideForbidden,
    StaffOnly,
    InvalidNoBlock,
    FourEyes,
    NeighbourUnavailable,
)
OF_DECISION = (NeighbourUnavailable,)
OF_POLICY = (PolicyNotFound,)
OF_POLICY_CHANGE = (InvalidPolicy, UnknownWord, PolicyCaseFails, OutOfDate, NeighbourUnavailable)
OF_CLOSING = (NoOpenDay, UnknownBranch, ClosingPassed, NeighbourUnavailable)
OF_SIMULATION = (InvalidPolicy, PolicyCaseFails)
OF_CALENDAR = (CalendarNotFound,)
OF_CALENDAR_CHANGE = (InvalidCalendar, UnknownBranch, OutOfDate, NeighbourUnavailable)
OF_LOOKING_UP_FINES = (FineNotFound, CardReplaced, NeighbourUnavailable)
OF_PAYING = (FineNotFound, FineNotOwed, PaymentExceedsOwed, OtherCurrency, FourEyes, OutOfDate)
OF_PAYING_SEVERAL = (
    BorrowerNotFound,
    FineNotFound,
    FineNotOwed,
    PaymentExceedsOwed,
    OtherCurrency,
    ReferenceUsed,
    FourEyes,
)
OF_WAIVING = (FineNotFound, FineNotOwed, WaiverExceedsOwed, OtherCurrency, FourEyes, OutOfDate)
OF_CHARGING = (MemberNotFound, CardReplaced, UnknownChargeKind, OtherCurrency, NeighbourUnavailable)
OF_RETURN = (CopyNotFound, UnknownBranch, InvalidReturnTime, InvalidNoBlock, StaffOnly, FourEyes, NeighbourUnavailable)
OF_LOOKING_UP = (LoanNotFound, CardReplaced, NeighbourUnavailable)
OF_LISTING_LOANS = (CardReplaced, SortNeedsMember, NeighbourUnavailable)
OF_LISTING_MINE = (MemberNotFound, NeighbourUnavailable)
OF_RENEWAL = (
    LoanNotFound,
    MemberNotFound,
    LoanNotOpen,
    LoanLost,
    ClaimedReturned,
    RenewalHeldByOther,
    LoanRecalled,
    MembershipExpired,
    MemberSuspended,
    MemberBlocked,
    MemberLeaving,
    RenewalLimitReached,
    TooOverdueToRenew,
    TooEarlyToRenew,
    RenewalChangesNothing,
    NotLoanableByPolicy,
    NoOpenDay,
    OverrideForbidden,
    FourEyes,
    OutOfDate,
    NeighbourUnavailable,
    StaffOnly,
    InvalidNoBlock,
    InvalidDueDate,
)
OF_DECLARING_LOST = (LoanNotFound, LoanNotOpen, OtherCurrency, FourEyes, OutOfDate)
OF_CLAIMING = (LoanNotFound, LoanNotOpen, LoanLost, FourEyes, OutOfDate)
OF_FINDING = (LoanNotFound, LoanNotOpen, NothingToFind, FourEyes, OutOfDate)
OF_RESOLVING = (LoanNotFound, LoanNotOpen, NothingClaimed, FourEyes, OutOfDate)
OF_CHANGING_THE_DUE_DATE = (LoanNotFound, LoanNotOpen, LoanLost, ClaimedReturned, InvalidDueDate, FourEyes, OutOfDate)
OF_PLACING = (
    BookNotFound,
    BookWasMerged,
    CopyNotFound,
    MemberNotFound,
    CardReplaced,
    AlreadyOnLoanToMember,
    AlreadyHeldByMember,
    NoLendableCopy,
    MembershipExpired,
    MemberSuspended,
    MemberBlocked,
    MemberLeaving,
    HoldLimitReached,
    HoldNotAllowedByPolicy,
    UnknownBranch,
    InvalidHoldExpiry,
    InvalidHoldStart,
    MemberNotNamed,
    OverrideForbidden,
    FourEyes,
    NeighbourUnavailable,
)
OF_EXPLAINING_A_HOLD = (MemberNotNamed, OverrideForbidden, FourEyes, NeighbourUnavailable)
OF_FINDING_PICKUP_BRANCHES = (
    BookNotFound,
    BookWasMerged,
    MemberNotFound,
    CardReplaced,
    MemberNotNamed,
    NeighbourUnavailable,
)
OF_LOOKING_UP_HOLDS = (HoldNotFound, CardReplaced, NeighbourUnavailable)
OF_CANCELLING = (HoldNotFound, HoldNotActive, OutOfDate)
OF_REVISING_A_HOLD = (
    HoldNotFound,
    HoldNotActive,
    HoldNotWaiting,
    BookNotFound,
    BookWasMerged,
    HoldNotAllowedByPolicy,
    UnknownBranch,
    InvalidHoldExpiry,
    InvalidHoldStart,
    OutOfDate,
    NeighbourUnavailable,
)
OF_MISSING_A_COPY = (HoldNotFound, HoldHasNoTarget, OutOfDate)
OF_SENDING = (CopyNotFound, UnknownBranch, CopyOnLoan, CheckOutHeldByOther, NeighbourUnavailable)
OF_SUSPENDING = (HoldNotFound, HoldNotActive, HoldNotWaiting, OutOfDate)
OF_REORDERING = (HoldQueueDiffers, FourEyes)
