"""Books that may be the same, as a list for whoever merges them."""

from tests.books.api.conftest import Service, problem
from tests.books.makers import ISBN, OTHER_ISBN, a_record

DUPLICATES = "/v1/books/duplicates"


async def test_books_that_share_an_isbn_or_title_authors_and_year_are_listed_until_they_are_merged(
    service: Service,
) -> None:
    first = await service.add_book(published_year=1815)
    second = await service.add_book(title="EMMA", authors=["Jané Austen"], published_year=1815, suppressed=True)
    await service.add_book(published_year=1816)
    hardback = await service.add_book(title="Persuasion", isbns=[ISBN])
    await service.library.catalogue([a_record(title="A set", isbns=[OTHER_ISBN, ISBN])])

    by_isbn, by_title = (await service.get(DUPLICATES, by="librarian")).json()["items"]

    assert ("isbn", ISBN, 2) == (by_isbn["alike_by"], by_isbn["key"], by_isbn["total"])
    assert [hardback["title"], "A set"] == [book["title"] for book in by_isbn["books"]]
    assert ("title", 2) == (by_title["alike_by"], by_title["total"])
    assert [first["book_id"], second["book_id"]] == [book["book_id"] for book in by_title["books"]]
    await service.post(f"/v1/books/{second['book_id']}/merge", {"into": first["book_id"]})
    assert [by_isbn] == (await service.get(DUPLICATES, by="librarian")).json()["items"]


async def test_of_many_that_are_alike_ten_are_shown_and_all_are_counted(service: Service) -> None:
    books = [await service.add_book() for _ in range(12)]

    (group,) = (await service.get(DUPLICATES, by="librarian")).json()["items"]

    assert (12, [book["book_id"] for book in books[:10]]) == (
        group["total"],
        [book["book_id"] for book in group["books"]],
    )


async def test_the_list_goes_on_page_by_page_from_one_kind_to_the_other(service: Service) -> None:
    for title in ("Emma", "Emma", "Persuasion", "Persuasion"):
        await service.add_book(title=title)
    await service.add_book(title="Sanditon", isbns=[ISBN])
    await service.library.catalogue([a_record(title="A set", isbns=[OTHER_ISBN, ISBN])])

    seen, path = [], f"{DUPLICATES}?limit=1"
    while True:
        page = (await service.get(path, by="librarian")).json()
        seen += [(group["alike_by"], group["key"]) for group in page["items"]]
        if page["next_cursor"] is None:
            break
        path = f"{DUPLICATES}?limit=1&cursor={page['next_cursor']}"

    assert (["isbn", "title", "title"], sorted(seen)) == ([alike_by for alike_by, _ in seen], seen)


async def test_the_list_is_for_staff(service: Service) -> None:
    assert (401, "not-authenticated") == problem(await service.get(DUPLICATES))
    assert (403, "forbidden") == problem(await service.get(DUPLICATES, by="member"))


async def test_a_merger_takes_the_fields_that_are_named_and_knows_no_others(service: Service) -> None:
    goes, stays = await service.add_book(title="The Emma", tags=["weed"]), await service.add_book(tags=["display"])
    path = f"/v1/books/{goes['book_id']}/merge"

    refused = await service.post(path, {"into": stays["book_id"], "take": ["title", "availability"]})
    merged = await service.post(path, {"into": stays["book_id"], "take": ["title"]})

    assert (422, "invalid-request") == problem(refused)
    assert ("The Emma", ["display"]) == (merged.json()["title"], merged.json()["tags"])
    shown = (await service.get(f"/v1/books/{stays['book_id']}")).json()
    assert ("The Emma", ["display"]) == (shown["title"], shown["tags"])
