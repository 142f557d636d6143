"""The MARC record of a book while a file changes it, and what only staff read in it."""

import asyncio
from uuid import UUID

from sqlalchemy import select, update

from books_service.persistence.import_tables import source_records
from books_service.persistence.tables import books
from shared.persistence.database import Database
from tests.books.api.conftest import Service, problem
from tests.books.api.exchange.test_marc import JSON, RICH, a_rich_book, field, put, read, tags
from tests.books.makers import ISBN


async def test_a_file_that_changes_the_record_at_the_same_time_comes_first(
    service: Service, database: Database
) -> None:
    path = await a_rich_book(service)
    seen = await read(service, f"{path}/marc")
    mine = books.c.book_id == UUID(path.rpartition("/")[2])
    async with database.begin() as file:
        await file.run(select(books.c.book_id).where(mine).with_for_update(key_share=True))
        await file.run(update(source_records).values(leader="00000nam a2200000 i 4500"))
        changed = seen.text.replace("Handsome", "Clever").encode()
        answer = asyncio.create_task(put(service, f"{path}/marc", changed, tag=seen.headers["etag"]))
        await asyncio.sleep(0.3)
        await file.commit()

    assert (412, "out-of-date") == problem(await answer)


async def test_what_only_staff_read_of_holdings_is_not_shown_to_others(service: Service) -> None:
    holdings = "".join(
        f'<datafield tag="{tag}" ind1=" " ind2=" ">{parts}</datafield>'
        for tag, parts in (
            ("852", '<subfield code="b">MAIN</subfield><subfield code="x">donor wants it back</subfield>'),
            ("949", '<subfield code="p">12.50</subfield>'),
            ("952", '<subfield code="v">12.50</subfield><subfield code="x">spilt on</subfield>'),
        )
    )
    await service.upload(RICH.replace("</record>", f"{holdings}</record>").encode(), query="format=marcxml")
    await service.library.work()
    (book,) = (await service.get(f"/v1/books?isbn={ISBN}")).json()["items"]
    path = f"/v1/books/{book['book_id']}/marc"

    public, staff = await service.get(path, Accept=JSON), await read(service, path)

    assert [{"b": "MAIN"}] == field(public.json(), "852")["subfields"]
    assert {"949", "952"} == {*tags(staff.json())} - {*tags(public.json())}
    assert [{"b": "MAIN"}, {"x": "donor wants it back"}] == field(staff.json(), "852")["subfields"]
    assert public.headers["etag"] != staff.headers["etag"]
