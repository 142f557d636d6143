"""What paying and forgiving share: the loan of a lost copy closes with the last of its fines."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from loans_service.domain.fines.payment import LostLoan
from loans_service.persistence.unit_of_work import UnitOfWork


class ClosesSettled(Protocol):
    """Closes the loan of a lost copy if nothing of it is owed any more; its book is locked."""

    async def __call__(self, loan_id: UUID, *, uow: UnitOfWork, now: datetime) -> None: ...


async def lock_lost_loans(
    uow: UnitOfWork, *, fine_id: UUID | None = None, member_id: UUID | None = None
) -> list[LostLoan]:
    """Lock the books of the lost loans that a fine, or the fines of a member, belong to, and return the loans.

    Before the fines: whoever takes a copy back has locked its book first.
    """
    lost = await uow.fines.lost_loans_of(fine_id=fine_id, member_id=member_id)
    await uow.lock_books({loan.book_id for loan in lost})
    return lost
