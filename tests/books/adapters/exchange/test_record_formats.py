"""What is written in a format is read back from it, whatever a book is called."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from books_service.adapters.exchange.record_formats import RECORD_READERS, RECORD_WRITERS
from books_service.domain.catalogue.record import BookRecord
from shared.kernel.errors import LibraryError
from shared.kernel.file_records import FileUnusable
from tests.books.makers import a_record
from tests.books.reading import codes, read, titles, written
from tests.books.strategies import RECORDS

FORMATS = sorted(RECORD_READERS)

FULL = a_record(
    title='The "Iliad"; or, the <Wrath> & its costs: a poem, newly done /',
    subtitle="= Ilias.",
    authors=["Homer; of Chios", "Pseudo-\\Homer", "'t Hooft"],
    contributors=[("Robert Fagles", "translator"), ("Knox, Bernard", "introducer"), ("Robert | Fagles", "editor")],
    isbns=["9780140445923", "9780141439587"],
    identifiers=[
        ("doi", "10.1000/182", None),
        ("control_number", "5637241", "DLC"),
        ("other", "A; b|c", "shelf"),
        ("oclc", "ocm44279786", None),
    ],
    variant_titles=["Ilias; or, Wrath", "The | poem"],
    place="London; New York",
    publisher="Penguin",
    published_year=-720,
    edition="2nd ed.",
    languages=["grc", "en", "de", "fre"],
    series=[("Penguin classics", "12a"), ("Greek; and Latin", None)],
    subjects=["Troy -- Siege", "no", "1984"],
    description='Sing,\n\n  "goddess"; of &#x41; and \ufffe.\n- and more: #1',
)


def test_what_can_be_read_can_be_written() -> None:
    assert FORMATS == sorted(RECORD_WRITERS)


@pytest.mark.parametrize("piece", [1, 7, 100_000])
@pytest.mark.parametrize("format", FORMATS)
async def test_a_book_with_everything_comes_back_as_it_was(format: str, piece: int) -> None:
    (found,) = await read(format, written(format, [FULL]), piece=piece)

    assert (FULL, (), ()) == (*BookRecord.repaired(found.raw_fields), found.wrong)


@settings(max_examples=200)
@given(st.lists(RECORDS, max_size=3), st.sampled_from(FORMATS), st.sampled_from([13, 100_000]))
async def test_every_book_comes_back_as_it_was(books: list[BookRecord], format: str, piece: int) -> None:
    found = await read(format, written(format, books), piece=piece)

    assert [None] * len(books) == codes(found)
    assert [(book, (), ()) for book in books] == [(*BookRecord.repaired(one.raw_fields), one.wrong) for one in found]


@pytest.mark.parametrize("format", FORMATS)
async def test_a_book_too_large_for_the_digits_of_marc_comes_back_as_it_was(format: str) -> None:
    large = a_record(subjects=[f"{number} {'é' * 190}" for number in range(100)], description="Я" * 10_000)

    found = await read(format, written(format, [large, FULL, large]))

    assert [large, FULL, large] == [BookRecord.repaired(one.raw_fields)[0] for one in found]


@pytest.mark.parametrize("format", FORMATS)
async def test_an_empty_catalogue_is_a_file_without_records(format: str) -> None:
    assert [] == await read(format, written(format, []))


SIGNS = [
    b"\x1d", b"\x1e", b"\x1f", b"\x1b$1", b"\x1b(N", b'"', b"'", b"[", b"{", b"}", b"]", b"\n", b"\r", b"- ", b"---\n",
    b"<", b"<record>", b"</record>", b"<![CDATA[", b"<!DOCTYPE", b"&x;", b"\\", b"\\u", b"\xff", b"\xc3", b"\0", b",",
    b";", b"|", b"*a", b"&a ", b"!!x ", b": ", b"? ", b"99999", b"-", b"#", b"",
]  # fmt: skip
DIRT = st.binary(max_size=100) | st.lists(st.sampled_from(SIGNS), max_size=5).map(b"".join)


@pytest.mark.parametrize("format", FORMATS)
@given(DIRT, st.floats(0, 1), st.integers(0, 40))
@settings(max_examples=150)
async def test_whatever_comes_is_read_or_refused(format: str, dirt: bytes, where: float, lost: int) -> None:
    sound = written(format, [a_record(), FULL, a_record()])
    place = int(where * len(sound))
    for whole in (dirt, sound[:place] + dirt + sound[place + lost :]):
        try:
            records = await read(format, whole, piece=50)
        except FileUnusable:
            continue
        assert list(range(1, len(records) + 1)) == [record.number for record in records]
        for record in records:
            with suppress(LibraryError):
                BookRecord.repaired(record.raw_fields if record.problem is None else {})


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("mark", [b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00", b"(\xb5/\xfd"])
async def test_what_is_packed_is_not_unpacked(format: str, mark: bytes) -> None:
    with pytest.raises(FileUnusable, match="Unpack"):
        await read(format, mark + b"\0" * 100, piece=3)


@pytest.mark.parametrize("format", ["csv", "json", "yaml", "marcxml"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
async def test_a_byte_order_mark_tells_the_encoding(format: str, encoding: str) -> None:
    content = written(format, [a_record(title="Émile")]).decode().replace(' encoding="UTF-8"', "")

    assert ["Émile"] == titles(await read(format, content.encode(encoding), piece=5))


@pytest.mark.parametrize("format", ["csv", "json", "yaml", "marcxml"])
async def test_a_record_in_another_encoding_is_reported_and_the_others_are_read(format: str) -> None:
    content = written(format, [a_record(title=title) for title in ("Emma", "Émile", "Villette")])

    records = await read(format, content.replace("É".encode(), "É".encode("latin-1")))

    assert [None, "not-utf8", None] == codes(records)
    assert "Villette" == titles(records)[2]


@pytest.mark.parametrize("format", ["csv", "json", "yaml", "marcxml"])
@pytest.mark.parametrize("end", ["\r\n", "\r"])
async def test_lines_may_end_as_anywhere(format: str, end: str) -> None:
    content = written(format, [a_record(), a_record(title="Persuasion")]).decode().replace("\r\n", "\n")

    assert ["Emma", "Persuasion"] == titles(await read(format, content.replace("\n", end), piece=9))
