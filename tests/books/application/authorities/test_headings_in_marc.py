"""A heading that is corrected stands in the MARC record in the field of the former one, of which all else stays."""

import json
from uuid import UUID

import pytest
from pymarc import Field, Indicators, Record, Subfield

from books_service.domain.viewer import STAFF
from tests.books.cataloguer import Cataloguer
from tests.books.library import Library

FIELDS = (
    ("100", "$aTwian, Mark,$d1835-1910$4aut$0(DE-588)118624822"),
    ("245", "$aRoughing it"),
    ("505", "$aWhat nobody reads"),
    ("650", "$aCookery$zUnited States$2lcsh$0http://id.loc.gov/authorities/subjects/sh85031789"),
    ("650", "$aRivers$2lcsh"),
    ("653", "$afree words$amore words"),
    ("700", "$aTwian, Mark$eillustrator"),
)


def marc(*fields: tuple[str, str]) -> bytes:
    record = Record()
    for tag, text in fields:
        subfields = [Subfield(part[0], part[1:]) for part in text.split("$")[1:]]
        record.fields.append(Field(tag, indicators=Indicators("1", " "), subfields=subfields))
    content: bytes = record.as_marc()
    return content


async def shown(library: Library) -> dict[str, list[str]]:
    """Return the fields of the one book as it goes out."""
    view = await library.exchange.show_marc(await the_book(library), "application/marc-in-json", STAFF)
    found: dict[str, list[str]] = {}
    for field in json.loads(view.content)["fields"]:
        ((tag, content),) = field.items()
        if isinstance(content, dict):
            parts = (f"${code}{value}" for one in content["subfields"] for code, value in one.items())
            found.setdefault(tag, []).append("".join(parts))
    return found


async def the_book(library: Library) -> UUID:
    return (await library.search()).books[0].book_id


@pytest.fixture
async def came(library: Library) -> None:
    await library.start_import(marc(*FIELDS), format="marc")
    await library.work()


@pytest.mark.usefixtures("came")
async def test_a_correction_changes_the_heading_in_its_field_alone(library: Library, cataloguer: Cataloguer) -> None:
    await cataloguer.add("Twain, Mark", "Twian, Mark")
    await cataloguer.add("Cooking -- United States", "Cookery -- United States", kind="subject")
    await cataloguer.work()

    fields = await shown(library)

    assert ["$aTwain, Mark,$d1835-1910$4aut$0(DE-588)118624822"] == fields["100"]
    assert ["$aTwain, Mark$eillustrator"] == fields["700"]
    assert [
        "$aCooking -- United States$2lcsh$0http://id.loc.gov/authorities/subjects/sh85031789",
        "$aRivers$2lcsh",
    ] == fields["650"]
    assert (["$afree words$amore words"], ["$aWhat nobody reads"]) == (fields["653"], fields["505"])


async def test_a_record_that_comes_with_another_form_goes_out_with_the_heading(
    library: Library, cataloguer: Cataloguer
) -> None:
    await cataloguer.add("Twain, Mark", "Twian, Mark")
    for _ in range(2):
        started = await library.start_import(marc(*FIELDS), format="marc")
        await library.work()

    assert 1 == (await library.seen(started)).skipped
    fields = await shown(library)
    assert ["$aTwain, Mark,$d1835-1910$4aut$0(DE-588)118624822"] == fields["100"]
    assert "$aRivers$2lcsh" in fields["650"]
