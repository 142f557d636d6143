"""Import the copies of one batch of records into the stock, in the transaction of the batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from books_service.application.exchange.records_before import RecordsBefore
from books_service.domain.exchange.came_before import (
    CameBefore,
    ChangedHereToo,
    RemovedHere,
    digests_of_copy,
    names_of_copy,
)
from books_service.domain.exchange.copy_matching import CopiesOfFile, CopyWithoutBook, CopyWithoutBranch
from books_service.domain.exchange.record_rules import RecordRules, kept
from books_service.domain.stock.availability import CopyAvailability
from books_service.domain.stock.branch import Branch, UnknownBranch, UnknownLocation, branch_key
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_facts import CopyFacts
from books_service.domain.stock.copy_record import CopyRecord
from books_service.domain.stock.copy_refusals import BarcodeTaken
from books_service.domain.stock.copy_status import CopyStatus
from books_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id

CREATED, UPDATED, SKIPPED = "created", "updated", "skipped"
NO_BOOK = UUID(int=0)
"""In place of the id of a book that the catalogue does not have."""


@dataclass(slots=True)
class CopyBatch:
    """The copies of one batch of records; `open` reads what the stock says of them."""

    uow: UnitOfWork
    copies_of_file: CopiesOfFile
    now: datetime
    before: RecordsBefore
    rules: RecordRules
    dry_run: bool = False
    by: str | None = None
    _by_id: dict[UUID, Copy] = field(default_factory=dict)
    _by_barcode: dict[str, Copy] = field(default_factory=dict)
    _by_external_id: dict[str, Copy] = field(default_factory=dict)
    _branches: dict[str, Branch] = field(default_factory=dict)
    _circulation: dict[UUID, CopyAvailability] = field(default_factory=dict)

    async def open(self, batch: Sequence[tuple[CopyRecord, object]]) -> None:
        """Look up all copies and branches that records may mean; each record comes with how its file names its book."""
        if not batch:
            return
        records = [record for record, _ in batch]
        became = await self.before.look_up(
            (names_of_copy(record, self.rules.copy_keys), digests_of_copy(record, book)) for record, book in batch
        )
        found = [*await self.uow.copies.with_barcodes({str(record.barcode) for record in records})]
        external_ids = {record.external_id for record in records if record.external_id is not None}
        if external_ids:
            found += await self.uow.copies.with_external_ids(external_ids)
        if further := became - {copy.id for copy in found}:
            found += await self.uow.copies.named(further)
        self._by_id = {copy.id: copy for copy in found}
        self._by_barcode = {copy.barcode_key: copy for copy in found}
        self._by_external_id = {copy.external_id.lower(): copy for copy in found if copy.external_id is not None}
        self._branches = {branch.key: branch for branch in await self.uow.branches.all()}
        self._circulation = dict(await self.uow.circulation.of_many({copy.id for copy in found}))

    def take(self, record: CopyRecord, book_id: UUID | None, book: object, wrong: list[LibraryError]) -> str:
        """Add or revise the copy that `record` means, as one of this book (None: one that a dry run does not add).

        `book` is how the file names it. A location that the branch does not have is left out, and the reason added to
        `wrong`. Raises UnknownBranch, CopyWithoutBranch, CopyWithoutBook, BarcodeTaken, BarcodeRepeatedInFile,
        ExternalIdRepeatedInFile, or what the copy itself refuses: then nothing of it is changed.
        """
        if self.copies_of_file.repeats(record, book_id):
            return SKIPPED
        names, digests = names_of_copy(record, self.rules.copy_keys), digests_of_copy(record, book)
        before = self.before.of(names, digests)
        labelled = self._by_barcode.get(record.barcode.key)
        found = {"barcode": labelled, "external_id": self._by_external_id.get((record.external_id or "").lower())}
        copy = next((each for key in self.rules.copy_keys if (each := found[key]) is not None), None)
        if before is not None:
            copy = self._by_id.get(before.thing_id) or copy  # else one that was removed, and entered again by hand
            if copy is None:
                wrong.append(RemovedHere())
                return SKIPPED
            before = CameBefore(copy.id, before.digests)
        news = frozenset(digests) if before is None else before.news(digests)
        if not news:
            return SKIPPED
        news -= kept(self.rules.of_copies, copy)
        if book_id == NO_BOOK and (copy is None or "book" in news):
            raise CopyWithoutBook
        if copy is None:
            if labelled is not None:
                raise BarcodeTaken
            return self._add(record, digests, book_id, wrong)
        if ("book" in news and copy.book_id != book_id) or ("barcode" in news and labelled not in (None, copy)):
            raise BarcodeTaken
        return self._update(copy, record, digests, before, news=news, wrong=wrong)

    def _add(
        self, record: CopyRecord, digests: Mapping[str, str], book_id: UUID | None, wrong: list[LibraryError]
    ) -> str:
        facts = self._facts(record, None, wrong)
        if book_id is not None and not self.dry_run:
            facts["book_id"] = book_id
            status = record.status or CopyStatus.IN_SERVICE
            copy = Copy.add(facts, id=new_id(), now=self.now, status=status, by=self.by)
            self.uow.copies.add(copy)
            self._note(record, digests, copy, changes=record, facts=facts)
        return CREATED

    def _update(
        self,
        copy: Copy,
        record: CopyRecord,
        digests: Mapping[str, str],
        before: CameBefore | None,
        *,
        news: frozenset[str],
        wrong: list[LibraryError],
    ) -> str:
        """Update these fields of a copy from its record: with what that says anew, if it came before."""
        changes, remarks = record.restricted_to(news), list[LibraryError]()
        facts = self._facts(changes, copy, remarks)
        if "barcode" not in news:
            facts.pop("barcode", None)
        if before is not None:
            here = digests_of_copy(CopyRecord.of_copy(copy, placed=record.branch is not None))
            if too := before.changed_here_too(news - {"book"}, digests, here):
                remarks.append(ChangedHereToo(too))
        outcome = self._revise(copy, changes, facts)
        wrong += remarks
        self._note(record, digests, copy, changes=changes, facts=facts)
        return outcome

    def _note(
        self, record: CopyRecord, digests: Mapping[str, str], copy: Copy, *, changes: CopyRecord, facts: CopyFacts
    ) -> None:
        """Remember what the record said; a location that the branch does not have yet is new again next time."""
        unknown = {"location"} if changes.location is not None and not facts.get("location") else set[str]()
        stored = {name: digest for name, digest in digests.items() if name not in unknown}
        self.before.note(names_of_copy(record), stored, copy.id)

    def _facts(self, record: CopyRecord, copy: Copy | None, wrong: list[LibraryError]) -> CopyFacts:
        facts = record.facts()
        code = record.branch if record.branch is not None else copy.own_place.branch if copy is not None else None
        if code is None:
            raise CopyWithoutBranch
        branch = self._branches.get(branch_key(code))
        if branch is None:
            raise UnknownBranch
        facts["branch"] = branch.code if copy is not None else branch.expect_open().code
        if record.location is not None:
            try:
                facts["location"] = branch.location(record.location)
            except UnknownLocation as error:
                wrong.append(error)
        if copy is not None and copy.own_place.branch != branch.code:
            facts.setdefault("location", None)  # that of the branch that it leaves
        return facts

    def _revise(self, copy: Copy, record: CopyRecord, facts: CopyFacts) -> str:
        nothing_new = all(copy.fact(name) == value for name, value in facts.items())
        if nothing_new and record.status in (None, copy.status):
            return SKIPPED
        circulation = self._circulation.get(copy.id)
        copy.refuse(facts, record.status, circulation=circulation)
        if self.dry_run:
            return UPDATED
        copy.revise(facts, circulation=circulation, now=self.now, by=self.by)
        if record.status is not None:
            copy.change_status(
                record.status, reason=None, by_admin=False, now=self.now, circulation=circulation, by=self.by
            )
        return UPDATED
