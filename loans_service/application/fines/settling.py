"""What all that settles fines shares: the loan of a lost copy closes with the last of them, and opens again."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from loans_service.domain.fines.payment import LostLoan
from loans_service.persistence.unit_of_work import UnitOfWork


class SettlesLoss(Protocol):
    """Closes the loan of a lost copy if nothing is owed for it any more, else opens it again. Its book is locked."""

    async def __call__(self, loan_id: UUID, *, uow: UnitOfWork, now: datetime) -> None: ...


async def lock_lost_loans(
    uow: UnitOfWork, *, fine_id: UUID | None = None, member_id: UUID | None = None
) -> list[LostLoan]:
    """Lock the books of the open lost loans that belong to a fine, or to a member's fines, and return the loans.

    Call this before locking the fines, in the same order as a return does.
    """
    lost = await uow.fines.lost_loans_of(fine_id=fine_id, member_id=member_id)
    await uow.lock_books({loan.book_id for loan in lost})
    return lost


async def lock_settled_loans(uow: UnitOfWork, number: str) -> list[LostLoan]:
    """Lock the books of the settled loans that belong to the fines of a receipt, as `lock_lost_loans` does."""
    settled = await uow.fines.settled_loans_of(number)
    await uow.lock_books({loan.book_id for loan in settled})
    return settled
