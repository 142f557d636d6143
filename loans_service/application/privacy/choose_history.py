"""Choose whether one's history of loans is kept."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class HistoryChoice:
    """What a member chooses."""

    member_id: UUID
    keep: bool


@dataclass(frozen=True, slots=True)
class ChooseHistory:
    """Choose whether closed loans stay readable to oneself, or are made anonymous after the time that the policy sets.

    What was made anonymous already stays so. Whoever has chosen in the membership that nothing is kept takes that back
    there, or by keeping everything here.
    """

    unit_of_work: LoansWorkFactory

    async def __call__(self, command: HistoryChoice, receipt: Receipt | None = None) -> bool:
        async with self.unit_of_work(receipt) as uow:
            await uow.erasure_requests.keep_history(command.member_id, keep=command.keep)
            await uow.commit(answer=command.keep)
        return command.keep
