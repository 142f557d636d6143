"""What lending asks before it chooses a copy for somebody who waits."""

from shared.kernel.ids import new_id
from tests.books.api.conftest import Service


async def test_lending_asks_which_copies_of_a_book_may_be_lent_page_by_page(service: Service) -> None:
    book, copies = await service.shelve("1", "2", "3")
    await service.post(f"/v1/copies/{copies[1]['copy_id']}/status", {"status": "in_repair"})
    path = f"/v1/books/{book['book_id']}/lendable-copies"

    first = (await service.get(f"{path}?limit=1", by="loans")).json()
    rest = (await service.get(f"{path}?limit=1&cursor={first['next_cursor']}", by="loans")).json()

    assert ("Emma", 3, 3, ["book"]) == (first["title"], first["copies"], first["holdable"], first["item_types"])
    assert ["1", "3"] == [copy["barcode"] for copy in first["items"] + rest["items"]]
    assert None is rest["next_cursor"]
    facts = ("copy_id", "barcode", "branch", "item_type", "shelf_mark")
    assert [
        {name: copies[0][name] for name in facts} | {"shelf_mark_key": "", "volume_key": None, "location": None}
    ] == first["items"]


async def test_lending_asks_for_one_volume_however_it_is_written_and_is_told_which_there_are(service: Service) -> None:
    book, copies = await service.shelve("1", "2", "3", "4")
    for copy, volume in zip(copies, ("1", "Vol. 2", "2", None), strict=True):
        await service.change("PATCH", f"/v1/copies/{copy['copy_id']}", {"volume": volume})
    await service.post(f"/v1/copies/{copies[2]['copy_id']}/status", {"status": "missing"})
    path = f"/v1/books/{book['book_id']}/lendable-copies"

    whole, second, third = [
        (await service.get(f"{path}{asked}", by="loans")).json() for asked in ("", "?volume=Bd.%2002", "?volume=3")
    ]
    question = {"books": [{"book_id": book["book_id"], "volume": "vol 2"}, {"book_id": book["book_id"]}]}
    named, any_of_them = [
        each["found"] for each in (await service.post("/v1/books/lendability", question, by="loans")).json()["items"]
    ]

    volumes = [{"volume": "1", "key": "1"}, {"volume": "2", "key": "2"}]
    assert [volumes, volumes, volumes] == [found["volumes"] for found in (whole, second, third)]
    assert (["1", "2", None], None) == ([copy["volume_key"] for copy in whole["items"]], whole["volume"])
    assert (["2"], 2, {"volume": "2", "key": "2"}) == (
        [copy["barcode"] for copy in second["items"]], second["holdable"], second["volume"]
    )  # fmt: skip
    assert ([], 0, None) == (third["items"], third["holdable"], third["volume"])
    assert (1, 2, second["volume"]) == (named["lendable_copies"], named["holdable_copies"], named["volume"])
    assert (3, 4, volumes, None) == tuple(
        any_of_them[name] for name in ("lendable_copies", "holdable_copies", "volumes", "volume")
    )


async def test_copies_that_are_never_lent_again_are_not_waited_for(service: Service) -> None:
    book, (first, second) = await service.shelve("1", "2")
    path = f"/v1/books/{book['book_id']}/lendable-copies"
    await service.post(f"/v1/copies/{first['copy_id']}/status", {"status": "withdrawn"})
    one_left = (await service.get(path, by="loans")).json()
    await service.post(f"/v1/copies/{second['copy_id']}/status", {"status": "reference_only"})
    none_left = (await service.get(path, by="loans")).json()

    assert (2, 1, ["book"]) == (one_left["copies"], one_left["holdable"], one_left["item_types"])
    assert (2, 0, [], []) == (none_left["copies"], none_left["holdable"], none_left["item_types"], none_left["items"])


async def test_a_book_without_copies_has_none_to_lend_and_an_unknown_one_is_not_found(service: Service) -> None:
    book = await service.add_book()

    empty = await service.get(f"/v1/books/{book['book_id']}/lendable-copies", by="loans")
    unknown = await service.get(f"/v1/books/{new_id()}/lendable-copies", by="loans")

    assert (200, 0, 0, []) == (
        empty.status_code,
        empty.json()["copies"],
        empty.json()["holdable"],
        empty.json()["items"],
    )
    assert 404 == unknown.status_code


async def test_of_a_merged_book_it_is_told_which_one_to_ask_for(service: Service) -> None:
    book, other = await service.add_book(), await service.add_book(title="Emma, too", isbns=())
    merged = await service.post(f"/v1/books/{book['book_id']}/merge", {"into": other["book_id"]})
    assert merged.is_success, merged.text

    gone = await service.get(f"/v1/books/{book['book_id']}/lendable-copies", by="loans")

    assert (404, "book-merged", other["book_id"]) == (gone.status_code, gone.json()["code"], gone.json()["into"])


async def test_only_the_lending_service_asks_which_copies_may_be_lent(service: Service) -> None:
    book, _ = await service.shelve("1")
    path = f"/v1/books/{book['book_id']}/lendable-copies"

    assert (401, 403) == ((await service.get(path)).status_code, (await service.get(path, by="librarian")).status_code)


async def test_lending_learns_the_other_editions_of_a_work_also_by_way_of_others(service: Service) -> None:
    named = {title: await service.add_book(title=title, isbns=()) for title in ("A", "B", "C", "hidden", "sequel")}
    links = [("A", "B", "other_edition"), ("C", "B", "other_edition"), ("C", "hidden", "other_edition")]
    for one, other, kind in [*links, ("sequel", "A", "continues")]:
        related = {"relations": [{"kind": kind, "book_id": named[other]["book_id"]}]}
        present = (await service.get(f"/v1/books/{named[one]['book_id']}")).json()["relations"]
        related["relations"] += [{"kind": each["kind"], "book_id": each["book_id"]} for each in present]
        changed = await service.change("PATCH", f"/v1/books/{named[one]['book_id']}", related, if_match="*")
        assert 200 == changed.status_code, changed.text
    hidden = f"/v1/books/{named['hidden']['book_id']}"
    await service.change("PATCH", hidden, {"suppressed": True}, if_match="*")

    found = {
        title: (await service.get(f"/v1/books/{book['book_id']}/lendable-copies", by="loans")).json()["editions"]
        for title, book in named.items()
    }

    ids = {title: book["book_id"] for title, book in named.items()}
    assert {ids["B"], ids["C"]} == set(found["A"])
    assert {ids["A"], ids["C"]} == set(found["B"])
    assert ({ids["A"], ids["B"], ids["C"]}, []) == (set(found["hidden"]), found["sequel"])


async def test_lending_learns_in_which_copies_a_title_is_bound_that_has_none_of_its_own(service: Service) -> None:
    _, (lent, in_repair, withdrawn) = await service.shelve("1", "2", "3", title="Lectures on rivers")
    title = await service.add_book(title="Atlas of floods")
    for copy in (in_repair, withdrawn, lent):
        await service.post(f"/v1/copies/{copy['copy_id']}/bound-with", {"book_id": title["book_id"]})
    for copy, status in ((in_repair, "in_repair"), (withdrawn, "withdrawn")):
        await service.post(f"/v1/copies/{copy['copy_id']}/status", {"status": status})
    path = f"/v1/books/{title['book_id']}/lendable-copies"

    told = (await service.get(path, by="loans")).json()

    assert (0, 0, []) == (told["copies"], told["holdable"], told["items"])
    assert [lent["copy_id"], in_repair["copy_id"]] == [each["copy_id"] for each in told["bound"]]
    assert {lent["book_id"]} == {each["book_id"] for each in told["bound"]}
    await service.post(f"/v1/books/{title['book_id']}/copies", {"barcode": "4", "branch": "MAIN"})
    assert [] == (await service.get(path, by="loans")).json()["bound"]
