"""One transaction of templates."""

from typing import Protocol

from members_service.application.work import Work
from members_service.persistence.notices.notice_settings import NoticeSettingsTable
from members_service.persistence.notices.templates import Templates
from shared.kernel.receipts import UnitOfWorkFactory


class TemplateWork(Work, Protocol):
    """One transaction of templates."""

    @property
    def notice_settings(self) -> NoticeSettingsTable: ...

    @property
    def templates(self) -> Templates: ...


TemplateWorkFactory = UnitOfWorkFactory[TemplateWork]
