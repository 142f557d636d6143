"""The unit of work: rows, events and receipt in one transaction."""

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Self

from sqlalchemy.exc import IntegrityError

from members_service.domain.counting import count_of_leaving, counts_of
from members_service.domain.email import EmailTaken
from members_service.domain.identity.account_events import AccountEvent
from members_service.domain.identity.foreign_identity import JustLinked
from members_service.domain.membership.card import CardNumberTaken
from members_service.domain.membership.history_entry import HistoryEntry
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_events import MemberEvent
from members_service.domain.membership.member_record import ExternalIdTaken
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import MessageEvent
from members_service.domain.notices.notice import Occurrence
from members_service.domain.notices.notice_settings import SILENT, NoticeDefaults
from members_service.persistence.audit import Audit
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.accounts import Accounts
from members_service.persistence.identity.attempts import Attempts
from members_service.persistence.identity.messages import message as account_message
from members_service.persistence.identity.passkeys import Passkeys
from members_service.persistence.identity.providers import ForeignIdentities, IdentityProviders
from members_service.persistence.identity.roles import Roles
from members_service.persistence.identity.second_factors import SecondFactors
from members_service.persistence.identity.sessions import Codes, Sessions
from members_service.persistence.imported_members import ImportedMembers
from members_service.persistence.membership.applications import Applications
from members_service.persistence.membership.category_tables import CategoryTables
from members_service.persistence.membership.desk_messages import DeskMessages
from members_service.persistence.membership.imported_records import ImportedRecords
from members_service.persistence.membership.members import Members
from members_service.persistence.membership.messages import message
from members_service.persistence.membership.photos import Photos
from members_service.persistence.membership.tables import imports
from members_service.persistence.notices.addresses import Backoffs, Suppressions
from members_service.persistence.notices.letters import LetterBatches
from members_service.persistence.notices.message_events import message as message_news
from members_service.persistence.notices.messages import NoticeMessages
from members_service.persistence.notices.notice_settings import NoticeSettingsTable
from members_service.persistence.notices.notices import Notices
from members_service.persistence.notices.preferences import Preferences
from members_service.persistence.notices.templates import Templates
from members_service.persistence.schema import plumbing
from shared.kernel.clock import Clock
from shared.kernel.cube import Count
from shared.kernel.errors import LibraryError, OutOfDate
from shared.kernel.receipts import Receipt
from shared.persistence.cube.counted_rows import forget
from shared.persistence.database import Database, violates
from shared.persistence.imports import SqlImportNotes
from shared.persistence.work import SqlWork

_TEMPLATES = ", ".join(f"notice_templates.{name}" for name in ("kind", "way", "language", "branch", "version"))
_UNIQUE: tuple[tuple[str, str, Callable[[], LibraryError]], ...] = (
    ("pk_cards", "cards.card_key", CardNumberTaken),
    ("uq_members_external_id", "members.external_id", ExternalIdTaken),
    ("pk_category_tables", "category_tables.version", OutOfDate),
    ("pk_notice_templates", _TEMPLATES, OutOfDate),
    ("pk_notice_preferences", "notice_preferences.member_id", OutOfDate),
    ("pk_notice_defaults", "notice_defaults.category, notice_defaults.version", OutOfDate),
    ("uq_accounts_email_key", "accounts.email_key", EmailTaken),
    ("uq_foreign_identities_subject_key", "foreign_identities.subject_key", JustLinked),
    ("uq_foreign_identities_account_id", "foreign_identities.account_id", JustLinked),
)


class UnitOfWork:
    """One transaction. Leaving the block without `commit` undoes everything.

    Membership, identity and privacy each know a part of it (`application/*/work.py`), so that what two of them do is
    still committed or undone as a whole.
    """

    def __init__(
        self,
        database: Database,
        *,
        keys: DataKeys,
        clock: Clock,
        receipt: Receipt | None,
        on_commit: Callable[[], None],
        notices: NoticeDefaults = SILENT,
        zone: tzinfo = UTC,
    ) -> None:
        self._database = database
        self._work = SqlWork(database, plumbing, receipt=receipt, on_commit=on_commit)
        self._keys = keys
        self._clock = clock
        self._notice_defaults = notices
        self._zone = zone

    async def __aenter__(self) -> Self:
        self._session = session = await self._work.open()
        self.members = Members(session, self._keys)
        self.imported = ImportedRecords(session, self._keys)
        self.imports = SqlImportNotes(self._work.transaction, imports)
        self.imported_members = ImportedMembers(session)
        self.categories = CategoryTables(session)
        self.desk_messages = DeskMessages(session, self._keys)
        self.photos = Photos(session, self._keys)
        self.applications = Applications(session, self._keys)
        self.templates = Templates(session)
        self.preferences = Preferences(session)
        self.letter_batches = LetterBatches(session)
        self.accounts = Accounts(session, self._keys)
        self.roles = Roles(session)
        self.sessions = Sessions(session)
        self.second_factors = SecondFactors(session, self._keys)
        self.passkeys = Passkeys(session, self._keys)
        self.codes = Codes(session)
        self.providers = IdentityProviders(session, self._keys)
        self.foreign_identities = ForeignIdentities(session, self._keys)
        self.attempts = Attempts(self._work.transaction, self._keys)
        self.audit = Audit(session, self._keys)
        self.notices = Notices(session, self._keys, self._notice_defaults)
        self.notice_messages = NoticeMessages(session, self._keys)
        self.notice_settings = NoticeSettingsTable(session, self._notice_defaults)
        self.suppressions = Suppressions(session, self._keys)
        self.backoffs = Backoffs(session)
        self._events: list[MemberEvent] = []
        self._message_events: list[MessageEvent] = []
        self._account_events: list[AccountEvent] = []
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._work.close()

    async def first_time(self, *, listener: str, message_id: str) -> bool:
        """Note an incoming message in this transaction; False when this listener has done its work before."""
        return bool(await self.new_among([message_id], listener=listener))

    async def new_among(self, message_ids: Sequence[str], *, listener: str) -> frozenset[str]:
        """Note incoming messages in this transaction; return those that this listener has not worked on before."""
        return await self._work.new_among(message_ids, listener=listener, now=self._clock.now())

    def publish(self, event: MemberEvent) -> None:
        """Publish an event with this transaction; its member need not be on record."""
        self._events.append(event)

    def announce(self, event: AccountEvent) -> None:
        """Publish an event of an account with this transaction."""
        self._account_events.append(event)

    def notify(self, occurrence: Occurrence) -> None:
        """Tell a member of something with this transaction, if the library sends notices of this kind."""
        self.notices.add(occurrence)

    async def mails(self, kind: NoticeKind) -> bool:
        """Return whether notices of this kind leave by mail, so that a code needs not be shown."""
        return self._notice_defaults.has_mail and (await self.notice_settings.current()).mails(kind)

    def report(self, event: MessageEvent) -> None:
        """Publish with this transaction what became of a message."""
        self._message_events.append(event)

    async def commit(self, *, answer: object | None = None, imported: bool = False) -> None:
        """Commit everything. Raises the refusal of a violated constraint: another transaction was faster."""
        everybody = (*self.members.seen, *self.members.removed)
        events = [*self._events, *(event for member in everybody for event in member.take_events())]
        try:
            changed = self.members.seal()
            self.accounts.seal()
            self.second_factors.seal()
            await self.members.put_cards_away()
            await self._work.flush()  # a member is written before the account that points to it
            counts = await self.members.write_what_hangs_on(changed, _nothing if imported else self._counted)
            counts += await self._keep_what_is_gone(is_counted=not imported)
            await self.imported.write()
            await self.desk_messages.write()
            self._session.add_all(self.accounts.added)
            await self._work.flush()  # an account is written before what says how far its roles go
            await self.accounts.write_bounds()
            await self.foreign_identities.write()
            await self.audit.write()
            await self.sessions.note_ended()
            await self.notices.write()
            await self._work.commit(
                [
                    *map(message, events),
                    *map(account_message, self._account_events),
                    *map(message_news, self._message_events),
                ],
                answer=answer,
                now=self._clock.now(),
                counts=counts,
                imported=imported,
            )
        except IntegrityError as error:
            for constraint, columns, refusal in _UNIQUE:
                if violates(error, constraint, columns):
                    raise refusal() from error
            raise
        self.audit.log()
        if self.members.removed:
            await self._database.empty_log()

    def _counted(self, entry: HistoryEntry, member: Member) -> list[Count]:
        return [*counts_of(entry, member, entry.at.astimezone(self._zone).date())]

    async def _keep_what_is_gone(self, *, is_counted: bool) -> list[Count]:
        """Count the members that were removed, and keep what their history was counted for."""
        day = self._clock.now().astimezone(self._zone).date()
        left = [count_of_leaving(member, day) for member in self.members.erased] if is_counted else []
        await forget(self._work.transaction.run, plumbing.cube, [*self.members.forgotten, *left])
        return left


def _nothing(*_: object) -> list[Count]:
    return []
