"""What circulation needs from outside."""

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from loans_service.application.views import LoanViews
from loans_service.domain.borrower import OpenLoan, Standing
from loans_service.domain.lendable_copy import LendableCopy
from loans_service.domain.loan import Loan
from loans_service.domain.policy import Policy
from shared.kernel.clock import Clock
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class CopyKey:
    """How somebody at the desk names a copy: exactly one of the two."""

    copy_id: UUID | None = None
    barcode: str | None = None


@dataclass(frozen=True, slots=True)
class MemberKey:
    """How somebody at the desk names a member: exactly one of the two."""

    member_id: UUID | None = None
    card_number: str | None = None


class Catalogue(Protocol):
    """Books, asked one question."""

    async def lendable_copy(self, key: CopyKey) -> LendableCopy:
        """May this copy be lent? Raises CopyNotFound, or NeighbourUnavailable when nobody answers."""
        ...


class MemberDirectory(Protocol):
    """Members, asked one question."""

    async def standing(self, key: MemberKey) -> Standing:
        """May this member borrow? Raises MemberNotFound, or NeighbourUnavailable when nobody answers."""
        ...


class Loans(Protocol):
    """The loans on record."""

    def add(self, loan: Loan) -> None: ...

    async def open_loans(self, *, copy_id: UUID, member_id: UUID | None = None) -> tuple[OpenLoan, ...]:
        """Return the open loan of this copy, if any, and all of this member."""
        ...

    async def latest_of(self, key: CopyKey) -> Loan | None:
        """Return the open loan of a copy, else its newest, as it is now and locked; None if never lent."""
        ...


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without `commit` undoes everything."""

    @property
    def loans(self) -> Loans: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def lock_out_others(self, *, copy_id: UUID, member_id: UUID | None = None) -> None:
        """Wait until no other transaction works with this borrower or copy; keep others out until this one ends.

        Read what a rule looks at only afterwards: what was read before may be old.
        """
        ...

    async def commit(self, *, answer: object | None = None) -> None:
        """Keep the changes, their events and the receipt of `answer`.

        Raises CopyOnLoan when another desk was faster.
        """
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that the use cases are given; chosen in main.py."""

    unit_of_work: Callable[[Receipt | None], UnitOfWork]
    views: LoanViews
    catalogue: Catalogue
    members: MemberDirectory
    policy: Policy
    clock: Clock
    zone: ZoneInfo
