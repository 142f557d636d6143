"""Headings in the books: corrected everywhere, found by all their forms, whatever happens on the way."""

import pytest

from books_service.application.authorities import correct_books
from books_service.application.authorities.correct_books import LEASE
from books_service.application.catalogue.revise_book import BookRevision
from books_service.domain.authorities.authority import Authority, AuthorityRecord
from books_service.persistence.catalogue.books import Books
from books_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.errors import OutOfDate
from shared.kernel.ids import new_id
from tests.books.cataloguer import Cataloguer
from tests.books.library import Library

MANY = 250


async def test_a_corrected_heading_is_corrected_in_all_books_once(library: Library, cataloguer: Cataloguer) -> None:
    books = [await cataloguer.book("Twian, Mark", title=f"Volume {number}") for number in range(3)]
    other = await cataloguer.book("Twain, Shania")
    twain = await cataloguer.add("Twian, Mark")
    await cataloguer.work_to_the_end()
    assert {1} == {(await cataloguer.shown(book)).version for book in books}

    await cataloguer.revise(twain, heading="Twain, Mark")
    await cataloguer.work_to_the_end()

    shown = [await cataloguer.shown(book) for book in books]
    assert {(("Twain, Mark",), 2)} == {(book.authors, book.version) for book in shown}
    assert 1 == (await cataloguer.shown(other)).version
    (revised, *_) = await library.history.of_book(books[0].book_id, before=None, limit=9)
    assert ("revised", "ada", "authors") == (revised.act, revised.by, revised.changed[0].field)
    told = [subject for type_, subject, _ in await library.events() if type_ == "books.book.revised"]
    assert sorted(str(book.book_id) for book in books) == sorted(told)


async def test_books_are_searched_and_counted_under_the_new_heading_and_found_by_the_old(
    library: Library, cataloguer: Cataloguer
) -> None:
    await cataloguer.book("Austen, Jane", subjects=("Cookery",), title="Soup")
    cookery = await cataloguer.add("Cookery", kind="subject")
    await cataloguer.revise(cookery, heading="Cooking")
    await cataloguer.work()

    found = await library.search(subject="cookery", facets=("subject",))

    assert ["Soup"] == [book.title for book in found.books]
    assert found.facets is not None
    assert [("Cooking", 1)] == [pair for pairs in found.facets.values.values() for pair in pairs]
    assert ["Soup"] == await library.titles("cookery soup")
    assert ["Soup"] == await library.titles(subject="cooking")
    assert [] == await library.titles(author="cookery")


async def test_another_form_finds_books_until_it_is_taken_away(library: Library, cataloguer: Cataloguer) -> None:
    await cataloguer.book("Twain, Mark", title="Roughing it")
    twain = await cataloguer.add("Twain, Mark", "Clemens, Samuel Langhorne")
    await cataloguer.work()
    assert ["Roughing it"] == await library.titles("samuel clemens")
    assert ["Roughing it"] == await library.titles(author="langhorne")

    await cataloguer.revise(twain, see_from=["Snodgrass, Quintus"])
    await cataloguer.work()

    assert [] == await library.titles(author="langhorne")
    assert ["Roughing it"] == await library.titles(author="snodgrass")


async def test_a_book_that_changes_is_still_found_by_the_other_forms(library: Library, cataloguer: Cataloguer) -> None:
    await cataloguer.add("Twain, Mark", "Clemens, Samuel")
    book = await cataloguer.book("Twain, Mark", title="Roughing it")
    assert ["Roughing it"] == await library.titles("clemens")

    await library.books.revise_book(BookRevision(book.book_id, None, {"edition": "2nd"}))

    assert ["Roughing it"] == await library.titles("clemens")


async def test_a_book_that_is_entered_with_another_form_gets_the_heading(cataloguer: Cataloguer) -> None:
    await cataloguer.add("Twain, Mark", "Clemens, Samuel")
    await cataloguer.add("Brontë, Charlotte")

    book = await cataloguer.book("Clemens, Samuel", "bronte charlotte", subjects=("clemens samuel",))

    assert (("Twain, Mark", "Brontë, Charlotte"), ("Twain, Mark",), 1) == (book.authors, book.subjects, book.version)


async def test_a_book_that_is_revised_to_another_form_keeps_the_heading(
    library: Library, cataloguer: Cataloguer
) -> None:
    await cataloguer.add("Twain, Mark", "Clemens, Samuel")
    book = await cataloguer.book("Twain, Mark")

    revised = await library.books.revise_book(BookRevision(book.book_id, 1, {"authors": ["Clemens, Samuel"]}))

    assert (("Twain, Mark",), 1) == (revised.authors, revised.version)


async def test_of_merged_authorities_all_books_bear_the_heading_of_the_one_that_stays(
    library: Library, cataloguer: Cataloguer
) -> None:
    first, second = await cataloguer.book("Clemens, Samuel"), await cataloguer.book("Snodgrass", title="Letters")
    clemens, twain = await cataloguer.add("Clemens, Samuel", "Snodgrass"), await cataloguer.add("Twain, Mark")
    # The worker has not even begun with the first of them.
    merged = await cataloguer.merge(clemens, twain)
    await cataloguer.work_to_the_end()

    assert ("Clemens, Samuel", "Snodgrass") == merged.see_from
    assert {("Twain, Mark",)} == {await cataloguer.authors(first), await cataloguer.authors(second)}
    assert ["Letters"] == await library.titles("clemens letters")


async def test_a_correction_of_a_correction_wins(cataloguer: Cataloguer) -> None:
    book = await cataloguer.book("A, A")
    authority = await cataloguer.add("A, A")
    await cataloguer.revise(authority, heading="B, B", see_from=None)
    await cataloguer.revise(authority, heading="C, C", see_from=None)

    await cataloguer.work()

    assert ("C, C",) == await cataloguer.authors(book)


async def test_a_worker_that_crashes_between_batches_is_taken_over_behind_what_it_did(
    library: Library, cataloguer: Cataloguer, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = [await cataloguer.book("Old", title=f"Volume {number}") for number in range(MANY)]
    authority = await cataloguer.add("Old")
    await cataloguer.work()
    await cataloguer.revise(authority, heading="New")
    calls, some = 0, Books.some

    async def crash_at_the_second(self: Books, book_ids: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return await some(self, book_ids)  # type: ignore[arg-type]  # passed on as it came

    with monkeypatch.context() as crashing:
        crashing.setattr(Books, "some", crash_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            await cataloguer.work()
    left = [await cataloguer.authors(book) for book in books]
    assert (correct_books.BATCH, MANY - correct_books.BATCH) == (left.count(("New",)), left.count(("Old",)))
    assert 0 == await cataloguer.work(), "the lease of the crashed worker still runs"
    assert (await cataloguer.use_cases.queries.authority(authority.authority_id)).correcting

    library.clock.time += LEASE
    await cataloguer.work()

    shown = [await cataloguer.shown(book) for book in books]
    assert {(("New",), 2)} == {(book.authors, book.version) for book in shown}
    assert not (await cataloguer.use_cases.queries.authority(authority.authority_id)).correcting


async def test_a_book_that_is_edited_meanwhile_is_corrected_all_the_same(
    cataloguer: Cataloguer, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = await cataloguer.book("Old")
    await cataloguer.revise(await cataloguer.add("Old"), heading="New")
    commits = 0
    commit = UnitOfWork.commit

    async def lose_the_first(self: UnitOfWork, **how: object) -> None:
        nonlocal commits
        commits += 1
        if commits == 2:  # the first one took the authority
            raise OutOfDate("Somebody else was faster.")
        await commit(self, **how)  # type: ignore[arg-type]  # passed on as it came

    with monkeypatch.context() as racing:
        racing.setattr(UnitOfWork, "commit", lose_the_first)
        await cataloguer.work()

    assert ("New",) == await cataloguer.authors(book)


async def test_a_book_that_was_being_entered_meanwhile_is_corrected_by_the_last_look(
    library: Library, cataloguer: Cataloguer
) -> None:
    await cataloguer.revise(await cataloguer.add("Old"), heading="New")
    await cataloguer.work()
    book = await cataloguer.book("Other")
    async with library.unit_of_work() as uow:  # as if it had looked before the heading changed
        entered = await uow.books.get(book.book_id)
        entered.rewrite(entered.record.with_changes({"authors": ["Old"]}), now=library.clock.now())
        await uow.commit()
    assert ("Old",) == await cataloguer.authors(book)

    await cataloguer.work_to_the_end()

    assert ("New",) == await cataloguer.authors(book)
    assert 0 == await cataloguer.work()


async def test_what_people_correct_does_not_wait_for_what_files_brought(
    library: Library, cataloguer: Cataloguer
) -> None:
    brought, typed = await cataloguer.book("From a file"), await cataloguer.book("By hand")
    async with library.unit_of_work() as uow:
        record = AuthorityRecord.of(kind="person", heading="File", see_from=["From a file"])
        uow.authorities.add(Authority(id=new_id(), record=record, now=library.clock.now()))
        await uow.commit(imported=True)
    await cataloguer.add("Hand", "By hand")

    assert await cataloguer.use_cases.correct_books()

    assert (("From a file",), ("Hand",)) == (await cataloguer.authors(brought), await cataloguer.authors(typed))


async def test_uris_alone_concern_no_book(cataloguer: Cataloguer) -> None:
    twain = await cataloguer.add("Twain, Mark")
    await cataloguer.work_to_the_end()

    revised = await cataloguer.revise(twain, uris=["https://viaf.org/viaf/50566653"])

    assert (2, False, 0) == (revised.version, revised.correcting, await cataloguer.work())
