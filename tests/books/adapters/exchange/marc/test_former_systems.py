"""MARC as Koha and FOLIO hand it over, with their own subfields for items and their own keys of records."""

from pymarc import Field, Indicators, Subfield

from books_service.adapters.exchange.marc.items import raw_copy_of, with_items
from books_service.application.exchange.reading_options import ITEMS
from books_service.domain.stock.copy_record import CopyRecord
from tests.books.adapters.exchange.marc.test_overlay import RICH, one

ITEM = {
    "0": "0", "1": "0", "4": "0", "7": "0", "8": "FIC", "9": "217", "a": "CPL", "b": "FPL", "c": "GEN",
    "d": "2009-05-01", "o": "823.7 AUS", "p": "39999000001310", "r": "2020-01-01", "v": "12.90", "y": "BK",
}  # fmt: skip
"""An item as Koha exports it: 8 is the collection, 9 its key, d when it was bought."""
INSTANCE = "3a5ba9ca-2c4f-4bf4-a1f3-6f1a8e0e6a1f"


def item(**more: str) -> Field:
    parts = [Subfield(code, value) for code, value in {**ITEM, **{name[1:]: one for name, one in more.items()}}.items()]
    return Field("952", indicators=Indicators(" ", " "), subfields=parts)


def keyed(first: str, second: str, **parts: str) -> str:
    subfields = "".join(f'<subfield code="{code}">{value}</subfield>' for code, value in parts.items())
    field = f'<datafield tag="999" ind1="{first}" ind2="{second}">{subfields}</datafield>'
    return RICH.replace("</record>", f"{field}</record>")


def test_an_item_of_koha_keeps_its_key_and_neither_its_collection_nor_its_date_becomes_another_thing() -> None:
    assert {
        "barcode": "39999000001310", "branch": "CPL", "location": "GEN", "item_type": "BK",
        "shelf_mark": "823.7 AUS", "price": "12.90", "external_id": "217",
    } == raw_copy_of(item(), ITEMS["952"])  # fmt: skip


def test_what_koha_does_not_lend_is_told_by_its_flags() -> None:
    flags = {"lost": item(_1="2"), "damaged": item(_4="1"), "withdrawn": item(_0="1"), "reference_only": item(_7="2")}

    assert {name: name for name in flags} == {
        name: raw_copy_of(field, ITEMS["952"])["status"] for name, field in flags.items()
    }
    assert "on_order" == raw_copy_of(item(_7="-1"), ITEMS["952"])["status"]


def test_a_copy_of_ours_says_everything_so_that_it_comes_back_and_so_that_koha_understands_what_it_can() -> None:
    lost = {"barcode": "1", "branch": "MAIN", "status": "lost", "condition": "torn", "external_id": "9"}
    missing = {"barcode": "2", "branch": "MAIN", "status": "missing"}

    written = with_items([], [CopyRecord.repaired(one, "EUR")[0] for one in (lost, missing)])

    assert [lost, missing] == [raw_copy_of(field, ITEMS["952"]) for field in written]
    assert ("1", None) == (written[0].get("1"), written[0].get("S"))


async def test_the_key_of_a_record_in_koha_or_folio_is_kept_for_holds_and_copies_that_name_it() -> None:
    koha = await one(keyed(" ", " ", c="4711", d="4711"))
    folio = await one(keyed("f", "f", i=INSTANCE, s="c1d3be12-ecec-4fab-9237-baf728575185"))
    other = await one(keyed(" ", " ", c="local note"))

    assert ("4711", INSTANCE) == (koha.raw_fields["external_id"], folio.raw_fields["external_id"])
    assert "external_id" not in other.raw_fields
    assert ["999"] == [tag for tag in other.left_out if tag == "999"]
    assert "999" not in (*koha.left_out, *folio.left_out)
