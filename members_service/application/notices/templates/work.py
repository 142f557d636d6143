"""One transaction of templates."""

from typing import Protocol

from members_service.application.work import Work
from members_service.persistence.notices.templates import Templates
from shared.kernel.receipts import UnitOfWorkFactory


class TemplateWork(Work, Protocol):
    """One transaction of templates."""

    @property
    def templates(self) -> Templates: ...


TemplateWorkFactory = UnitOfWorkFactory[TemplateWork]
