"""Choose whether one's history of loans is kept."""

from uuid import UUID

from loans_service.application.ports import UnitOfWork


async def choose_history(member_id: UUID, *, keep: bool, uow: UnitOfWork) -> bool:
    """Choose whether closed loans stay readable to oneself, or are made anonymous after the time that the policy sets.

    What was made anonymous already stays so.
    """
    async with uow:
        await uow.erasure_requests.keep_history(member_id, keep=keep)
        await uow.commit(answer=keep)
    return keep
