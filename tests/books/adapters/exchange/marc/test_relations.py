"""What a book is to others, in MARC."""

from pymarc import Field, Indicators, Subfield

from books_service.adapters.exchange.marc.overlay import export_record
from books_service.adapters.exchange.marc.sources import as_source
from books_service.application.exchange.ports import ExportedBook, ExportedRelation
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.catalogue.relation import RelationKind
from books_service.domain.exchange.record_links import links_of
from books_service.domain.exchange.source_record import SourceRecord
from tests.books.makers import ISBN, a_record

WEATHER = BookRecord.of(
    title="Weather", authors=(), identifiers=(("control_number", "5", "DE-600"), ("issn", "0302-9743", None))
)


def written(*relations: ExportedRelation, source: SourceRecord | None = None) -> list[str]:
    record = export_record(ExportedBook(a_record(), source=source, relations=relations))
    return [str(field) for field in record.fields if field.tag[0] in "78"]


def came_with(*links: Field) -> SourceRecord:
    record = export_record(ExportedBook(a_record()))
    record.fields += links
    return as_source(record)


def a_link(tag: str, code: str, value: str) -> Field:
    return Field(tag, indicators=Indicators("0", " "), subfields=[Subfield(code, value)])


def test_a_relation_goes_out_in_its_linking_field_with_what_the_other_is_found_by() -> None:
    (field,) = written(ExportedRelation(RelationKind.PART_OF, WEATHER, "12, 3"))

    assert "=773  0\\$tWeather$g12, 3$x0302-9743$w(DE-600)5" == field


def test_each_kind_has_a_field_from_which_it_is_read_again() -> None:
    for kind in RelationKind:
        record = export_record(ExportedBook(a_record(), relations=(ExportedRelation(kind, WEATHER, "3"),)))
        (link,) = links_of(as_source(record))
        assert (kind, "3", True) == (link.kind, link.label, set(link.keys) <= WEATHER.keys)


def test_what_the_record_names_already_is_not_written_again_and_stays_as_it_came() -> None:
    came = came_with(a_link("830", "x", "03029743"), a_link("787", "w", "(A)9"))
    print_edition = BookRecord.of(title="Emma in print", authors=("Jane Austen",), isbns=[ISBN])

    fields = written(
        ExportedRelation(RelationKind.PART_OF, WEATHER, None),
        ExportedRelation(RelationKind.OTHER_EDITION, print_edition, None),
        source=came,
    )

    assert [
        f"=775  0\\$aJane Austen$tEmma in print$z{ISBN}",
        "=830  0\\$x03029743",
        "=787  0\\$w(A)9",
    ] == sorted(fields, key=lambda field: field[1:4] == "787")


def test_a_book_without_numbers_is_named_by_its_title_once() -> None:
    other = ExportedRelation(RelationKind.HAS_PART, BookRecord.of(title="Storms", authors=()), None)

    assert ["=774  0\\$tStorms"] == written(other) == written(other, source=came_with(a_link("774", "t", "Storms")))
