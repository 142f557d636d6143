from shared.kernel.file_records import Counts
from tests.books.bringing_in import bring_in, event_types, state, titles
from tests.books.library import Library
from tests.books.makers import ISBN, a_line


async def test_new_records_become_books(library: Library) -> None:

    counts, errors = await bring_in(library, [a_line(1), a_line(2, title="Persuasion", isbns=("439023483",))])

    assert (Counts(read=2, created=2), []) == (counts, errors)
    assert ["Emma", "Persuasion"] == await titles(library)
    assert ["books.book.added"] * 2 == await event_types(library)


async def test_the_same_file_again_changes_nothing(library: Library) -> None:
    file = [a_line(1), a_line(2, isbns=(ISBN,)), a_line(3, title="Persuasion"), a_line(4, isbns=("broken",)), a_line(5)]
    await bring_in(library, file)
    before = await state(library)
    events = await event_types(library)

    counts, _ = await bring_in(library, file)

    assert Counts(read=5, skipped=5) == counts
    assert (before, events) == (await state(library), await event_types(library))
