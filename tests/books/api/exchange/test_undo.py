"""The undoing of an import over HTTP: what it brought goes as long as nothing hangs on it, and all else stays."""

import json
from typing import Any
from uuid import UUID

import pytest

from books_service.domain.catalogue.record import BookRecord
from tests.books.api.conftest import Service, problem
from tests.books.api.exchange.test_import_rules import ROMOLA, books, run
from tests.books.bringing_in import everything
from tests.books.makers import ISBN, OTHER_ISBN

COPY = {"barcode": "1", "branch": "MAIN", "shelf_mark": "ELI", "price": "12.90"}


async def undo(service: Service, ended: dict[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
    """Undo this import, and return how that ended."""
    answer = await service.post(f"/v1/imports/{ended['import_id']}/undo?dry_run={str(dry_run).lower()}", None)
    assert 202 == answer.status_code, answer.text
    await service.library.work()
    found: dict[str, Any] = (await service.get(answer.headers["location"], by="librarian")).json()
    assert ("done", ended["import_id"]) == (found["state"], found["undoes"])
    return found


def counted(undone: dict[str, Any]) -> tuple[int, int, int, int]:
    return undone["read"], undone["updated"], undone["skipped"], undone["failed"]


@pytest.fixture
async def branch(service: Service) -> None:
    await service.post("/v1/branches", {"code": "MAIN", "name": "Main library"})


@pytest.mark.usefixtures("branch")
async def test_what_an_import_made_goes_and_comes_again_with_the_same_file(service: Service) -> None:
    there = await everything(service.library)
    ended = await run(service, ROMOLA | {"copies": [COPY]}, {"title": "Emma"})

    foreseen = await undo(service, ended, dry_run=True)
    assert ROMOLA["title"] in {book["title"] for book in await books(service)}
    undone = await undo(service, ended)

    assert ((3, 3, 0, 0), (3, 3, 0, 0)) == (counted(foreseen), counted(undone))
    assert there == await everything(service.library)
    again = await run(service, ROMOLA | {"copies": [COPY]}, {"title": "Emma"})
    assert (2, []) == (again["created"], again["errors"])


async def test_an_import_is_undone_once_however_often_somebody_asks(service: Service) -> None:
    ended = await run(service, ROMOLA)
    path = f"/v1/imports/{ended['import_id']}/undo"

    first = (await service.post(path, None)).json()
    waiting = (await service.post(path, None)).json()
    await service.library.work()
    done = (await service.post(path, None)).json()

    assert [first["import_id"]] * 2 == [waiting["import_id"], done["import_id"]]
    assert ("done", 1) == (done["state"], done["updated"])
    assert not await service.library.work()


@pytest.mark.usefixtures("branch")
async def test_what_an_import_changed_says_again_what_it_said_before(service: Service) -> None:
    full = ROMOLA | {"subjects": ["Florence"], "series": [{"title": "Cornhill", "number": "1"}], "copies": [COPY]}
    await run(service, full)
    there = [{**book, "version": 0, "changed_at": ""} for book in await books(service)]
    changed = {"publisher": "Elder", "isbn": OTHER_ISBN, "subjects": ["Italy"], "language": "eng", "edition": "2nd"}
    copy = {"shelf_mark": "X", "price": "1.00", "status": "in_repair", "note": "Torn."}
    ended = await run(service, full | changed | {"series": [], "copies": [COPY | copy]})

    undone = await undo(service, ended)

    assert 0 == undone["failed"], undone["errors"]
    assert there == [{**book, "version": 0, "changed_at": ""} for book in await books(service)]
    (found,) = (await service.get(f"/v1/books/{there[0]['book_id']}/copies")).json()["items"]
    assert ("ELI", "in_service", None) == (found["shelf_mark"], found["status"], found["note"])
    assert (1, 0) == ((await run(service, full))["skipped"], (await run(service, full))["updated"])
    assert 1 == (await run(service, full | changed))["updated"]


async def test_fields_that_somebody_changed_since_stay_and_the_others_go_back(service: Service) -> None:
    await run(service, ROMOLA)
    ended = await run(service, ROMOLA | {"publisher": "Elder", "edition": "2nd"})
    (book,) = await books(service)
    await service.change("PATCH", f"/v1/books/{book['book_id']}", {"edition": "3rd"}, if_match="*")

    undone = await undo(service, ended)

    (book,) = await books(service)
    assert ("Smith", "3rd") == (book["publisher"], book["edition"])
    assert ((1, 0, 0, 1), ["changed-since-import"]) == (counted(undone), [one["code"] for one in undone["errors"]])
    assert "edition" in undone["errors"][0]["detail"]
    assert (ISBN, 1) == (undone["errors"][0]["identifier"], undone["errors"][0]["record"])


@pytest.mark.usefixtures("branch")
async def test_what_something_hangs_on_stays_with_its_reason_and_another_undo_may_try_again(service: Service) -> None:
    lent = COPY | {"barcode": "2"}
    ended = await run(service, ROMOLA | {"copies": [COPY, lent]}, {"title": "Emma"}, {"title": "Middlemarch"})
    by_title = {book["title"]: book for book in await books(service)}
    copies = (await service.get(f"/v1/books/{by_title['Romola']['book_id']}/copies")).json()["items"]
    held = next(copy for copy in copies if copy["barcode"] == "2")
    await service.library.hear(UUID(held["copy_id"]), "on_loan", sequence=1)
    await service.change("PATCH", f"/v1/books/{by_title['Emma']['book_id']}", {"publisher": "Ours"})
    added = await service.post(
        f"/v1/books/{by_title['Middlemarch']['book_id']}/copies", {"barcode": "3", "branch": "MAIN"}
    )

    first = await undo(service, ended)
    await service.change("DELETE", f"/v1/copies/{added.json()['copy_id']}")
    second = await undo(service, ended)

    assert (5, 1, 0, 4) == counted(first)
    assert {"book-has-copies", "copy-has-past", "changed-since-import"} == {one["code"] for one in first["errors"]}
    assert (4, 1, 0, 3) == counted(second)
    assert {"Romola", "Emma"} == {book["title"] for book in await books(service)}
    again = await run(service, ROMOLA | {"copies": [COPY, lent]}, {"title": "Emma"}, {"title": "Middlemarch"})
    assert (1, 2, 1) == (again["created"], again["skipped"], again["kinds"]["copies"]["created"])


async def test_what_went_meanwhile_is_counted_as_gone(service: Service) -> None:
    ended = await run(service, ROMOLA)
    (book,) = await books(service)
    await service.change("DELETE", f"/v1/books/{book['book_id']}")

    assert (1, 0, 1, 0) == counted(await undo(service, ended))


async def test_a_later_import_of_the_same_things_is_undone_first(service: Service) -> None:
    first = await run(service, ROMOLA)
    second = await run(service, ROMOLA | {"publisher": "Elder"})

    assert ["changed-since-import"] == [one["code"] for one in (await undo(service, first))["errors"]]
    assert (1, 1, 0, 0) == counted(await undo(service, second))
    assert ["Smith"] == [book["publisher"] for book in await books(service)]
    undone = await undo(service, first)
    assert (1, 0, 0, 1) == counted(undone)  # it has been changed, though it says the same again


async def test_the_marc_of_before_comes_back(service: Service) -> None:
    def marc(note: str) -> bytes:
        return (
            b"<collection><record><leader>00000nam a2200000 a 4500</leader>"
            b'<controlfield tag="001">1</controlfield><controlfield tag="003">X</controlfield>'
            b'<datafield tag="245" ind1="0" ind2="0"><subfield code="a">Villette</subfield></datafield>'
            b'<datafield tag="505" ind1=" " ind2=" "><subfield code="a">' + note.encode() + b"</subfield></datafield>"
            b"</record></collection>"
        )

    async def sent(note: str) -> dict[str, Any]:
        answer = await service.upload(marc(note), query="format=marcxml")
        await service.library.work()
        return dict((await service.get(answer.headers["location"], by="librarian")).json())

    await sent("Theirs.")
    ended = await sent("Changed.")

    await undo(service, ended)

    exported = await service.get("/v1/exports/books?format=marcxml", by="librarian")
    assert "Theirs." in exported.text
    assert "Changed." not in exported.text


async def test_what_cannot_be_undone_is_refused(service: Service) -> None:
    dry = await run(service, ROMOLA, dry_run="true")
    waiting = (await service.upload(b"title\nEmma\n")).json()

    assert (422, "import-not-undoable") == problem(await service.post(f"/v1/imports/{dry['import_id']}/undo", None))
    assert (409, "import-not-ended") == problem(await service.post(f"/v1/imports/{waiting['import_id']}/undo", None))
    unknown = "01a20f58-136b-707a-9e57-803ea531a0a4"
    assert (404, "import-not-found") == problem(await service.post(f"/v1/imports/{unknown}/undo", None))


async def test_each_field_of_a_record_goes_back(service: Service) -> None:
    whole = {
        **ROMOLA,
        "subtitle": "A novel",
        "contributors": [{"name": "Leighton, Frederic", "role": "illustrator"}],
        "identifiers": [{"scheme": "control_number", "value": "7", "source": "DLC"}],
        "published_year": 1863,
        "edition": "1st",
        "language": "eng",
        "series": [{"title": "Cornhill", "number": "2"}],
        "subjects": ["Florence"],
        "description": "A novel of the Renaissance.",
        "format": "large_print",
        "extent": "3 v.",
        "audience": "adult",
        "classification": [{"value": "823.8", "scheme": "ddc"}],
        "notes": ["Bound in cloth."],
        "links": [{"url": "https://example.org/romola", "label": "Text"}],
    }
    await run(service, ROMOLA)
    (bare,) = await books(service)
    ended = await run(service, whole)
    (filled,) = await books(service)
    assert len([name for name in BookRecord.__dataclass_fields__ if bare.get(name) != filled.get(name)]) >= 14

    undone = await undo(service, ended)

    (book,) = await books(service)
    fields = BookRecord.__dataclass_fields__
    assert [] == undone["errors"]
    assert {name: bare.get(name) for name in fields} == {name: book.get(name) for name in fields}
    again = await run(service, whole)
    await service.change("PATCH", f"/v1/books/{book['book_id']}", {"title": "Ours"}, if_match="*")
    assert 1 == again["updated"], json.dumps(again)
