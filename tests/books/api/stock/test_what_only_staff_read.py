"""The notes, the condition and the price of a copy, as staff and as everybody else read them."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

from tests.books.api.conftest import SCOPES, Service

PRICE = {"amount": 1290, "currency": "EUR"}
FOR_STAFF = {"condition": "worn", "staff_note": "Bought twice by mistake.", "price": PRICE}
NOTE = "Maps at the end."
EVERYBODY_ELSE = [None, *(who for who in SCOPES if "books:write" not in SCOPES[who])]


@pytest.fixture
async def copy(service: Service) -> dict[str, Any]:
    book, _ = await service.shelve()
    answer = await service.post(
        f"/v1/books/{book['book_id']}/copies", {"barcode": "1", "branch": "MAIN", "note": NOTE} | FOR_STAFF
    )
    assert 201 == answer.status_code, answer.text
    added: dict[str, Any] = answer.json()
    return added


async def shown(service: Service, copy: dict[str, Any], who: str | None) -> Iterator[dict[str, Any]]:
    """Every answer that shows a copy in full."""
    one = await service.get(f"/v1/copies/{copy['copy_id']}", by=who)
    lists = [
        await service.get(path, by=who)
        for path in ("/v1/copies", "/v1/copies?barcode=1", f"/v1/books/{copy['book_id']}/copies")
    ]
    return iter([one.json(), *(answer.json()["items"][0] for answer in lists)])


@pytest.mark.parametrize("who", ["librarian", "admin"])
async def test_staff_read_note_staff_note_condition_and_price_of_a_copy(
    service: Service, copy: dict[str, Any], who: str
) -> None:
    for each in await shown(service, copy, who):
        assert FOR_STAFF | {"note": NOTE} == {name: each[name] for name in (*FOR_STAFF, "note")}


@pytest.mark.parametrize("who", EVERYBODY_ELSE)
async def test_everybody_else_reads_the_note_and_null_for_the_rest(
    service: Service, copy: dict[str, Any], who: str | None
) -> None:
    for each in await shown(service, copy, who):
        assert dict.fromkeys(FOR_STAFF) | {"note": NOTE} == {name: each[name] for name in (*FOR_STAFF, "note")}

    (book,) = (await service.get(f"/v1/books/holdings?book_id={copy['book_id']}", by=who)).json()["items"]
    assert NOTE == book["copies"][0]["note"]
    assert FOR_STAFF.keys().isdisjoint(book["copies"][0])


async def test_what_was_read_before_signing_in_is_not_taken_for_what_staff_read(
    service: Service, copy: dict[str, Any]
) -> None:
    path = f"/v1/copies/{copy['copy_id']}"
    tag = (await service.get(path)).headers["etag"]

    assert 304 == (await service.get(path, if_none_match=tag)).status_code
    assert 200 == (await service.get(path, by="librarian", if_none_match=tag)).status_code
    assert 200 == (await service.change("PATCH", path, {"staff_note": None}, if_match=tag)).status_code


async def test_history_and_exports_show_them_to_staff_alone(service: Service, copy: dict[str, Any]) -> None:
    path = f"/v1/copies/{copy['copy_id']}"
    await service.change("PATCH", path, {"staff_note": "Bought once."})

    (change, _) = (await service.get(f"{path}/history", by="librarian")).json()["items"]
    exported = await service.get("/v1/exports/copies?format=json", by="librarian")

    assert [
        {"field": "staff_note", "before": FOR_STAFF["staff_note"], "after": "Bought once."}
    ] == change["changed"]  # fmt: skip
    assert '"staff_note": "Bought once."' in exported.text
    for address in (f"{path}/history", "/v1/exports/copies?format=json"):
        assert [401, 403] == [(await service.get(address, by=who)).status_code for who in (None, "member")]


async def test_lending_is_told_the_note_for_staff_and_each_change_of_it(service: Service, copy: dict[str, Any]) -> None:
    await service.change("PATCH", f"/v1/copies/{copy['copy_id']}", {"staff_note": None})

    told = [
        data.get("staff_note") for type_, _, data in await service.library.events() if type_.startswith("books.copy.")
    ]

    assert [FOR_STAFF["staff_note"], None] == told


async def test_harvesters_and_other_catalogues_read_the_note_alone(service: Service, copy: dict[str, Any]) -> None:
    answers = [
        await service.get(f"/oai?verb=GetRecord&metadataPrefix=marc21&identifier=oai:library:{copy['book_id']}"),
        await service.get("/sru?operation=searchRetrieve&version=1.2&query=emma", by="librarian"),
    ]

    for answer in answers:
        parts = [part.text for part in ET.fromstring(answer.text).iter() if part.tag.endswith("subfield")]
        assert NOTE in parts
        assert not {"worn", FOR_STAFF["staff_note"], "12.90 EUR"} & {*parts}


_FROM_KOHA = """<record><leader>00000nam a2200000 c 4500</leader>
<datafield tag="245" ind1="1" ind2="0"><subfield code="a">Persuasion</subfield></datafield>
<datafield tag="952" ind1=" " ind2=" "><subfield code="p">2</subfield><subfield code="a">MAIN</subfield>
<subfield code="z">Signed.</subfield><subfield code="x">Kept in the safe.</subfield><subfield code="e">Thalia</subfield>
<subfield code="g">9.80</subfield></datafield>
<datafield tag="852" ind1=" " ind2=" "><subfield code="b">MAIN</subfield><subfield code="x">In the attic.</subfield>
</datafield></record>"""


async def test_an_item_of_another_system_is_harvested_with_what_we_say_of_its_copy_and_exported_in_full(
    service: Service,
) -> None:
    await service.post("/v1/branches", {"code": "MAIN", "name": "Main library"})
    await service.upload(_FROM_KOHA.encode(), query="format=marcxml")
    await service.library.work()

    (copy,) = (await service.get("/v1/copies?barcode=2", by="librarian")).json()["items"]
    identifier = f"oai:library:{copy['book_id']}"
    harvested = (await service.get(f"/oai?verb=GetRecord&metadataPrefix=marc21&identifier={identifier}")).text
    exported = (await service.get("/v1/exports/books?format=marcxml", by="librarian")).text

    secrets = ("Kept in the safe.", "Thalia", "9.80", "In the attic.")
    assert ("Signed.", "Kept in the safe.") == (copy["note"], copy["staff_note"])
    assert ("Signed." in harvested, [secret for secret in secrets if secret in harvested]) == (True, [])
    assert [*secrets] == [secret for secret in secrets if secret in exported]


_OWN_ITEMS = """<record><leader>00000nam a2200000 a 4500</leader>
<datafield tag="245" ind1="0" ind2="0"><subfield code="a">Emma</subfield></datafield>
<datafield tag="590" ind1=" " ind2=" "><subfield code="a">Printed in two colours.</subfield></datafield>
<datafield tag="995" ind1=" " ind2=" "><subfield code="f">7</subfield><subfield code="b">MAIN</subfield>
<subfield code="p">31.40</subfield><subfield code="u">Found in a skip.</subfield></datafield>
<datafield tag="952" ind1=" " ind2=" "><subfield code="a">MAIN</subfield><subfield code="e">Thalia</subfield>
<subfield code="g">9.80</subfield></datafield>
<datafield tag="876" ind1=" " ind2=" "><subfield code="p">8</subfield><subfield code="c">77.70</subfield></datafield>
</record>"""


async def test_what_systems_keep_of_items_in_fields_of_their_own_is_for_staff_alone(service: Service) -> None:
    await service.post("/v1/branches", {"code": "MAIN", "name": "Main library"})
    mapping = json.dumps({"995": {"barcode": "f", "branch": "b", "price": "p"}})
    await service.upload(_OWN_ITEMS.encode(), query=f"format=marcxml&mapping={quote(mapping)}")
    await service.library.work()
    (copy,) = (await service.get("/v1/copies?barcode=7", by="librarian")).json()["items"]
    path, xml = f"/v1/books/{copy['book_id']}/marc", {"Accept": "application/marcxml+xml"}

    identifier = f"oai:library:{copy['book_id']}"
    harvested = (await service.get(f"/oai?verb=GetRecord&metadataPrefix=marc21&identifier={identifier}")).text
    record = (await service.get(path, **xml)).text
    edited = (await service.get(path, by="librarian", **xml)).text

    secrets = ("31.40", "Found in a skip.", "Thalia", "9.80", "77.70")
    assert 3140 == copy["price"]["amount"]
    for public in (harvested, record):
        assert ("colours" in public, [secret for secret in secrets if secret in public]) == (True, [])
    assert [*secrets] == [secret for secret in secrets if secret in edited]
