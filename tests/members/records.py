"""What a world of members has on record, whether it is the desk or the register."""

from abc import ABC, abstractmethod

from members_service.application.privacy.audit_views import AuditFilter, AuditView
from members_service.application.privacy.queries import AuditQueries
from members_service.domain.identity.account import Account
from members_service.domain.identity.second_factor import SecondFactor
from members_service.domain.identity.session import Session
from members_service.domain.membership.member import Member
from members_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database


class Records(ABC):
    """A database, what a test puts into it, and the trail of what was done."""

    database: Database

    @abstractmethod
    def unit_of_work(self, receipt: Receipt | None = None) -> UnitOfWork: ...

    async def keep(self, *things: Member | Account | Session | SecondFactor) -> None:
        """Commit new things, each in a transaction of its own."""
        for thing in things:
            async with self.unit_of_work() as uow:
                match thing:
                    case Member():
                        uow.members.add(thing)
                    case Account():
                        uow.accounts.add(thing)
                    case Session():
                        uow.sessions.add(thing)
                    case SecondFactor():
                        uow.second_factors.add(thing)
                await uow.commit()

    async def audited(self) -> list[AuditView]:
        """Return the audit trail, oldest first."""
        return (await AuditQueries(self.database).records(AuditFilter(), limit=None, before=None))[::-1]
