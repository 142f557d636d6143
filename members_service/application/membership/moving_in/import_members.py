"""Take in the members whom another system has kept."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any
from uuid import UUID

from members_service.application.membership.change_member import let_account_follow
from members_service.application.membership.enrol_member import free_card
from members_service.application.membership.home_branch import LibraryBranches
from members_service.application.membership.moving_in.take_guardians import GuardiansOfFile
from members_service.application.membership.moving_in.touched_members import TouchedMembers
from members_service.application.membership.queries import CategoryQueries
from members_service.application.membership.work import MembershipWork, MembershipWorkFactory
from members_service.application.passwords_and_pins import Passwords
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.email import Email
from members_service.domain.membership.came_before import (
    CameBefore,
    ChangedHereToo,
    KeptHere,
    fields_of_member,
    kept_here,
    protected_here,
)
from members_service.domain.membership.card import CardNumberTaken
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.filed_member import FiledMember, NoCategory, NoName
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_record import MemberRecord, UnknownBranch, check_language
from members_service.domain.membership.membership import Categories, day_in
from members_service.domain.membership.name import display_name
from members_service.domain.membership.personal_details import AttributeRules, PersonalDetails
from members_service.domain.membership.standing import Suspension
from members_service.domain.pin import check_digits
from shared.kernel.clock import Clock
from shared.kernel.errors import InvalidValue, LibraryError
from shared.kernel.file_records import Batch, Counts, FileRecord, SeenRecords, in_batches, left_out_of
from shared.kernel.ids import new_id
from shared.kernel.imports import ImportFile

AT_ONCE = 200
_HASHED_AT_ONCE = 8
_TAKEN_OVER = "Taken over from the library's former system."
_DETAILS = frozenset(one.name for one in fields(PersonalDetails))

MemberRecords = AsyncIterator[FileRecord[FiledMember]]


@dataclass(frozen=True, slots=True)
class ImportMembers:
    """Take in the members of a file, batch by batch.

    - A record whose `external_id`, or else whose card number, is known revises that member; a field that it leaves out
      stays. The same file again changes nothing, whatever was done here since: of a record that came before, only new
      values count.
    - Where such a field was changed here, too, the file wins, and a remark says so. But of two ends of a membership the
      later one counts, and a choice that was made here about reading history stays.
    - A card that the other system gave out since is the one that works; one that somebody else has here is refused.
    - A record that was merged into another one here is skipped: the person is on record as the desk left it.
    - By which of both keys records are recognised, and which fields keep the value that they have here, the import may
      say itself.
    - A home branch is one that the library has: books is asked at most once a batch.
    - A bad record never stops the others; each is reported with what is wrong.
    - No activation token is made, and no event says that somebody joined. A member with an address of their own gets an
      account, for which the desk offers a password on request; it follows a change of address.
    - A dry run recognises a record that came earlier in its file, by the same keys.
    - Guardians may come later in the file than their wards. A PIN is set where there is none.
    """

    unit_of_work: MembershipWorkFactory
    category_queries: CategoryQueries
    branches: LibraryBranches
    attribute_rules: AttributeRules
    pins: Passwords
    secret_generator: SecretGenerator
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: ImportFile, file: MemberRecords) -> AsyncIterator[Batch]:
        """Yield the outcome of each batch once it is committed, and at last the errors of guardians.

        Raises LeaseLost or NeighbourUnavailable.
        """
        run = _Run(self, command, (await self.category_queries.newest()).categories)
        if command.rules.match:
            file = _matched_by(command.rules.match, file)
        async for records in in_batches(run.not_taken_yet(file), of=AT_ONCE):
            async for batch in run.take(await run.at_home(records)):
                yield batch
        if not command.dry_run and (errors := await run.guardians.take()):
            yield Batch(Counts(), tuple(errors))


class _Run:
    """One run of an import."""

    def __init__(self, ports: ImportMembers, command: ImportFile, categories: Categories) -> None:
        self._ports = ports
        self._command = command
        self._categories = categories
        self._seen = SeenRecords()
        self._run = new_id()
        self._made: set[UUID] = set()
        self.guardians = GuardiansOfFile(ports.unit_of_work, ports.clock, self._run, command)

    async def not_taken_yet(self, file: MemberRecords) -> MemberRecords:
        """Yield the records that no earlier run took in; note the guardians of the others, which it had not reached."""
        async for record in file:
            if record.number > self._command.already:
                yield record
            else:
                self.guardians.note(record)

    async def at_home(self, records: Sequence[FileRecord[FiledMember]]) -> list[FileRecord[FiledMember]]:
        """Return the records with their home branches as the library writes them, or refused for one that is unknown.

        Raises NeighbourUnavailable.
        """
        filed = [one.content for one in records if isinstance(one.content, FiledMember)]
        codes = {one.home_branch for one in filed if one.home_branch is not None}
        spellings = await self._ports.branches.spellings(codes) if codes else {}
        return [_at_home(one, spellings) for one in records]

    async def take(self, records: Sequence[FileRecord[FiledMember]]) -> AsyncIterator[Batch]:
        """Import a batch in one transaction; after a conflict, each record in one of its own."""
        hashes = await self._hashes(records)
        try:
            batch = await self._keep(records, hashes)
        except LibraryError:
            for record in records:
                yield await self._keep_alone(record, hashes)
        else:
            yield batch

    async def _keep_alone(self, record: FileRecord[FiledMember], hashes: dict[int, str]) -> Batch:
        try:
            return await self._keep([record], hashes)
        except LibraryError as error:
            return Batch(Counts(read=1, failed=1), tuple(record.errors(error)), left_out_of([record]))

    async def _hashes(self, records: Sequence[FileRecord[FiledMember]]) -> dict[int, str]:
        """Return the hashes of the PINs of a batch by the numbers of the records; wrong ones are left out."""
        pins: list[tuple[int, str]] = []
        for record in records:
            if isinstance(record.content, FiledMember) and record.content.pin is not None:
                try:
                    pins.append((record.number, check_digits(record.content.pin)))
                except InvalidValue:
                    continue
        found: dict[int, str] = {}
        for start in range(0, len(pins), _HASHED_AT_ONCE):
            some = pins[start : start + _HASHED_AT_ONCE]
            hashed = await asyncio.gather(*(self._ports.pins.hash(pin) for _, pin in some))
            found |= {number: one for (number, _), one in zip(some, hashed, strict=True)}
        return found

    async def _keep(self, records: Sequence[FileRecord[FiledMember]], hashes: dict[int, str]) -> Batch:
        counts, errors = Counts(), []
        taken: list[tuple[FileRecord[FiledMember], UUID | None]] = []
        async with self._ports.unit_of_work() as uow:
            filed = [one.content for one in records if isinstance(one.content, FiledMember)]
            taking = _Taking(self._ports, self._command, self._categories, uow, self._seen, run=self._run)
            await taking.open(filed)
            for record in records:
                try:
                    if isinstance(record.content, LibraryError):
                        raise record.content
                    if taking.was_merged(record.content):
                        counts += Counts(read=1, skipped=1)
                        continue
                    member, outcome = await taking.take(record.content, pin_hash=hashes.get(record.number))
                    errors += [one for remark in taking.remarks for one in record.errors(remark)]
                    taking.remarks.clear()
                except LibraryError as error:
                    taking.remarks.clear()
                    counts += Counts(read=1, failed=1)
                    errors += record.errors(error)
                    continue
                counts += outcome
                taken.append((record, None if member is None else member.id))
            batch = Batch(counts, tuple(errors), left_out_of(records))
            if not self._command.dry_run:
                await self._command.note(uow.imports, batch)
                await uow.imports.keep(taking.touched.changes(self._made), {})
                await uow.commit(imported=True)
                self._made |= taking.touched.made
        for record, member_id in taken:
            self.guardians.note(record, member_id)
            if self._command.dry_run and isinstance(record.content, FiledMember):
                self._seen.note(record.content.keys, record.content)
        return batch


class _Taking:
    """The records of one batch, in one transaction."""

    def __init__(
        self,
        ports: ImportMembers,
        command: ImportFile,
        categories: Categories,
        uow: MembershipWork,
        seen: SeenRecords,
        *,
        run: UUID,
    ) -> None:
        self._ports = ports
        self._command = command
        self._categories = categories
        self._uow = uow
        self._seen = seen
        self._run = run
        self._before: dict[str, CameBefore] = {}
        self.remarks: list[LibraryError] = []
        self.touched = TouchedMembers()
        self._on_record: dict[str, Member] = {}
        self._merged: set[str] = set()
        self._addresses: set[str] = set()
        self._now = ports.clock.now()
        self._today = day_in(ports.zone, at=self._now)

    async def open(self, filed: Sequence[FiledMember]) -> None:
        """Look up everybody whom the records may mean, and which of their addresses somebody signs in with already."""
        self._on_record = await self._uow.members.matching(filed)
        self._before = await self._uow.imported.came_before({key for one in filed for key in one.keys})
        for key, row in self._before.items():
            if key not in self._on_record:  # its key was changed here
                self._on_record[key] = await self._uow.members.get(row.member_id)
        self._merged = await self._uow.members.merged_keys(filed)
        addresses = {str(one.values["email"]) for one in filed if one.values.get("email")}
        self._addresses = await self._uow.accounts_of_members.emails_taken([*filter(None, map(_email, addresses))])

    def was_merged(self, filed: FiledMember) -> bool:
        """Return whether it came before as a record that was merged here: its fields were weighed up then."""
        return next((key in self._merged for key in filed.keys if key in self._merged or key in self._on_record), False)

    async def take(self, filed: FiledMember, *, pin_hash: str | None) -> tuple[Member | None, Counts]:
        """Import one record. Raises the refusal of what is wrong in it before anything of it is stored."""
        if filed.pin is not None:
            check_digits(filed.pin)
        card = None if filed.card_number is None else CardNumber.parse(filed.card_number)
        member = next((self._on_record[key] for key in filed.keys if key in self._on_record), None)
        if (again := self._seen.again(filed.keys, filed)) is not None:
            self._seen.note(filed.keys, filed)
            return member, again
        if member is not None:
            return member, await self._revise(member, filed, card, pin_hash=pin_hash)
        record = self._record(filed, None)
        member = Member(
            id=new_id(),
            record=record,
            card=card or await free_card(self._uow, self._ports.secret_generator),
            pin_hash=pin_hash,
            joined_at=_moment(filed.joined_on, self._ports.zone) or self._now,
            by=self._command.by,
            now=self._now,
        )
        member.have_joined_before()
        member.suspend_as_before(self._suspension(filed))
        self._uow.members.add(member)
        self.touched.make(member)
        self._open_account(member)
        for key in filed.keys:
            self._on_record[key] = member
        self._note(filed, member)
        return member, Counts(read=1, created=1)

    def _note(self, filed: FiledMember, member: Member) -> None:
        """Remember the fields of the record under each of its keys; nothing is written where none is new."""
        for key in filed.keys:
            row = self._before.get(key)
            if row is None or row.member_id != member.id:
                row = CameBefore(member.id, self._ports.secret_generator.secret(), self._run, {})
            noted = row.noting(filed.fields, run=self._run)
            if noted is not self._before.get(key):
                self._before[key] = noted
                self._uow.imported.note(key, noted)

    def _news(self, filed: FiledMember, member: Member) -> FiledMember:
        """Return what is new in a record that came before, and remark on fields that were changed here as well."""
        row = next((self._before[key] for key in filed.keys if key in self._before), None)
        here = fields_of_member(member)
        protected = protected_here(self._command.rules.protect, here | {"card_number": member.card.number})
        if row is None or row.member_id != member.id:
            return (
                filed.limited_to(frozenset(filed.fields) - protected, member.details.attributes) if protected else filed
            )
        news = row.news(filed.fields) - protected
        changed = row.changed_here_too(news, filed.fields, here)
        kept = kept_here(changed, filed.values, member)
        followed = [name for name in changed if name not in kept]
        self.remarks += [ChangedHereToo(followed)] if followed else []
        self.remarks += [KeptHere(kept)] if kept else []
        return filed.limited_to(news - frozenset(kept), member.details.attributes)

    async def _revise(
        self, member: Member, filed: FiledMember, card: CardNumber | None, *, pin_hash: str | None
    ) -> Counts:
        if any(self._on_record.setdefault(key, member) is not member for key in filed.keys):
            raise CardNumberTaken
        news = self._news(filed, member)
        record, before = self._record(news, member.record), member.version
        self.touched.meet(member)
        await self._let_account_follow(member, record.email)
        member.edit(record, by=self._command.by, now=self._now)
        if card is not None and news.card_number is not None:
            member.take_over_card(card, by=self._command.by, reason=_TAKEN_OVER, now=self._now)
        if pin_hash is not None and member.pin_hash is None:
            member.set_pin(pin_hash, by=self._command.by, now=self._now)
        self._note(filed, member)
        changed = member.version != before
        return Counts(read=1, updated=1) if changed else Counts(read=1, skipped=1)

    def _record(self, filed: FiledMember, present: MemberRecord | None) -> MemberRecord:
        """Return the values of the file over the present record. Raises the refusal of what is wrong in them."""
        values = dict(filed.values)
        details = {name: values.pop(name) for name in list(values) if name in _DETAILS}
        email = values.pop("email", None)
        if email is not None:
            values["email"] = Email.parse(email)
        if "language" in values:
            check_language(values["language"])
        category = values.get("category") or (present.category if present else None)
        if category is None:
            raise NoCategory
        terms = self._categories[category]
        of_person = replace(present.details if present else PersonalDetails(), **details)
        of_person.check_on(self._today)
        if "attributes" in details:
            self._ports.attribute_rules.check(of_person.attributes)
        name = values.get("name") or (
            present.name if present else display_name(of_person.given_name, of_person.family_name)
        )
        if not name:
            raise NoName
        more: dict[str, Any] = values | {"name": name, "category": terms.category, "details": of_person}
        if filed.external_id is not None:
            more["external_id"] = filed.external_id
        if present is not None:
            return replace(present, **more)
        more.setdefault("expires_on", terms.last_day(first=self._today))
        return MemberRecord(**more)

    def _suspension(self, filed: FiledMember) -> Suspension | None:
        until = filed.suspended_until
        return None if until is None or until < self._today else Suspension(_TAKEN_OVER, until)

    def _open_account(self, member: Member) -> None:
        if member.email is not None and self._takes_address(member.email):
            self._uow.accounts_of_members.open_for(
                member.id, member.email, token=None, from_desk=True, by=self._command.by, now=self._now
            )

    async def _let_account_follow(self, member: Member, email: Email | None) -> None:
        moves = email is not None and (member.email is None or member.email.key != email.key)
        if email is not None and moves and self._takes_address(email):
            by, now = self._command.by, self._now
            await let_account_follow(member, email, uow=self._uow, from_desk=True, by=by, now=now)

    def _takes_address(self, email: Email) -> bool:
        """Reserve the address; return False if an account, here or earlier in the file, signs in with it already."""
        if email.key in self._addresses:
            return False
        self._addresses.add(email.key)
        return True


async def _matched_by(match: tuple[str, ...], file: MemberRecords) -> MemberRecords:
    async for record in file:
        filed = record.content
        yield replace(record, content=replace(filed, match=match)) if isinstance(filed, FiledMember) else record


def _at_home(record: FileRecord[FiledMember], spellings: Mapping[str, str]) -> FileRecord[FiledMember]:
    if not isinstance(record.content, FiledMember):
        return record
    try:
        return replace(record, content=record.content.at_home(spellings))
    except UnknownBranch as error:
        return replace(record, content=error)


def _email(text: str) -> Email | None:
    try:
        return Email.parse(text)
    except InvalidValue:
        return None  # reported with its record


def _moment(day: date | None, zone: tzinfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(12), zone).astimezone(UTC)
