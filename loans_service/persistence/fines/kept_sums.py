"""What old postings and receipts come to, kept so that a balance reads only what came since."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, String, Table, and_, case, func, select, update

from loans_service.domain.fines.fine import Posting
from loans_service.domain.tills.till import Method
from loans_service.domain.tills.till_receipt import ReceiptKind
from loans_service.persistence.fines.fine_tables import fine_entries
from loans_service.persistence.metadata import metadata, words
from loans_service.persistence.tills.till_tables import till_receipts, till_years
from shared.persistence.database import Database
from shared.persistence.lists import insert_for
from shared.persistence.transaction import Transaction
from shared.persistence.types import UtcDateTime

ledger_sums = Table(
    "ledger_sums",
    metadata,
    Column("currency", String(3), primary_key=True),
    Column("posting", words(Posting), primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("elsewhere", BigInteger, nullable=False),
    comment="What the postings up to the mark come to; elsewhere is the part that no till or payout accounts for.",
)
receipt_sums = Table(
    "receipt_sums",
    metadata,
    Column("currency", String(3), primary_key=True),
    Column("method", words(Method), primary_key=True),
    Column("taken", BigInteger, nullable=False),
    Column("given_back", BigInteger, nullable=False),
    comment="What the receipts up to the marks of their tills come to.",
)
sum_marks = Table(
    "sum_marks",
    metadata,
    Column("till", String(40), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("up_to", BigInteger, nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("seen_at", UtcDateTime),
    comment="Up to which serial of a till in a year, or in the row without a till up to which posting, sums are kept.",
)

SETTLED = timedelta(hours=1)
"""Postings are numbered before they are committed: after this time none with a lower number is still to come."""

IS_PAYMENT = till_receipts.c.kind == ReceiptKind.PAYMENT
LEDGER = and_(sum_marks.c.till == "", sum_marks.c.year == 0)
ELSEWHERE = func.coalesce(func.sum(case((fine_entries.c.booked.is_(None), fine_entries.c.amount))), 0)
TAKEN, GIVEN_BACK = [
    func.coalesce(func.sum(case((kind, till_receipts.c.amount))), 0) for kind in (IS_PAYMENT, ~IS_PAYMENT)
]


class KeptSums:
    """Adds what has come since the last time to the sums. Several processes may do so at once.

    The serials of a till are committed in their order, so that its receipts count at once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, *, now: datetime) -> None:
        """Bring the sums up to date, as far as nothing more can come before."""
        async with self._database.begin() as transaction:
            await transaction.run(self._insert(sum_marks).values(_NO_MARK).on_conflict_do_nothing())
            (mark,) = await transaction.run(select(sum_marks).where(LEDGER).with_for_update())
            if mark.seen_at is None or now - mark.seen_at >= SETTLED:
                await self._keep_postings(transaction, mark, now=now)
            await self._keep_receipts(transaction)
            await transaction.commit()

    async def _keep_postings(self, transaction: Transaction, mark: Any, *, now: datetime) -> None:
        entries = fine_entries.c
        new = and_(entries.entry_id > mark.up_to, entries.entry_id <= mark.seen)
        by = (entries.currency, entries.posting)
        sums = select(*by, func.sum(entries.amount).label("amount"), ELSEWHERE.label("elsewhere"))
        for row in await transaction.run(sums.where(new).group_by(*by)):
            await self._add(transaction, ledger_sums, row)
        (newest,) = await transaction.run(select(func.coalesce(func.max(entries.entry_id), 0).label("entry_id")))
        moved = {"up_to": mark.seen, "seen": newest.entry_id, "seen_at": now}
        await transaction.run(update(sum_marks).where(LEDGER).values(moved))

    async def _keep_receipts(self, transaction: Transaction) -> None:
        of_till = and_(sum_marks.c.till == till_years.c.till, sum_marks.c.year == till_years.c.year)
        up_to = func.coalesce(sum_marks.c.up_to, 0)
        grown = select(till_years, up_to.label("up_to")).outerjoin_from(till_years, sum_marks, of_till)
        for year in await transaction.run(grown.where(till_years.c.last > up_to)):
            receipts = till_receipts.c
            of_year = and_(receipts.till == year.till, receipts.year == year.year)
            new = and_(of_year, receipts.serial > year.up_to, receipts.serial <= year.last)
            by, found = (receipts.currency, receipts.method), 0
            sums = select(*by, TAKEN.label("taken"), GIVEN_BACK.label("given_back"), func.count().label("number"))
            for row in await transaction.run(sums.where(new).group_by(*by)):
                found += row.number
                await self._add(transaction, receipt_sums, row)
            mark = {**_NO_MARK, "till": year.till, "year": year.year, "up_to": year.last, "counted": found}
            kept = self._insert(sum_marks).values(mark)
            counted = sum_marks.c.counted + kept.excluded.counted
            moved = {"up_to": kept.excluded.up_to, "counted": counted}
            await transaction.run(kept.on_conflict_do_update(index_elements=["till", "year"], set_=moved))

    async def _add(self, transaction: Transaction, table: Table, row: Any) -> None:
        keys = [column.name for column in table.primary_key]
        new = self._insert(table).values({column.name: getattr(row, column.name) for column in table.c})
        added = {each.name: each + new.excluded[each.name] for each in table.c if each.name not in keys}
        await transaction.run(new.on_conflict_do_update(index_elements=keys, set_=added))

    def _insert(self, table: Table) -> Any:
        return insert_for(self._database.dialect)(table)


_NO_MARK = {"till": "", "year": 0, "up_to": 0, "counted": 0, "seen": 0}
