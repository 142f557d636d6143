"""Bring the copies that files tell of into the stock, one batch in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from books_service.application.stock.ports import StockUnitOfWork
from books_service.domain.exchange.copy_matching import CopiesOfFile, CopyWithoutBranch
from books_service.domain.stock.availability import CopyAvailability
from books_service.domain.stock.branch import Branch, UnknownBranch, UnknownLocation, branch_key
from books_service.domain.stock.copy import Copy, CopyFacts
from books_service.domain.stock.copy_record import CopyRecord
from books_service.domain.stock.copy_refusals import BarcodeTaken
from books_service.domain.stock.copy_status import CopyStatus
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id

CREATED, UPDATED, SKIPPED = "created", "updated", "skipped"


@dataclass(slots=True)
class CopyBatch:
    """The copies of one batch of records; `open` reads what the stock says of them."""

    uow: StockUnitOfWork
    seen: CopiesOfFile
    now: datetime
    dry_run: bool = False
    by: str | None = None
    _by_barcode: dict[str, Copy] = field(default_factory=dict)
    _by_external_id: dict[str, Copy] = field(default_factory=dict)
    _branches: dict[str, Branch] = field(default_factory=dict)
    _circulation: dict[UUID, CopyAvailability] = field(default_factory=dict)

    async def open(self, records: Sequence[CopyRecord]) -> None:
        """Look up all copies and branches that `records` may mean."""
        if not records:
            return
        known = [*await self.uow.copies.with_barcodes({str(record.barcode) for record in records})]
        external_ids = {record.external_id for record in records if record.external_id is not None}
        if external_ids:
            known += await self.uow.copies.with_external_ids(external_ids)
        self._by_barcode = {copy.barcode_key: copy for copy in known}
        self._by_external_id = {copy.external_id.lower(): copy for copy in known if copy.external_id is not None}
        self._branches = {branch.key: branch for branch in await self.uow.branches.all()}
        self._circulation = dict(await self.uow.circulation.of_many({copy.id for copy in known}))

    def place(self, record: CopyRecord, book_id: UUID | None, wrong: list[LibraryError]) -> str:
        """Add or revise the copy that `record` means, as one of this book (None: of one that is not really added).

        A location that the branch does not have is left out, and the reason added to `wrong`. Raises UnknownBranch,
        CopyWithoutBranch, BarcodeTaken, BarcodeRepeatedInFile, ExternalIdRepeatedInFile, or what the copy itself
        refuses: then nothing of it is changed.
        """
        if self.seen.repeats(record, book_id):
            return SKIPPED
        labelled = self._by_barcode.get(record.barcode.key)
        copy = self._by_external_id.get((record.external_id or "").lower()) or labelled
        if copy is not None and (copy.book_id != book_id or labelled not in (None, copy)):
            raise BarcodeTaken
        facts = self._facts(record, copy, wrong)
        if copy is None:
            return self._add(record, facts, book_id)
        return self._revise(copy, record, facts)

    def _facts(self, record: CopyRecord, copy: Copy | None, wrong: list[LibraryError]) -> CopyFacts:
        facts = record.facts()
        code = record.branch if record.branch is not None else copy.branch if copy is not None else None
        if code is None:
            raise CopyWithoutBranch
        branch = self._branches.get(branch_key(code))
        if branch is None:
            raise UnknownBranch
        facts["branch"] = branch.code
        if record.location is not None:
            try:
                facts["location"] = branch.location(record.location)
            except UnknownLocation as error:
                wrong.append(error)
        if copy is not None and copy.branch != branch.code:
            facts.setdefault("location", None)  # that of the branch that it leaves
        return facts

    def _add(self, record: CopyRecord, facts: CopyFacts, book_id: UUID | None) -> str:
        if book_id is not None and not self.dry_run:
            facts["book_id"] = book_id
            status = record.status or CopyStatus.IN_SERVICE
            self.uow.copies.add(Copy.add(facts, id=new_id(), now=self.now, status=status, by=self.by))
        return CREATED

    def _revise(self, copy: Copy, record: CopyRecord, facts: CopyFacts) -> str:
        nothing_new = all(getattr(copy, name) == value for name, value in facts.items())
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
