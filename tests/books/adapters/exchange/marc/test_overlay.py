"""What came in as MARC goes out as rich as it came, with what was changed here laid over it."""

import json
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from pymarc import Field, MARCReader, Record

from books_service.adapters.exchange.marc.fields import raw_fields_of
from books_service.adapters.exchange.marc.marc21_records import write_marc
from books_service.adapters.exchange.marc.marcxml_records import marcxml_of, write_marcxml
from books_service.adapters.exchange.marc.overlay import export_record
from books_service.adapters.exchange.marc.sources import record_from, source_of
from books_service.adapters.exchange.record_formats import RECORD_READERS
from books_service.application.exchange.ports import ExportedBook, IncomingRecord, ReadingOptions
from books_service.domain.catalogue.format import Audience, BookFormat
from books_service.domain.catalogue.link import Classification, Link
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.stock.copy_record import CopyRecord
from books_service.domain.stock.copy_status import CopyStatus
from tests.books.library import Library
from tests.books.makers import EMMA, a_record, any_id
from tests.books.reading import read

RICH = """<collection xmlns="http://www.loc.gov/MARC21/slim"><record>
  <leader>00000cam a2200000 a 4500</leader>
  <controlfield tag="001">ocm51086742</controlfield>
  <controlfield tag="003">OCoLC</controlfield>
  <controlfield tag="008">030218s2003    enka   e      000 1 eng d</controlfield>
  <datafield tag="020" ind1=" " ind2=" "><subfield code="a">9780141439587 (pbk.)</subfield></datafield>
  <datafield tag="082" ind1="0" ind2="4"><subfield code="a">823.7</subfield><subfield code="2">21</subfield></datafield>
  <datafield tag="100" ind1="1" ind2=" "><subfield code="a">Austen, Jane,</subfield><subfield code="d">1775-1817</subfield></datafield>
  <datafield tag="245" ind1="1" ind2="0"><subfield code="a">Emma /</subfield><subfield code="c">Jane Austen.</subfield></datafield>
  <datafield tag="300" ind1=" " ind2=" "><subfield code="a">xxxiv, 474 p. ;</subfield><subfield code="c">20 cm</subfield></datafield>
  <datafield tag="500" ind1=" " ind2=" "><subfield code="a">With notes.</subfield></datafield>
  <datafield tag="505" ind1="0" ind2=" "><subfield code="a">Volume I -- Volume II</subfield></datafield>
  <datafield tag="650" ind1=" " ind2="0"><subfield code="a">Matchmaking</subfield><subfield code="v">Fiction.</subfield></datafield>
  <datafield tag="856" ind1="4" ind2="1"><subfield code="u">https://example.org/emma</subfield><subfield code="z">Full text</subfield></datafield>
  <datafield tag="952" ind1=" " ind2=" "><subfield code="p">1</subfield><subfield code="a">MAIN</subfield><subfield code="o">AUS</subfield><subfield code="y">BK</subfield><subfield code="v">12.90 EUR</subfield><subfield code="r">2020-01-01</subfield></datafield>
  <datafield tag="952" ind1=" " ind2=" "><subfield code="p">2</subfield><subfield code="a">MAIN</subfield><subfield code="1">1</subfield></datafield>
</record></collection>"""  # noqa: E501 - as it comes


async def one(content: str | bytes, format: str = "marcxml", **options: Any) -> IncomingRecord:
    async def pieces() -> Any:
        yield content.encode() if isinstance(content, str) else content

    (found,) = [each async for each in RECORD_READERS[format](pieces(), ReadingOptions({}, ";", **options))]
    return found


def texts(record: Record) -> list[tuple[str, str]]:
    return sorted((field.tag, field.data or json.dumps([field.indicators, field.subfields])) for field in record.fields)


async def test_classification_extent_notes_links_and_audience_are_read() -> None:
    book, wrong = BookRecord.repaired((await one(RICH)).raw_fields)

    assert () == wrong
    assert ((Classification("823.7", "ddc"),), "xxxiv, 474 p.", ("With notes.",), Audience.ADULT, None) == (
        book.classification,
        book.extent,
        book.notes,
        book.audience,
        book.format,
    )
    assert (Link("https://example.org/emma", "Full text"),) == book.links


@pytest.mark.parametrize(
    ("leader", "form", "format"),
    [
        ("am", "d", BookFormat.LARGE_PRINT),
        ("am", "o", BookFormat.EBOOK),
        ("as", " ", BookFormat.PERIODICAL),
        ("im", " ", BookFormat.AUDIOBOOK),
        ("gm", " ", BookFormat.VIDEO),
        ("am", " ", None),
    ],
)
async def test_the_format_is_told_by_the_leader_and_the_form(leader: str, form: str, format: BookFormat | None) -> None:
    content = RICH.replace("00000cam", f"00000c{leader}").replace("enka   e      000", f"enka   e{form}     000")

    assert format == BookRecord.repaired((await one(content)).raw_fields)[0].format


async def test_items_are_read_by_a_mapping_and_what_is_left_out_is_named() -> None:
    found = await one(RICH)

    assert {"barcode": "1", "branch": "MAIN", "shelf_mark": "AUS", "item_type": "BK", "price": "12.90 EUR"} == dict(
        found.copies[0]
    )
    assert {"barcode": "2", "branch": "MAIN", "status": "lost"} == dict(found.copies[1])
    assert ["505", "952$r"] == sorted(found.left_out)


async def test_another_mapping_reads_items_from_elsewhere_with_values_that_are_the_same_for_all() -> None:
    content = RICH.replace('tag="952"', 'tag="945"').replace("12.90 EUR", "12.90")
    mapping = {"945": {"barcode": "p", "branch": "=EAST", "price": "v", "currency": "=USD"}}

    found = await one(content, items=mapping)

    assert [{"barcode": "1", "branch": "EAST", "price": "12.90 USD"}, {"barcode": "2", "branch": "EAST"}] == [
        dict(copy) for copy in found.copies
    ]


async def test_what_was_not_changed_goes_out_without_losing_a_subfield() -> None:
    found = await one(RICH)
    book, _ = BookRecord.repaired(found.raw_fields)
    copies = tuple(CopyRecord.repaired(copy, "EUR")[0] for copy in found.copies)
    assert found.source is not None

    written = export_record(ExportedBook(book, copies, found.source))

    assert texts(record_from(found.source)) == texts(written)


async def test_what_was_changed_here_replaces_only_its_own_fields() -> None:
    found = await one(RICH)
    book, _ = BookRecord.repaired(found.raw_fields)
    changed = book.with_changes({"subjects": ["Love"], "published_year": 2005, "format": "large_print"})
    first, second = (CopyRecord.repaired(copy, "EUR")[0] for copy in found.copies)
    moved = CopyRecord.repaired({**found.copies[0], "branch": "EAST", "barcode": "1"}, "EUR")[0]
    new = CopyRecord.repaired({"barcode": "3", "branch": "MAIN"}, "EUR")[0]

    written = export_record(ExportedBook(changed, (moved, new), found.source))

    again, wrong = BookRecord.repaired((await one(marcxml_of(written))).raw_fields)
    assert (changed, ()) == (again, wrong)
    kept = {tag for tag, _ in texts(written)}
    assert {"505", "300", "082", "856", "653"} <= kept
    assert "650" not in kept
    items = [field for field in written.fields if field.tag == "952"]
    assert [("1", "EAST", "2020-01-01"), ("3", "MAIN", None)] == [
        (item.get("p"), item.get("a"), item.get("r")) for item in items
    ]
    assert (first.status, second.status) == (None, CopyStatus.LOST)


@pytest.mark.parametrize(
    ("odd", "written"),
    [
        ('<datafield tag="001"><subfield code="a">ocm1</subfield></datafield>', ("001", "ocm1")),
        ('<controlfield tag="900">Kept.</controlfield>', ("900", "Kept.")),
        ('<datafield tag="9é9"><subfield code="a">Kept.</subfield></datafield>', ("9X9", "Kept.")),
        ('<datafield tag="²"><subfield code="a">Kept.</subfield></datafield>', ("00X", "Kept.")),
        ('<datafield tag="900" ind1="é"><subfield code="a">Kept.</subfield></datafield>', ("900", "Kept.")),
        ('<datafield tag="900"><subfield code="é">Kept.</subfield></datafield>', ("900", "Kept.")),
        ('<datafield tag="900"><subfield>Kept.</subfield></datafield>', ("900", "Kept.")),
        ("<leader>00000namé 2200000 é 4500</leader>", ("245", "Emma /")),
    ],
)
async def test_what_marc_21_has_no_place_for_spoils_no_record_that_goes_out(odd: str, written: tuple[str, str]) -> None:
    title = '<datafield tag="245"><subfield code="a">Emma /</subfield></datafield>'
    found = await one(f"<record>{odd}{title}</record>")

    (record,) = MARCReader(write_marc(ExportedBook(BookRecord.repaired(found.raw_fields)[0], (), found.source)))

    assert record is not None
    assert written in [(field.tag, field.value()) for field in record.fields]


async def test_a_source_that_is_too_long_is_not_kept() -> None:
    record = Record(fields=[Field("520", subfields=[])])
    record.fields[0].add_subfield("a", "x" * 250_000)

    assert source_of(record) is None


async def test_marc_files_go_in_and_out_and_in_again_without_losing_a_subfield(library: Library) -> None:
    await library.open_branch()

    async def brought_in(content: bytes) -> Any:
        asked = await library.start_import(content, format="marcxml")
        await library.work()
        return await library.seen(asked)

    async def exported() -> bytes:
        export_books = library.exchange.export_books
        return b"".join([piece async for piece in export_books(export_books.writer_of("marcxml"))])

    first = await brought_in(RICH.encode())
    out = await exported()
    second = await brought_in(out)

    assert (1, 2, (), {"505": 1, "952$r": 1}) == (
        first.created,
        first.kinds["copies"].created,
        first.errors,
        first.left_out,
    )
    assert (1, 2) == (second.skipped, second.kinds["copies"].skipped)
    assert out == await exported()
    (before,), (after,) = await read("marcxml", RICH), await read("marcxml", out)
    assert before.source is not None
    assert after.source is not None
    assert texts(record_from(before.source)) == texts(record_from(after.source))


async def test_an_article_that_was_named_here_goes_out_in_the_indicator() -> None:
    source = (await one(RICH.replace("Emma /", "The Emma /"))).source
    came, _ = BookRecord.repaired((await one(RICH.replace("Emma /", "The Emma /"))).raw_fields)

    unchanged = export_record(ExportedBook(came, source=source))
    changed = export_record(ExportedBook(came.with_changes({"nonfiling_characters": 4}), source=source))

    assert ["10", "14"] == ["".join(each["245"].indicators or "") for each in (unchanged, changed)]


async def test_what_xml_cannot_hold_of_a_copy_goes_out_as_a_reference_and_comes_back() -> None:
    copy, _ = CopyRecord.repaired({"barcode": "1", "branch": "MAIN", "note": "a\ufffe", "shelf_mark": "&#x41;"}, "EUR")
    book = ExportedBook(a_record(), (copy,))

    for format, content in (("marc", write_marc(book)), ("marcxml", write_marcxml(book))):
        (written,) = (await one(content, format)).copies
        assert (copy, ()) == CopyRecord.repaired(written, "EUR")
    fromstring(write_marcxml(book))


async def test_a_book_goes_out_with_its_id_which_is_taken_for_nothing_when_it_comes_in() -> None:
    record = a_record(identifiers=[("control_number", "7", "library"), ("oclc", "5", None)])
    written = write_marcxml(ExportedBook(record, book_id=EMMA))

    found = await one(written)

    assert f"(library){EMMA}" in written
    assert (record, ()) == BookRecord.repaired(found.raw_fields)
    assert found.source is not None
    elsewhere = any_id()
    again = write_marcxml(ExportedBook(record, source=found.source, book_id=elsewhere))
    assert written.replace(str(EMMA), str(elsewhere)) == again


def test_an_author_in_two_scripts_more_is_not_taken_for_the_translator() -> None:
    own_script = [("authors", "Толстой, Лев"), ("authors", "托尔斯泰")]
    record = BookRecord.of(
        title="War and Peace",
        authors=["Tolstoy, Leo"],
        contributors=[("Garnett, C.", "translator")],
        own_script=own_script,
    )

    read, _ = BookRecord.repaired(raw_fields_of(export_record(ExportedBook(record))))

    assert own_script == [(one.field, one.text) for one in read.own_script]
