"""Names and subjects as records of their own, as a cataloguer sees them over HTTP."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from books_service.application.authorities.correct_books import LAST_LOOK
from tests.books.api.conftest import Service, problem
from tests.books.makers import any_id

TWAIN = {
    "kind": "person",
    "heading": "Twain, Mark",
    "see_from": ["Clemens, Samuel Langhorne"],
    "uris": ["https://viaf.org/viaf/50566653", "https://d-nb.info/gnd/118624822"],
}


async def add(service: Service, heading: str = "Twain, Mark", **fields: Any) -> dict[str, Any]:
    answer = await service.post("/v1/authorities", {"kind": "person", "heading": heading} | fields)
    assert 201 == answer.status_code, answer.text
    added: dict[str, Any] = answer.json()
    return added


def at(authority: dict[str, Any]) -> str:
    return f"/v1/authorities/{authority['authority_id']}"


async def merge(service: Service, authority: dict[str, Any], into: dict[str, Any], **how: Any) -> httpx.Response:
    return await service.post(f"{at(authority)}/merge", {"into": into["authority_id"]}, **how)


async def correct_books(service: Service) -> None:
    """Let the worker work, until nothing is left to do."""
    work = service.library.use_cases.authorities.correct_books
    while await work():
        pass
    service.library.clock.time += LAST_LOOK + timedelta(seconds=1)
    while await work():
        pass


async def found(service: Service, query: str) -> list[str]:
    return [book["title"] for book in (await service.get(f"/v1/books?{query}")).json()["items"]]


async def test_an_authority_is_added_and_shown_to_everybody(service: Service) -> None:
    answer = await service.post("/v1/authorities", TWAIN)

    authority = answer.json()
    assert (201, '"1"', at(authority)) == (answer.status_code, answer.headers["etag"], answer.headers["location"])
    assert TWAIN | {"correcting": True, "version": 1} == {
        name: value for name, value in authority.items() if name not in {"authority_id", "added_at"}
    }
    await correct_books(service)
    shown = await service.get(at(authority))
    assert (200, authority | {"correcting": False}) == (shown.status_code, shown.json())
    assert 304 == (await service.get(at(authority), if_none_match=shown.headers["etag"])).status_code


@pytest.mark.parametrize("heading", ["Twain, Mark", "TWAIN, MARK", "Twain Márk"])
async def test_a_heading_of_the_same_kind_again_is_refused_with_the_one_that_has_it(
    service: Service, heading: str
) -> None:
    twain = await add(service)

    answer = await service.post("/v1/authorities", {"kind": "person", "heading": heading})

    assert (409, "heading-taken") == problem(answer)
    assert twain["authority_id"] == answer.json()["errors"][0]["authority_id"]
    assert 201 == (await service.post("/v1/authorities", {"kind": "body", "heading": heading})).status_code


async def test_adding_twice_by_one_key_adds_once(service: Service) -> None:
    first, second = [await service.post("/v1/authorities", TWAIN, key="once") for _ in range(2)]

    assert first.json() == second.json()
    assert "true" == second.headers["idempotency-replayed"]
    assert 1 == len((await service.get("/v1/authorities")).json()["items"])


async def test_a_heading_is_corrected_in_all_books_at_once(service: Service) -> None:
    twain = await add(service, "Twian, Mark")
    books = [await service.add_book(title=f"Volume {number}", authors=["Twian, Mark"]) for number in range(3)]
    about = await service.add_book(title="About him", authors=["Somebody"], subjects=["Twian, Mark"])
    await correct_books(service)
    harvested_until = service.library.clock.time

    service.library.clock.time += timedelta(hours=1)
    answer = await service.change("PATCH", at(twain), {"heading": "Twain, Mark"})
    assert (200, ["Twian, Mark"], True) == (
        answer.status_code,
        answer.json()["see_from"],
        answer.json()["correcting"],
    )
    await correct_books(service)

    for book in books:
        shown = (await service.get(f"/v1/books/{book['book_id']}")).json()
        assert (["Twain, Mark"], 2) == (shown["authors"], shown["version"])
    assert ["Twain, Mark"] == (await service.get(f"/v1/books/{about['book_id']}")).json()["subjects"]
    assert 3 == len(await found(service, "author=twain"))
    assert 3 == len(await found(service, "author=twian")), "the former heading leads to it"
    assert ["About him"] == await found(service, "subject=twain")
    facets = (await service.get("/v1/books?author=twain&facets=author")).json()["facets"]
    assert [{"value": "Twain, Mark", "count": 3}] == facets["author"]
    history = (await service.get(f"/v1/books/{about['book_id']}/history", by="librarian")).json()["items"]
    assert ("revised", "librarian") == (history[0]["act"], history[0]["by"])
    assert [{"field": "subjects", "before": ["Twian, Mark"], "after": ["Twain, Mark"]}] == history[0]["changed"]
    harvest = f"/oai?verb=ListIdentifiers&metadataPrefix=oai_dc&from={harvested_until + timedelta(minutes=1):%Y-%m-%d}"
    listed = (await service.get(harvest)).text
    assert all(book["book_id"] in listed for book in (*books, about))
    revised = [subject for type_, subject, _ in await service.library.events() if type_ == "books.book.revised"]
    assert sorted(book["book_id"] for book in (*books, about)) == sorted(revised)


async def test_another_form_finds_the_books_of_the_heading(service: Service) -> None:
    await service.add_book(title="Roughing It", authors=["Twain, Mark"], subjects=["Cooking"])
    await add(service, see_from=["Clemens, Samuel Langhorne"])
    await add(service, "Cooking", kind="subject", see_from=["Cookery"])
    await correct_books(service)

    for query in ("q=samuel clemens", "author=langhorne", "subject=cookery", "q=clemens cookery", "q=twain"):
        assert ["Roughing It"] == await found(service, query), query
    assert [] == await found(service, "title=clemens")


async def test_a_book_that_is_entered_with_another_form_gets_the_heading(service: Service) -> None:
    await add(service, see_from=["Clemens, Samuel Langhorne"])

    book = await service.add_book(title="Roughing It", authors=["clemens, samuel langhorne"])
    patched = await service.change("PATCH", f"/v1/books/{book['book_id']}", {"subjects": ["twain, mark"]})

    assert ["Twain, Mark"] == book["authors"]
    assert ["Twain, Mark"] == patched.json()["subjects"]
    assert ["Roughing It"] == await found(service, "subject=clemens")


async def test_a_book_that_an_import_brings_gets_the_heading_and_the_same_file_changes_nothing(
    service: Service,
) -> None:
    authority = await add(service, see_from=["Clemens, Samuel Langhorne"])
    file = b'title,authors\nRoughing It,"Clemens, Samuel Langhorne"\n'
    assert 202 == (await service.upload(file)).status_code
    await service.library.work()
    (book,) = (await service.get("/v1/books?author=clemens")).json()["items"]
    assert ["Twain, Mark"] == book["authors"]

    await service.change("PATCH", at(authority), {"heading": "Twain, Mark, 1835-1910"})
    await correct_books(service)
    again = await service.upload(file)
    await service.library.work()

    assert 1 == (await service.get(again.headers["location"], by="librarian")).json()["skipped"]
    (book,) = (await service.get("/v1/books")).json()["items"]
    assert (["Twain, Mark, 1835-1910"], 2) == (book["authors"], book["version"])


async def test_merging_makes_one_of_two_and_its_books_bear_the_heading_of_the_one_that_stays(
    service: Service,
) -> None:
    book = await service.add_book(title="Roughing It", authors=["Clemens, S."])
    twain, clemens = await add(service), await add(service, "Clemens, S.", uris=["https://viaf.org/1"])
    await correct_books(service)

    answer = await merge(service, clemens, twain)
    await correct_books(service)

    assert (200, ["Clemens, S."], ["https://viaf.org/1"]) == (
        answer.status_code,
        answer.json()["see_from"],
        answer.json()["uris"],
    )
    assert ["Twain, Mark"] == (await service.get(f"/v1/books/{book['book_id']}")).json()["authors"]
    assert ["Roughing It"] == await found(service, "author=clemens")
    gone = await service.get(at(clemens))
    assert (404, "authority-merged") == problem(gone)
    assert twain["authority_id"] == gone.json()["errors"][0]["into"]
    history = (await service.get(f"{at(clemens)}/history", by="librarian")).json()["items"]
    assert ["merged", "added"] == [change["act"] for change in history]


async def test_the_same_merger_twice_is_one(service: Service) -> None:
    twain, clemens = await add(service), await add(service, "Clemens, S.")

    first, lost = [await merge(service, clemens, twain, key="once") for _ in range(2)]
    again = await merge(service, clemens, twain)

    assert (200, first.json()) == (lost.status_code, lost.json())
    assert (404, "authority-merged") == problem(again)
    assert 2 == (await service.get(at(twain))).json()["version"]


async def test_a_correction_made_on_an_old_version_is_refused(service: Service) -> None:
    twain = await add(service)
    await service.change("PATCH", at(twain), {"uris": ["https://viaf.org/1"]})

    assert (412, "out-of-date") == problem(await service.change("PATCH", at(twain), {"heading": "Twain"}))
    assert 428 == (await service.change("PATCH", at(twain), {"heading": "T"}, if_match=None)).status_code


async def test_whoever_edits_a_book_meanwhile_is_told_that_it_has_changed(service: Service) -> None:
    book = await service.add_book(authors=["Twian, Mark"])
    await add(service, see_from=["Twian, Mark"])
    await correct_books(service)  # while the form of the book is open

    late = await service.change("PATCH", f"/v1/books/{book['book_id']}", {"edition": "2nd"})

    assert (412, "out-of-date") == problem(late)
    assert (
        200
        == (
            await service.change("PATCH", f"/v1/books/{book['book_id']}", {"edition": "2nd"}, if_match='"2"')
        ).status_code
    )


async def test_authorities_are_listed_page_by_page_and_found_by_how_a_form_begins(service: Service) -> None:
    await add(service, see_from=["Clemens, Samuel"])
    for heading in ("Austen, Jane", "Clemens, Anna"):
        await add(service, heading)
    await add(service, "Cooking", kind="subject")

    first = (await service.get("/v1/authorities?kind=person&limit=2")).json()
    second = (await service.get(f"/v1/authorities?kind=person&limit=2&cursor={first['next_cursor']}")).json()
    begun = (await service.get("/v1/authorities?q=clem")).json()

    assert ["Austen, Jane", "Clemens, Anna"] == [one["heading"] for one in first["items"]]
    assert (["Twain, Mark"], None) == ([one["heading"] for one in second["items"]], second["next_cursor"])
    assert ["Clemens, Anna", "Twain, Mark"] == [one["heading"] for one in begun["items"]]


async def test_who_did_what_to_an_authority_is_in_its_history(service: Service) -> None:
    twain = await add(service)
    await service.change("PATCH", at(twain), {"see_from": ["Clemens"]}, by="admin")

    history = (await service.get(f"{at(twain)}/history", by="librarian")).json()["items"]

    assert [("revised", "admin"), ("added", "librarian")] == [(one["act"], one["by"]) for one in history]
    assert [{"field": "see_from", "before": [], "after": ["Clemens"]}] == history[0]["changed"]
    assert (404, "authority-not-found") == problem(
        await service.get(f"/v1/authorities/{any_id()}/history", by="librarian")
    )


async def test_a_file_of_authorities_is_taken_in_and_goes_out_again(service: Service) -> None:
    file = b'kind,heading,see_from,uris\nperson,"Twain, Mark","Clemens, Samuel",https://viaf.org/viaf/50566653\n'
    started = await service.upload(file, query="format=csv&what=authorities")
    await service.library.work()

    done = (await service.get(started.headers["location"], by="librarian")).json()
    assert ("authorities", "done", 1) == (done["what"], done["state"], done["created"])
    exported = await service.get("/v1/exports/authorities?format=marcxml", by="librarian")
    assert 'filename="authorities-' in exported.headers["content-disposition"]
    assert "Clemens, Samuel" in exported.text
    assert (422, "format-not-supported") == problem(
        await service.get("/v1/exports/authorities?format=yaml", by="librarian")
    )
