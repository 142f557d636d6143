"""A removed book is brought back, and changes of a book are undone."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.books.api.catalogue.test_books import FULL
from tests.books.api.conftest import Service, problem
from tests.books.makers import ISBN, any_id


async def restore(service: Service, book_id: str, body: Any = None, **how: Any) -> Any:
    return await service.post(f"/v1/books/{book_id}/restore", body, **how)


async def history(service: Service, book_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await service.get(f"/v1/books/{book_id}/history", by="librarian")).json()["items"]
    return found


async def remove(service: Service, book_id: str) -> None:
    service.library.clock.pass_by(timedelta(hours=1))
    assert 204 == (await service.change("DELETE", f"/v1/books/{book_id}", if_match="*")).status_code


async def test_a_removed_book_comes_back_whole_under_its_id_and_is_found_and_harvested_again(service: Service) -> None:
    book = (await service.post("/v1/books", FULL)).json()
    path = f"/v1/books/{book['book_id']}"
    await remove(service, book["book_id"])
    assert (404, "book-not-found") == problem(await service.get(path))

    answer = await restore(service, book["book_id"])

    assert (200, book | {"version": 3}, '"3"') == (answer.status_code, answer.json(), answer.headers["etag"])
    assert answer.json() == (await service.get(path)).json()
    found = (await service.get(f"/v1/books?isbn={ISBN}")).json()["items"]
    assert [book["book_id"]] == [each["book_id"] for each in found]
    record = await service.get(f"/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:library:{book['book_id']}")
    assert "deleted" not in record.text
    assert ["restored", "removed", "added"] == [entry["act"] for entry in await history(service, book["book_id"])]
    events = [(type_, data["title"]) for type_, _, data in await service.library.events()]
    assert [(f"books.book.{what}", "Emma") for what in ("added", "removed", "added")] == events
    assert 201 == (await service.post("/v1/branches", {"code": "MAIN", "name": "Main"})).status_code
    assert 201 == (await service.post(f"{path}/copies", {"barcode": "1", "branch": "MAIN"})).status_code


async def test_a_book_that_came_as_marc_goes_out_as_rich_as_before_once_it_is_back(service: Service) -> None:
    content = b"""<record><leader>00000nam a2200000 c 4500</leader>
    <datafield tag="245" ind1="1" ind2="0"><subfield code="a">Emma</subfield></datafield>
    <datafield tag="505" ind1="0" ind2=" "><subfield code="a">Volume I -- Volume II</subfield></datafield></record>"""
    await service.upload(content, query="format=marcxml")
    await service.library.work()
    (book,) = (await service.get("/v1/books")).json()["items"]
    export = "/v1/exports/books?format=marcxml"
    before = (await service.get(export, by="librarian")).text
    await remove(service, book["book_id"])

    await restore(service, book["book_id"])

    assert "Volume II" in before
    assert before == (await service.get(export, by="librarian")).text


async def test_a_book_whose_isbn_another_has_meanwhile_does_not_come_back(service: Service) -> None:
    book = await service.add_book(isbns=[ISBN])
    await remove(service, book["book_id"])
    other = await service.add_book(isbns=[ISBN])

    answer = await restore(service, book["book_id"])

    assert (409, "isbn-already-catalogued") == problem(answer)
    assert other["book_id"] == answer.json()["errors"][0]["book_id"]
    await remove(service, other["book_id"])
    assert 200 == (await restore(service, book["book_id"])).status_code


async def test_a_merged_book_does_not_come_back(service: Service) -> None:
    book, into = await service.add_book(), await service.add_book(title="Persuasion")
    await service.post(f"/v1/books/{book['book_id']}/merge", {"into": into["book_id"]})

    answer = await restore(service, book["book_id"])
    assert ((404, "book-merged"), into["book_id"]) == (problem(answer), answer.json()["errors"][0]["into"])
    await remove(service, into["book_id"])
    assert (404, "book-merged") == problem(await restore(service, book["book_id"]))


async def test_a_revision_is_undone_and_so_is_the_undoing(service: Service) -> None:
    book = (await service.post("/v1/books", FULL)).json()
    path = f"/v1/books/{book['book_id']}"
    wrong: dict[str, Any] = {"title": "Ema", "authors": [], "isbns": None, "series": [], "suppressed": True}
    changed = (await service.change("PATCH", path, wrong)).json()
    await service.change("PATCH", path, {"edition": "3rd"}, if_match="*")
    _, _, added = await history(service, book["book_id"])

    undone = await restore(service, book["book_id"], {"place": added["place"]})

    assert (200, book | {"version": 4}) == (undone.status_code, undone.json())
    newest, _, revised, _ = await history(service, book["book_id"])
    assert ("revised", {"Ema", "Emma"}) == (
        newest["act"],
        {one[side] for one in newest["changed"] if one["field"] == "title" for side in ("before", "after")},
    )
    again = await restore(service, book["book_id"], {"place": revised["place"]})
    assert changed | {"version": 5} == again.json()


async def test_what_undoing_would_claim_again_is_refused_if_another_has_it(service: Service) -> None:
    book = await service.add_book(isbns=[ISBN])
    await service.change("PATCH", f"/v1/books/{book['book_id']}", {"isbns": None})
    await service.add_book(title="Persuasion", isbns=[ISBN])
    _, added = await history(service, book["book_id"])

    assert (409, "isbn-already-catalogued") == problem(
        await restore(service, book["book_id"], {"place": added["place"]})
    )


async def test_a_removed_book_comes_back_as_it_was_at_any_time(service: Service) -> None:
    book = await service.add_book()
    await service.change("PATCH", f"/v1/books/{book['book_id']}", {"title": "Ema"})
    await remove(service, book["book_id"])
    removed, revised, added = await history(service, book["book_id"])

    assert (404, "history-entry-not-found") == problem(
        await restore(service, book["book_id"], {"place": removed["place"]})
    )
    first = await restore(service, book["book_id"], {"place": added["place"]})
    second = await restore(service, book["book_id"], {"place": revised["place"]})
    assert ["Emma", "Ema"] == [answer.json()["title"] for answer in (first, second)]


async def test_who_is_impatient_or_late_restores_once(service: Service) -> None:
    book = await service.add_book()
    await remove(service, book["book_id"])

    answers = await asyncio.gather(*(restore(service, book["book_id"]) for _ in range(4)))
    assert [200, 409, 409, 409] == sorted(answer.status_code for answer in answers)
    assert {(409, "book-not-removed")} == {problem(answer) for answer in answers if answer.status_code != 200}

    await remove(service, book["book_id"])
    first, second = [await restore(service, book["book_id"], {}, key="lost") for _ in range(2)]
    assert (200, first.json(), "true") == (second.status_code, second.json(), second.headers["idempotency-replayed"])


async def test_what_never_was_there_or_has_changed_is_not_restored(service: Service) -> None:
    book = await service.add_book()
    path = f"/v1/books/{book['book_id']}"
    (added,) = await history(service, book["book_id"])
    await service.change("PATCH", path, {"edition": "2nd"})

    assert (404, "book-not-found") == problem(await restore(service, str(any_id())))
    assert (404, "history-entry-not-found") == problem(await restore(service, book["book_id"], {"place": 10**9}))
    stale = await service.change("POST", f"{path}/restore", {"place": added["place"]}, if_match='"1"')
    assert (412, "out-of-date") == problem(stale)
    for wrong in ({"place": 0}, {"place": "1"}, {"version": 1}):
        assert 422 == (await restore(service, book["book_id"], wrong)).status_code
