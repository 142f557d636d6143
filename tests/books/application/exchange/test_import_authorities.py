"""Files of authorities, in every format: taken in once, and never taking back what was done here."""

import json
from typing import Any

import pytest
from pymarc import Field, Indicators, Record, Subfield

from books_service.adapters.exchange.record_formats import AUTHORITY_WRITERS
from books_service.application.authorities.views import AuthorityView
from books_service.application.exchange.reading_options import AUTHORITIES
from shared.kernel.import_profiles import ImportRules
from shared.kernel.imports import ImportView
from tests.books.cataloguer import Cataloguer
from tests.books.library import Library

GND, VIAF = "https://d-nb.info/gnd/118624822", "https://viaf.org/viaf/50566653"


@pytest.fixture
def cataloguer(library: Library) -> Cataloguer:
    return Cataloguer(library)


async def bring_in(library: Library, content: bytes, *, format: str = "json", **how: Any) -> ImportView:
    started = await library.start_import(content, format=format, what=AUTHORITIES, **how)
    await library.work()
    return await library.seen(started)


async def listed(cataloguer: Cataloguer) -> list[AuthorityView]:
    queries = cataloguer.use_cases.queries
    return [view for _, view in await queries.authorities(kind=None, beginning=None, uri=None, after=None, limit=100)]


def as_json(*records: dict[str, Any]) -> bytes:
    return json.dumps(records).encode()


def a_person(heading: str = "Twain, Mark", **fields: Any) -> dict[str, Any]:
    return {"kind": "person", "heading": heading} | fields


def counts(view: ImportView) -> tuple[int, ...]:
    return view.created, view.updated, view.skipped, view.failed


def marc(*fields: tuple[str, str]) -> bytes:
    record = Record()
    for tag, text in fields:
        subfields = [Subfield(part[0], part[1:]) for part in text.split("$")[1:]]
        record.fields.append(Field(tag, indicators=Indicators("1", " "), subfields=subfields))
    content: bytes = record.as_marc()
    return content


async def test_of_marc_headings_other_forms_and_what_names_them_elsewhere_are_read(
    library: Library, cataloguer: Cataloguer
) -> None:
    file = marc(
        ("010", "$an  79021164 "),
        ("024", "$a50566653$2viaf"),
        ("035", "$a(DE-588)118624822"),
        ("100", "$aTwain, Mark,$d1835-1910"),
        ("400", "$aClemens, Samuel Langhorne,$d1835-1910"),
        ("500", "$aSnodgrass, Quintus Curtius"),
        ("670", "$aHis Adventures."),
    ) + marc(
        ("150", "$aCooking$xHistory"), ("450", "$aCookery"), ("024", "$ahttp://id.loc.gov/authorities/subjects/sh1")
    )

    done = await bring_in(library, file, format="marc")

    cooking, twain = await listed(cataloguer)
    assert ((2, 0, 0, 0), {"500": 1, "670": 1}) == (counts(done), done.left_out)
    assert ("person", "Twain, Mark") == (twain.kind, twain.heading)
    assert ("Twain, Mark, 1835-1910", "Clemens, Samuel Langhorne") == twain.see_from
    assert {"https://id.loc.gov/authorities/names/n79021164", VIAF, GND} == set(twain.uris)
    assert ("subject", "Cooking -- History", ("Cookery",)) == (cooking.kind, cooking.heading, cooking.see_from)
    assert ("http://id.loc.gov/authorities/subjects/sh1",) == cooking.uris


async def test_books_that_came_as_marc_bear_the_heading_of_an_authority_that_came_as_marc(
    library: Library, cataloguer: Cataloguer
) -> None:
    book = marc(("100", "$aClemens, Samuel Langhorne,$d1835-1910"), ("245", "$aRoughing it"))
    await library.start_import(book, format="marc")
    await library.work()

    await bring_in(
        library,
        marc(("100", "$aTwain, Mark,$d1835-1910"), ("400", "$aClemens, Samuel Langhorne,$d1835-1910")),
        format="marc",
    )
    await cataloguer.work()

    (found,) = (await library.search("clemens")).books
    assert ("Twain, Mark",) == found.authors


@pytest.mark.parametrize("format", sorted(AUTHORITY_WRITERS))
async def test_what_goes_out_comes_back_the_same(library: Library, cataloguer: Cataloguer, format: str) -> None:
    await cataloguer.add("Twain, Mark", "Clemens; Samuel", "Твен, Марк", uris=[GND, VIAF])
    await cataloguer.add("C++", kind="subject")
    await cataloguer.add("=Nations", kind="body")
    before = {(one.kind, one.heading, one.see_from, one.uris) for one in await listed(cataloguer)}
    writer = AUTHORITY_WRITERS[format]
    file = b"".join([piece async for piece in library.exchange.export_books(writer, AUTHORITIES)])

    again = await bring_in(library, file, format=format)
    assert (0, 0, 3, 0) == counts(again)
    await library.clear()
    moved = await bring_in(library, file, format=format)

    assert (3, 0, 0, 0) == counts(moved)
    assert before == {(one.kind, one.heading, one.see_from, one.uris) for one in await listed(cataloguer)}


async def test_the_same_file_takes_no_correction_and_no_merger_back(library: Library, cataloguer: Cataloguer) -> None:
    file = as_json(a_person("Twian, Mark", uris=[VIAF]), a_person("Clemens, S."))
    await bring_in(library, file)
    clemens, twain = await listed(cataloguer)
    await cataloguer.revise(twain, heading="Twain, Mark", see_from=None)
    await cataloguer.merge(clemens, twain)

    done = await bring_in(library, file)

    (left,) = await listed(cataloguer)
    assert (0, 0, 2, 0) == counts(done)
    assert ("Twain, Mark", ("Clemens, S.",)) == (left.heading, left.see_from)


async def test_what_a_file_says_anew_is_taken(library: Library, cataloguer: Cataloguer) -> None:
    await bring_in(library, as_json(a_person(uris=[VIAF])))

    done = await bring_in(library, as_json(a_person("Twain, M.", see_from=["Clemens"], uris=[VIAF])))

    (twain,) = await listed(cataloguer)
    assert (0, 1, 0, 0) == counts(done)
    assert ("Twain, M.", {"Twain, Mark", "Clemens"}) == (twain.heading, set(twain.see_from))


async def test_an_authority_that_was_entered_by_hand_takes_over_what_the_file_knows(
    library: Library, cataloguer: Cataloguer
) -> None:
    await cataloguer.add("Twain, Mark")

    done = await bring_in(library, as_json(a_person("twain mark", see_from=["Clemens"], uris=[VIAF])))

    (twain,) = await listed(cataloguer)
    assert (0, 1, 0, 0) == counts(done)
    assert ("Twain, Mark", ("Clemens",), (VIAF,)) == (twain.heading, twain.see_from, twain.uris)


async def test_two_of_one_name_are_told_apart_by_what_names_them_elsewhere(
    library: Library, cataloguer: Cataloguer
) -> None:
    older = a_person("Smith, John", see_from=["Smith, John, 1900-"], uris=["https://viaf.org/viaf/1"])
    younger = a_person("Smith, John", see_from=["Smith, John, 1950-"], uris=["https://viaf.org/viaf/2"])
    unknown = a_person("Smith, John", uris=["https://viaf.org/viaf/3"])

    done = await bring_in(library, as_json(older, younger, unknown))

    assert (2, 0, 0, 1) == counts(done)
    assert [(3, "heading-taken")] == [(error.record, error.code) for error in done.errors]
    assert ["Smith, John", "Smith, John, 1950-"] == [one.heading for one in await listed(cataloguer)]
    assert (0, 0, 2, 1) == counts(await bring_in(library, as_json(older, younger, unknown)))


async def test_what_is_wrong_in_a_record_stops_no_other(library: Library, cataloguer: Cataloguer) -> None:
    done = await bring_in(
        library,
        as_json(a_person("?"), {"kind": "god", "heading": "Zeus"}, a_person(uris=["viaf", VIAF], see_from={"a": "b"})),
    )

    assert (1, 0, 0, 2) == counts(done)
    assert [
        (1, "invalid-heading"),
        (2, "invalid-authority-kind"),
        (3, "invalid-shape"),
        (3, "invalid-uri"),
    ] == [(error.record, error.code) for error in done.errors]
    assert (VIAF,) == (await listed(cataloguer))[0].uris


async def test_a_protected_field_keeps_what_it_says_here(library: Library, cataloguer: Cataloguer) -> None:
    await cataloguer.add("Twain, Mark", "Clemens")
    file = as_json(a_person(see_from=["Snodgrass"], uris=[VIAF]))

    await bring_in(library, file, rules=ImportRules(protect=("see_from", "uris")))

    (twain,) = await listed(cataloguer)
    assert (("Clemens",), (VIAF,)) == (twain.see_from, twain.uris)


async def test_a_dry_run_counts_and_changes_nothing(library: Library, cataloguer: Cataloguer) -> None:
    await cataloguer.add("Twain, Mark")

    done = await bring_in(library, as_json(a_person(uris=[VIAF]), a_person("Austen, Jane")), dry_run=True)

    assert (1, 1, 0, 0) == counts(done)
    assert [("Twain, Mark", ())] == [(one.heading, one.uris) for one in await listed(cataloguer)]


async def test_a_table_may_have_columns_of_other_names(library: Library, cataloguer: Cataloguer) -> None:
    content = b"type,heading,variants\nsubject,Cooking,Cookery; Cuisine\n"
    started = await library.start_import(content, what=AUTHORITIES, mapping={"kind": "type", "see_from": "variants"})
    await library.work()

    assert "done" == (await library.seen(started)).state
    (cooking,) = await listed(cataloguer)
    assert ("subject", ("Cookery", "Cuisine")) == (cooking.kind, cooking.see_from)


@pytest.mark.parametrize(
    ("match", "record", "expected"),
    [
        (("uri",), a_person("Twain, Mark"), (0, 0, 0, 1)),
        (("uri",), a_person("Clemens, Samuel", uris=[GND]), (0, 1, 0, 0)),
        (("heading",), a_person("Clemens, Samuel", uris=[GND]), (1, 0, 0, 0)),
        (("heading", "uri"), a_person("Twain, Mark", see_from=["Clemens, Samuel"]), (0, 1, 0, 0)),
    ],
)
async def test_an_authority_is_found_by_the_keys_that_the_import_names(
    library: Library, cataloguer: Cataloguer, match: tuple[str, ...], record: dict[str, Any], expected: tuple[int, ...]
) -> None:
    await cataloguer.add("Twain, Mark", uris=[GND])

    done = await bring_in(library, as_json(record), rules=ImportRules(match))

    assert expected == counts(done)
