"""What paying and waiving share: the loan of a lost copy closes with the last of its fines."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from loans_service.domain.fines.payment import LostLoan
from loans_service.persistence.unit_of_work import UnitOfWork


class ClosesSettled(Protocol):
    """Closes the loan of a lost copy if nothing is owed for it any more. Its book must be locked."""

    async def __call__(self, loan_id: UUID, *, uow: UnitOfWork, now: datetime) -> None: ...


async def lock_lost_loans(
    uow: UnitOfWork, *, fine_id: UUID | None = None, member_id: UUID | None = None
) -> list[LostLoan]:
    """Lock the books of the lost loans that belong to a fine, or to a member's fines, and return the loans.

    Call this before locking the fines, in the same order as a return does.
    """
    lost = await uow.fines.lost_loans_of(fine_id=fine_id, member_id=member_id)
    await uow.lock_books({loan.book_id for loan in lost})
    return lost
