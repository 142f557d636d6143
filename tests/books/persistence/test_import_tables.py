"""Imports in hand beside a release that has how a file is read, and what it holds, in one column."""

from sqlalchemy import select

from books_service.persistence.import_tables import imports
from shared.kernel.ids import new_id
from shared.kernel.imports import LEASE
from tests.books.library import Library
from tests.books.makers import NOW


async def test_a_job_is_written_as_the_release_before_reads_it(library: Library) -> None:
    asked = await library.start_import(b"title\n", mapping={"barcode": "label"}, split_authors="/", what="copies")

    job = await library.exchange.imports.take(lease=new_id(), now=NOW, until=NOW + LEASE)
    (row,) = await library.database.rows(select(imports.jobs))

    options = {"columns": {"barcode": "label"}, "split_authors": "/", "what": "copies", "items": None}
    assert job is not None
    assert ("copies", "copies", options) == (asked.what, job.what, job.mapping)
    assert ["options"] == [column.name for column in imports.jobs.c if column.key == "mapping"]
    assert options == row.mapping
