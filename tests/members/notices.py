"""Notices on their way, with neighbours that say what they are told to say."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select

from members_service.adapters.notices.carriers import OutgoingCarriers
from members_service.adapters.notices.server_address import ServerAddress
from members_service.adapters.notices.shipped_templates import ShippedInToml
from members_service.adapters.notices.smtp_server import SmtpServer
from members_service.application.notices.bundle import BundleNotices, Possible
from members_service.application.notices.hand_over import HandOver
from members_service.application.notices.hear_what_is_noted import HearWhatIsNoted
from members_service.application.notices.note_occurrences import NoteOccurrences
from members_service.application.notices.ports import BranchPlace, CopyNow, TitleNow
from members_service.application.notices.preferences.queries import PreferenceQueries
from members_service.application.notices.prepare import PrepareMessages
from members_service.application.notices.queries import NoticeQueries, RecipientQueries, SettingsQueries
from members_service.application.notices.rendering.context import NoticeContext
from members_service.domain.notices.circulation import BranchNow, Circulation, FineNow, HoldNow, LoanNow, Question
from members_service.domain.notices.message import Way
from members_service.domain.notices.notice import Occurrence
from members_service.domain.notices.notice_settings import Mode, NoticeDefaults, NoticeSettings
from members_service.domain.notices.template import Rendered
from members_service.persistence.notices.tables import notice_messages, notices
from members_service.wiring.ports import JoinedWork, unit_of_work_factory
from shared.kernel.errors import NeighbourUnavailable
from shared.kernel.receipts import Receipt
from shared.messaging.leadership import leadership_of
from tests.members.makers import UTC_ZONE
from tests.members.register import Register

SENDER = "Library <notices@library.example>"


class FakeLending:
    """Implements `ports.Lending`: everything is as the notices say unless a test says otherwise."""

    def __init__(self) -> None:
        self.loans: dict[UUID, LoanNow] = {}
        self.holds: dict[UUID, HoldNow] = {}
        self.fines: dict[UUID, FineNow] = {}
        self.branches: dict[str, BranchNow] = {"MAIN": BranchNow("10:00–18:00")}
        self.down = False
        self.asked: list[Question] = []

    async def circulation(self, question: Question) -> Circulation:
        self.asked.append(question)
        if self.down:
            raise NeighbourUnavailable("loans is down")
        return Circulation(self.loans, self.holds, self.fines, self.branches)


class FakeCatalogue:
    """Implements `ports.Catalogue`."""

    async def titles(self, book_ids: Collection[UUID]) -> Mapping[UUID, TitleNow]:
        return {id: TitleNow("Emma", "Jane Austen") for id in book_ids}

    async def copies(self, copy_ids: Collection[UUID]) -> Mapping[UUID, CopyNow]:
        return {id: CopyNow("30000000000019") for id in copy_ids}

    async def branches(self) -> Mapping[str, BranchPlace]:
        return {"MAIN": BranchPlace("Main library")}


class FakeWords:
    """Stands for `RenderNotices`: says which contexts it was given."""

    def __init__(self) -> None:
        self.given: list[NoticeContext] = []

    async def __call__(
        self, contexts: Sequence[NoticeContext], way: Way, language: str | None, branch: str | None, *, default: str
    ) -> Rendered:
        self.given += contexts
        kinds = ", ".join(str(one.kind) for one in contexts)
        return Rendered(language or default, f"{kinds} by {way} at {branch}: {contexts[0].code or ''}", kinds)


class NoticeDesk:
    """A register whose members are told things. Mails go to the server at `port`."""

    def __init__(self, register: Register, port: int = 0, *, mode: Mode = Mode.ON) -> None:
        self.register = register
        self.clock = register.clock
        self.lending, self.catalogue, self.words = FakeLending(), FakeCatalogue(), FakeWords()
        self.possible = frozenset(Way) - {Way.PUSH}
        self.port = port
        self.defaults = NoticeDefaults(mode)

    def unit_of_work(self, receipt: Receipt | None = None) -> JoinedWork:
        one = self.register
        return unit_of_work_factory(one.database, one.keys, self.clock, one.wake_up, self.defaults)(receipt)

    async def tell(self, occurrence: Occurrence) -> None:
        async with self.unit_of_work() as uow:
            uow.notify(occurrence)
            await uow.commit()

    async def change_settings(self, **changed: Any) -> None:
        async with self.unit_of_work() as uow:
            present: NoticeSettings = await uow.notice_settings.current()
            await uow.notice_settings.put(
                replace(present, version=present.version + 1, **changed), now=self.clock.now()
            )
            await uow.commit()

    @property
    def note(self) -> NoteOccurrences:
        return NoteOccurrences(self.unit_of_work, UTC_ZONE)

    @property
    def hear(self) -> HearWhatIsNoted:
        database = self.register.database
        alone = partial(leadership_of, database, "hearing")
        return HearWhatIsNoted(self.unit_of_work, SettingsQueries(database, self.defaults), alone, self.clock)

    @property
    def recipients(self) -> RecipientQueries:
        return RecipientQueries(self.register.database, self.register.keys)

    @property
    def bundle(self) -> BundleNotices:
        preferences = PreferenceQueries(self.register.database)
        return BundleNotices(
            self.unit_of_work, self.recipients, preferences, Possible(self.possible), self.clock, UTC_ZONE
        )

    @property
    def prepare(self) -> PrepareMessages:
        return PrepareMessages(
            NoticeQueries(self.register.database, self.register.keys),
            self.recipients,
            self.lending,
            self.catalogue,
            self.words,
            ShippedInToml().reason,
            lambda *_: None,
            self.clock,
            UTC_ZONE,
        )

    def hand_over(self) -> HandOver:
        server = SmtpServer(ServerAddress("127.0.0.1", self.port), timeout=2, after_dot=0.05)
        carriers = OutgoingCarriers(server, None, SENDER, self.clock)
        return HandOver(self.unit_of_work, self.prepare, carriers, self.clock, UTC_ZONE)

    async def bundle_all(self) -> None:
        while await self.bundle():
            pass

    async def states(self) -> dict[str, list[tuple[str, str | None]]]:
        """Return state and reason of all notices and messages, in order."""
        database = self.register.database
        return {
            table.name: [
                (row.state, row.why)
                for row in await database.rows(select(table.c.state, table.c.why).order_by(*table.primary_key.columns))
            ]
            for table in (notices, notice_messages)
        }
