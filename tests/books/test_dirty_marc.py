"""Files as libraries really send them: everything that can be told is taken, everything else is reported."""

from pathlib import Path

from books_service.domain.catalogue.record import BookRecord
from shared.kernel.file_records import Counts
from tests.books.library import Library
from tests.books.makers import counted, counts_of

SAMPLES = Path(__file__).parent / "samples"


async def imported(library: Library, name: str, format: str) -> tuple[Counts, list[tuple[int, str | None, str]]]:
    asked = await library.start_import((SAMPLES / name).read_bytes(), format=format)
    await library.work()
    done = await library.seen(asked)
    assert "done" == done.state
    return counts_of(done), [(error.record, error.identifier, error.code) for error in done.errors]


async def books(library: Library) -> list[BookRecord]:
    return [book.record for _, book in await library.records.behind(None, limit=100)]


async def test_marc_21_in_two_encodings_with_wrong_lengths_and_worse(library: Library) -> None:
    first, errors = await imported(library, "dirty.mrc", "marc")
    again, same_errors = await imported(library, "dirty.mrc", "marc")

    found = {book.title: book for book in await books(library)}
    assert counted(read=12, created=7, failed=5) == first
    assert (counted(read=12, skipped=7, failed=5), errors) == (again, same_errors)
    assert [
        (5, "b-5", "invalid-text"),
        (6, "Broken directory", "marc-directory-broken"),
        (7, None, "record-unreadable"),
        (8, None, "marc-deleted"),
        (9, "Not in UTF-8", "marc-text-broken"),
        (10, "9780141439588", "invalid-isbn"),
        (11, "The number of another", "control-number-repeated-in-file"),
        (12, None, "record-unreadable"),
    ] == errors
    assert {"Emma", "Märchen", "No indicators", "Wrong base address"} <= set(found)
    assert (
        BookRecord.of(
            title="Emma",
            authors=["Austen, Jane"],
            contributors=[("Stafford, Fiona", "editor")],
            isbns=["9780141439587"],
            identifiers=[("control_number", "b-1", "XX-Lib")],
            place="London",
            publisher="Penguin",
            published_year=2000,
            languages=["eng"],
            series=[("Penguin classics", "12")],
            subjects=["Young women -- England"],
        )
        == found["Emma"]
    )
    assert ("Kinder- und Hausmärchen", 1812) == (found["Märchen"].subtitle, found["Märchen"].published_year)


async def test_marcxml_in_another_encoding_with_a_broken_record_in_it(library: Library) -> None:
    counts, errors = await imported(library, "dirty.xml", "marcxml")

    bovary, salammbo = await books(library)
    assert (counted(read=3, created=2, failed=1), [(2, None, "record-unreadable")]) == (counts, errors)
    assert ("Madame Bovary", "étude de moeurs de province", 1857) == (
        bovary.title,
        bovary.subtitle,
        bovary.published_year,
    )
    assert ("Salammbô", ("Flaubert, Gustave",)) == (salammbo.title, salammbo.authors)
