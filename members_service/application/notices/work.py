"""One transaction of notices."""

from collections.abc import Sequence
from typing import Protocol

from members_service.application.work import Work
from members_service.domain.notices.message import MessageEvent
from members_service.persistence.notices.addresses import Backoffs, Suppressions
from members_service.persistence.notices.messages import NoticeMessages
from members_service.persistence.notices.notice_settings import NoticeSettingsTable
from members_service.persistence.notices.notices import Notices
from shared.kernel.receipts import UnitOfWorkFactory


class NoticeWork(Work, Protocol):
    """One transaction of notices."""

    @property
    def notices(self) -> Notices: ...

    @property
    def notice_messages(self) -> NoticeMessages: ...

    @property
    def notice_settings(self) -> NoticeSettingsTable: ...

    @property
    def suppressions(self) -> Suppressions: ...

    @property
    def backoffs(self) -> Backoffs: ...

    def report(self, event: MessageEvent) -> None:
        """Publish with this transaction what became of a message."""
        ...

    async def new_among(self, message_ids: Sequence[str], *, listener: str) -> frozenset[str]:
        """Note incoming messages in this transaction; return those that this listener has not worked on before."""
        ...


NoticeWorkFactory = UnitOfWorkFactory[NoticeWork]
