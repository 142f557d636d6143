"""A register of members with a real database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from members_service.adapters.data_keys import DataKeys
from members_service.adapters.identity.sql_account_views import SqlAccountViews
from members_service.adapters.identity.sql_attempts import SqlSignInThrottle
from members_service.adapters.membership.sql_views import SqlMemberViews
from members_service.adapters.sql_tables import plumbing
from members_service.adapters.sql_unit_of_work import SqlUnitOfWork
from members_service.application.membership.enrol_member import enrol_member
from members_service.application.membership.views import EnrolledMember
from members_service.domain.identity.account import Account
from members_service.domain.identity.second_factor import SecondFactor
from members_service.domain.identity.session import Session
from members_service.domain.membership.member import Member
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from tests.members.fakes import FakeSecrets, SteppingClock
from tests.members.makers import CATEGORIES, UTC_ZONE, an_enrolment


class Register:
    """The database is real; randomness and time are in the hands of the test."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self.database = database
        self.keys = keys
        self.clock = SteppingClock()
        self.secret_generator = FakeSecrets()
        self.members = SqlMemberViews(database, keys)
        self.accounts = SqlAccountViews(database, keys)
        self.throttle = SqlSignInThrottle(database, keys)
        self.rung = 0

    def unit_of_work(self, receipt: Receipt | None = None) -> SqlUnitOfWork:
        return SqlUnitOfWork(self.database, keys=self.keys, clock=self.clock, receipt=receipt, on_commit=self._wake)

    def _wake(self) -> None:
        self.rung += 1

    async def enrol(self, *, receipt: Receipt | None = None, **facts: Any) -> EnrolledMember:
        return await enrol_member(
            an_enrolment(**facts),
            uow=self.unit_of_work(receipt),
            secret_generator=self.secret_generator,
            categories=CATEGORIES,
            clock=self.clock,
            zone=UTC_ZONE,
        )

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

    async def events(self) -> Sequence[tuple[str, str, Any]]:
        """Return type, subject and data of what waits in the outbox, in order."""
        table = plumbing.outbox.c
        async with self.database.reading() as connection:
            rows = await connection.execute(select(table.type, table.subject, table.data).order_by(table.sequence))
            return [(row[0], row[1], row[2]) for row in rows]
