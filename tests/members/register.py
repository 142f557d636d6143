"""A register of members with a real database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from members_service.adapters.identity.access_tokens import SignedAccessTokens
from members_service.adapters.identity.signing_keys import SigningKeys
from members_service.application.identity.accounts.queries import AccountQueries
from members_service.application.membership.queries import MemberQueries
from members_service.application.membership.standing.queries import StandingQueries
from members_service.application.membership.use_cases import (
    DeskMessageUseCases,
    GuardianUseCases,
    MembershipUseCases,
    MovingInUseCases,
    TidyUseCases,
)
from members_service.application.membership.views import EnrolledMember, HistoryEntryView
from members_service.application.ports import BackgroundPorts
from members_service.application.privacy.use_cases import PrivacyUseCases
from members_service.domain.membership.member import Member
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.attempts import SignInThrottle
from members_service.persistence.tables import plumbing
from members_service.settings import Settings
from members_service.wiring.ports import JoinedWork, background_ports_of, unit_of_work_factory
from shared.configuration import load
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.tasks import WakeUp
from tests.clocks import SteppingClock
from tests.members.fakes import FakeBranches, FakeLending, FakePasswords, FakeSecrets
from tests.members.makers import NOW, an_enrolment
from tests.members.records import Records
from tests.statements import told_to_driver

SETTINGS = {"database_url": "sqlite+aiosqlite:///register.db", "books_url": "http://books.invalid"}


class CountingWakeUp(WakeUp):
    """Counts how often it is rung."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def notify(self) -> None:
        self.times += 1


class Register(Records):
    """The database is real; randomness, password hashes and time are in the hands of the test."""

    def __init__(self, database: Database, keys: DataKeys, **settings: Any) -> None:
        self.database = database
        self.keys = keys
        self.clock = SteppingClock(NOW)
        self.secret_generator = FakeSecrets()
        self.passwords = FakePasswords()
        self.branches = FakeBranches()
        self.lending = FakeLending()
        self.wake_up = CountingWakeUp()
        self.members = MemberQueries(database, keys)
        self.standings = StandingQueries(database, keys)
        self.accounts = AccountQueries(database, keys)
        self.throttle = SignInThrottle(database, keys)
        self._signing_keys_file = Path(str(keys._path)).with_name("signing-keys.pem")
        self._settings = load(Settings, **SETTINGS | settings)

    @property
    def ports(self) -> BackgroundPorts:
        ports = background_ports_of(
            self._settings,
            self.database,
            self.branches,
            self.lending,
            data_keys=self.keys,
            clock=self.clock,
            wake_up=self.wake_up,
        )
        membership = replace(ports.membership, pins=self.passwords, secret_generator=self.secret_generator)
        return replace(ports, membership=membership)

    @property
    def membership(self) -> MembershipUseCases:
        keys = SigningKeys(self._signing_keys_file, make_missing=True, lead=self._settings.key_lead)
        return MembershipUseCases(self.ports.membership, SignedAccessTokens(keys, issuer=self._settings.auth_issuer))

    @property
    def guardians(self) -> GuardianUseCases:
        return GuardianUseCases(self.ports.membership)

    @property
    def tidying(self) -> TidyUseCases:
        return TidyUseCases(self.ports.membership)

    @property
    def desk_messages(self) -> DeskMessageUseCases:
        return DeskMessageUseCases(self.ports.membership)

    @property
    def moving_in(self) -> MovingInUseCases:
        return MovingInUseCases(self.ports.membership, self.privacy.undo_members)

    @property
    def privacy(self) -> PrivacyUseCases:
        return PrivacyUseCases(self.ports.privacy)

    def unit_of_work(self, receipt: Receipt | None = None) -> JoinedWork:
        return unit_of_work_factory(self.database, self.keys, self.clock, self.wake_up)(receipt)

    @asynccontextmanager
    async def counting(self) -> AsyncIterator[list[str]]:
        """Collect the statements that the database gets meanwhile."""
        seen: list[str] = []
        async with told_to_driver(self.database) as told:
            yield seen
        seen += told.inside

    async def enrol(self, *, receipt: Receipt | None = None, **facts: Any) -> EnrolledMember:
        return await self.membership.enrol_member(an_enrolment(**facts), receipt)

    async def events(self) -> Sequence[tuple[str, str, Any]]:
        """Return type, subject and data of what waits in the outbox, in order."""
        table = plumbing.outbox.c
        rows = await self.database.rows(select(table.type, table.subject, table.data).order_by(table.sequence))
        return [(row[0], row[1], row[2]) for row in rows]

    async def event_types(self) -> list[str]:
        """Return what the world is told, in order, without what all names begin with."""
        return [type_.removeprefix("members.member.") for type_, _, _ in await self.events()]

    async def history(self, member: Member) -> list[HistoryEntryView]:
        """Return what happened to a membership, oldest first."""
        return (await self.members.history(member.id, limit=None, before=None))[::-1]
