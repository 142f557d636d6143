"""A library that has just moved in."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from loans_service.adapters.moving_in.former_files import read_records
from loans_service.application.moving_in.use_cases import MovingInUseCases
from loans_service.persistence.tables import plumbing
from shared.kernel.file_records import Batch, Counts
from shared.kernel.ids import new_id
from shared.kernel.imports import ImportFile
from shared.persistence.database import Database
from tests.loans.branch import Branch
from tests.loans.makers import a_copy

EMMA_AGAIN, SANDITON = UUID(int=11), UUID(int=12)


@dataclass
class NewHome:
    """A branch, and what comes into it."""

    branch: Branch

    async def bring(self, what: str, *records: dict[str, Any], **command: Any) -> Batch:
        """Import records; return what became of all of them."""
        content = "\n".join(json.dumps(record) for record in records).encode()

        async def pieces() -> AsyncIterator[bytes]:
            yield content

        whole = Batch(Counts())
        records_in = read_records(what, "json", pieces(), {}, currency="EUR")
        take_in = replace(MovingInUseCases(self.branch.ports).take_in[what], pauses=(0.0,))
        async for batch in take_in(ImportFile(**command), records_in):
            whole = Batch(whole.counts + batch.counts, whole.errors + batch.errors)
        return whole

    async def bring_again(self, what: str, record: dict[str, Any]) -> tuple[dict[str, int], list[str]]:
        """Import a record; return what was counted, and the codes and fields of what is told. Twice, it is quiet."""
        whole = await self.bring(what, record)
        quiet = await self.bring(what, record)
        assert (Counts(read=1, skipped=1), ()) == (quiet.counts, quiet.errors)
        counts = {name: count for name, count in asdict(whole.counts).items() if count and name != "read"}
        told = [(one.code, one.detail.partition("otherwise: ")[2].partition(".")[0]) for one in whole.errors]
        return counts, [" ".join(one).strip() for one in told]

    async def rows(self, table: Any) -> list[Any]:
        async with self.branch.database.reading() as connection:
            return list((await connection.execute(select(table).order_by(*table.primary_key.columns))).mappings())

    async def told(self) -> list[tuple[str, bool]]:
        """Return the types of all events, and whether each is marked as imported."""
        return [(row["type"], row["imported"]) for row in await self.rows(plumbing.outbox)]


@pytest.fixture
def home(database: Database) -> NewHome:
    copies = (
        a_copy(),
        a_copy(copy_id=EMMA_AGAIN, barcode="C2", branch="EAST"),
        a_copy(copy_id=SANDITON, book_id=new_id(), barcode="C3"),
    )
    return NewHome(Branch(database, *copies))
