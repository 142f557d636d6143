"""One transaction of letters."""

from typing import Protocol

from members_service.application.notices.work import NoticeWork
from members_service.persistence.notices.letters import LetterBatches
from shared.kernel.receipts import UnitOfWorkFactory


class LetterWork(NoticeWork, Protocol):
    """One transaction of letters."""

    @property
    def letter_batches(self) -> LetterBatches: ...


LetterWorkFactory = UnitOfWorkFactory[LetterWork]
