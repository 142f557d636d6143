"""What authority files on the web call the names and subjects of a book: from and to MARC, and in every other file."""

import json
from typing import Any

import pytest

from tests.books.api.authorities.test_authorities import correct_books
from tests.books.api.conftest import Service, bearer, problem

GND, VIAF = "https://d-nb.info/gnd/118529579", "https://viaf.org/viaf/89000553"
LCSH = "https://id.loc.gov/authorities/subjects/sh85047114"
RECORD: dict[str, Any] = {
    "leader": "00000nam a2200000 i 4500",
    "fields": [
        {"100": {"ind1": "1", "ind2": " ", "subfields": [
            {"a": "Eliot, George,"}, {"d": "1819-1880."}, {"0": "(DE-588)118529579"}, {"0": "(XX-1)42"}, {"1": VIAF},
        ]}},
        {"245": {"ind1": "1", "ind2": "0", "subfields": [{"a": "Romola"}]}},
        {"650": {"ind1": " ", "ind2": "0", "subfields": [{"a": "Florence"}, {"0": "(DLC)sh 85047114"}]}},
        {"700": {"ind1": "1", "ind2": " ", "subfields": [{"a": "Lewes, George Henry"}]}},
    ],
}  # fmt: skip
OF_RECORD = [
    {"heading": "Eliot, George", "uri": GND},
    {"heading": "Eliot, George", "uri": VIAF},
    {"heading": "Florence", "uri": LCSH},
]
JSON = "application/marc-in-json"


async def came(service: Service) -> tuple[str, dict[str, Any]]:
    """Let a book come as MARC; return its path, and the book."""
    book = await service.add_book(title="Romola", isbns=(), authors=["Eliot, George"])
    path = f"/v1/books/{book['book_id']}"
    headers = bearer("librarian") | {"If-Match": "*", "Content-Type": JSON}
    put = await service.http.put(f"{path}/marc", content=json.dumps(RECORD), headers=headers)
    assert put.is_success, put.text
    return path, (await service.get(path)).json()


async def fields(service: Service, path: str, tag: str) -> list[list[dict[str, str]]]:
    shown = (await service.get(f"{path}/marc", by="librarian", accept=JSON)).json()
    return [each[tag]["subfields"] for each in shown["fields"] if tag in each]


async def test_what_marc_calls_its_headings_is_shown_and_stays_as_it_came(service: Service) -> None:
    path, book = await came(service)
    await service.change("PATCH", path, {"title": "Romola, a novel", "subjects": ["Florence", "Art"]}, if_match="*")

    assert OF_RECORD == book["heading_uris"] == (await service.get(path)).json()["heading_uris"]
    assert [RECORD["fields"][0]["100"]["subfields"]] == await fields(service, path, "100")
    assert [[{"a": "Florence"}, {"0": "(DLC)sh 85047114"}]] == await fields(service, path, "650")


async def test_what_marc_calls_whom_the_book_is_not_by_is_left_in_the_record(service: Service) -> None:
    other_work = [{"a": "Dante"}, {"t": "Inferno"}, {"0": GND}]
    two = [{"a": "Art"}, {"a": "Life"}, {"0": LCSH}]
    more = [{"700": {"ind1": "1", "ind2": " ", "subfields": other_work}}]
    more.append({"653": {"ind1": " ", "ind2": " ", "subfields": two}})
    book = await service.add_book(title="Romola", isbns=())
    path, body = f"/v1/books/{book['book_id']}", RECORD | {"fields": [*RECORD["fields"], *more]}
    headers = bearer("librarian") | {"If-Match": "*", "Content-Type": JSON}

    put = await service.http.put(f"{path}/marc", content=json.dumps(body), headers=headers)

    assert (200, OF_RECORD) == (put.status_code, (await service.get(path)).json()["heading_uris"])
    assert (other_work, [two]) == ((await fields(service, path, "700"))[-1], await fields(service, path, "653"))


async def test_a_uri_that_is_changed_changes_in_the_record_and_numbers_of_others_stay(service: Service) -> None:
    path, _ = await came(service)
    orcid = "https://orcid.org/0000-0001"
    uris = [{"heading": "Eliot, George", "uri": GND}, {"heading": "Lewes, George Henry", "uri": orcid}]

    revised = await service.change("PATCH", path, {"heading_uris": uris}, if_match="*")

    assert uris == revised.json()["heading_uris"]
    (eliot,), (lewes,) = await fields(service, path, "100"), await fields(service, path, "700")
    assert ["(DE-588)118529579", "(XX-1)42"] == [each["0"] for each in eliot if "0" in each]
    assert not any("1" in each for each in eliot)
    assert [{"a": "Lewes, George Henry"}, {"0": orcid}] == lewes
    assert [[{"a": "Florence"}]] == await fields(service, path, "650")


@pytest.mark.parametrize("format", ["csv", "json", "yaml", "marc", "marcxml"])
async def test_they_go_out_with_every_file_and_come_in_again(service: Service, format: str) -> None:
    subjects = {"subjects": ["Florence"], "heading_uris": OF_RECORD}
    book = await service.add_book(title="Romola", authors=["Eliot, George"], **subjects)
    path = f"/v1/books/{book['book_id']}"
    exported = await service.get(f"/v1/exports/books?format={format}", by="librarian")
    await service.change("PATCH", path, {"heading_uris": None}, if_match="*")

    started = await service.upload(exported.content, query=f"format={format}")
    await service.library.work()

    report = (await service.get(started.headers["location"], by="librarian")).json()
    assert (0, []) == (report["failed"], report["errors"])
    assert OF_RECORD == (await service.get(path)).json()["heading_uris"]


async def test_they_follow_a_heading_that_its_authority_corrects(service: Service) -> None:
    path, _ = await came(service)
    entry = {"kind": "person", "heading": "Eliot, George (novelist)", "see_from": ["Eliot, George"]}
    assert 201 == (await service.post("/v1/authorities", entry)).status_code
    await correct_books(service)

    renamed = (await service.get(path)).json()

    assert [{"heading": "Eliot, George (novelist)", "uri": uri} for uri in (GND, VIAF)] == renamed["heading_uris"][:2]
    (eliot,) = await fields(service, path, "100")
    assert [{"0": "(DE-588)118529579"}, {"0": "(XX-1)42"}, {"1": VIAF}] == eliot[-3:]


@pytest.mark.parametrize(
    "uris", [[{"heading": "Nobody", "uri": GND}], [{"heading": "Jane Austen", "uri": "118529579"}]]
)
async def test_what_names_no_heading_of_the_book_is_refused(service: Service, uris: list[dict[str, str]]) -> None:
    book = await service.add_book()

    refused = await service.change("PATCH", f"/v1/books/{book['book_id']}", {"heading_uris": uris}, if_match="*")

    assert (422, "invalid-heading-uri") == problem(refused)
