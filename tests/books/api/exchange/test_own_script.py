"""Titles and names in their own script, which MARC has in linked fields (880)."""

from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from tests.books.api.conftest import Service

RECORD = """<collection><record><leader>00000nam a2200000 a 4500</leader>
  <controlfield tag="008">990802s1869    ru            000 1 rus  </controlfield>
  <datafield tag="100" ind1="1" ind2=" ">
    <subfield code="6">880-01</subfield><subfield code="a">Tolstoĭ, Lev,</subfield></datafield>
  <datafield tag="245" ind1="1" ind2="0">
    <subfield code="6">880-02</subfield><subfield code="a">Voĭna i mir :</subfield>
    <subfield code="b">roman /</subfield><subfield code="c">L. Tolstoĭ.</subfield></datafield>
  <datafield tag="500" ind1=" " ind2=" ">
    <subfield code="6">880-04</subfield><subfield code="a">Primechanie.</subfield></datafield>
  <datafield tag="700" ind1="1" ind2=" ">
    <subfield code="6">880-03</subfield><subfield code="a">Shmarinov, D.,</subfield>
    <subfield code="e">illustrator.</subfield>
  </datafield>
  <datafield tag="880" ind1="1" ind2=" ">
    <subfield code="6">100-01/(N</subfield><subfield code="a">Толстой, Лев,</subfield></datafield>
  <datafield tag="880" ind1="1" ind2="0">
    <subfield code="6">245-02/(N</subfield><subfield code="a">Война и мир :</subfield>
    <subfield code="b">роман /</subfield><subfield code="c">Л. Толстой.</subfield></datafield>
  <datafield tag="880" ind1="1" ind2=" ">
    <subfield code="6">700-03/(N</subfield><subfield code="a">Шмаринов, Д.</subfield></datafield>
  <datafield tag="880" ind1=" " ind2=" ">
    <subfield code="6">500-04/(N</subfield><subfield code="a">Примечание.</subfield></datafield>
</record></collection>"""
IN_OWN_SCRIPT = [
    {"field": "title", "text": "Война и мир"},
    {"field": "subtitle", "text": "роман"},
    {"field": "authors", "text": "Толстой, Лев"},
    {"field": "contributors", "text": "Шмаринов, Д."},
]


async def brought_in(service: Service) -> dict[str, Any]:
    await service.upload(RECORD.encode(), query="format=marcxml")
    await service.library.work()
    (book,) = (await service.get("/v1/books")).json()["items"]
    found: dict[str, Any] = book
    return found


async def exported(service: Service) -> list[tuple[str, list[tuple[str, str]]]]:
    content = (await service.get("/v1/exports/books?format=marcxml", by="librarian")).text
    (record,) = fromstring(content)
    return [(each.get("tag", ""), subfields_of(each)) for each in record if each.get("ind1") is not None]


def subfields_of(field: Element) -> list[tuple[str, str]]:
    return [(part.get("code", ""), part.text or "") for part in field]


async def test_what_marc_says_in_its_own_script_is_shown_and_found(service: Service) -> None:
    book = await brought_in(service)

    assert IN_OWN_SCRIPT == book["own_script"]
    for query in ("q=война", "title=Мир", "author=толстой", "author=шмаринов", "q=роман"):
        assert [book["book_id"]] == [
            each["book_id"] for each in (await service.get(f"/v1/books?{query}")).json()["items"]
        ]


async def test_linked_fields_go_out_as_they_came_and_keep_their_links_where_a_partner_is_revised(
    service: Service,
) -> None:
    book = await brought_in(service)
    came = await exported(service)

    await service.change("PATCH", f"/v1/books/{book['book_id']}", {"title": "Vojna i mir", "authors": ["Tolstoi, Leo"]})
    went = await exported(service)

    assert [each for each in came if each[0] == "880"] == [each for each in went if each[0] == "880"]
    assert [("6", "880-02"), ("a", "Vojna i mir :")] == dict(went)["245"][:2]


async def test_a_title_in_its_own_script_is_corrected_in_its_linked_field(service: Service) -> None:
    book = await brought_in(service)
    corrected = [{"field": "title", "text": "Война и миръ"}, *IN_OWN_SCRIPT[1:]]

    await service.change("PATCH", f"/v1/books/{book['book_id']}", {"own_script": corrected})
    went = await exported(service)

    linked = [subfields for tag, subfields in went if tag == "880"]
    title = next(subfields for subfields in linked if ("a", "Война и миръ") in subfields)
    (number,) = {value[4:6] for code, value in title if code == "6"}
    assert ("6", f"880-{number}") == dict(went)["245"][0]
    assert [("6", "500-04/(N"), ("a", "Примечание.")] in linked
    assert [("6", "100-01/(N"), ("a", "Толстой, Лев,")] in linked
    content = (await service.get("/v1/exports/books?format=marc", by="librarian")).content
    again = (await service.upload(content, query="format=marc")).headers["location"]
    await service.library.work()
    assert 1 == (await service.get(again, by="librarian")).json()["read"]
    assert corrected == (await service.get(f"/v1/books/{book['book_id']}")).json()["own_script"]


async def test_a_title_in_its_own_script_that_was_typed_goes_out_linked(service: Service) -> None:
    await service.add_book(
        title="Sensō to heiwa",
        authors=["Torusutoi", "Kitamikado, Jirō"],
        own_script=[{"field": "title", "text": "戦争と平和"}, {"field": "authors", "text": "トルストイ"}],
    )

    fields = dict(await exported(service))

    assert ("6", "880-01") == fields["245"][0]
    assert ("6", "880-02") == fields["100"][0]
    assert "6" not in dict(fields["700"])


@pytest.mark.parametrize("format", ["csv", "json", "yaml"])
async def test_a_book_that_came_as_marc_has_its_own_script_in_every_format(service: Service, format: str) -> None:
    await brought_in(service)
    content = (await service.get(f"/v1/exports/books?format={format}", by="librarian")).content
    await service.library.clear()

    await service.upload(content, query=f"format={format}")
    await service.library.work()

    (book,) = (await service.get("/v1/books")).json()["items"]
    assert IN_OWN_SCRIPT == book["own_script"]
