"""Discovery systems find the catalogue with the clients that they have: a harvester and a client of SRU, of others."""

import asyncio
import json
from typing import Any

import pytest
import requests
import sickle
import sruthi

from tests.end_to_end.library import Library, done, eventually

HARVESTED = 250  # more than two pages


@pytest.fixture
async def books(library: Library) -> list[str]:
    """The ids of many books that are there, and of one that is gone."""
    desk = await library.librarian()
    file = "\n".join(json.dumps({"title": f"Found by others {number}"}) for number in range(HARVESTED))
    headers = {"Authorization": f"Bearer {desk.token}", "Content-Type": "application/json"}
    address = f"{library.books}/v1/imports?format=json"
    job = done(await library.http.post(address, content=file.encode(), headers=headers))

    async def imported() -> bool:
        found = done(await desk.get(f"{library.books}/v1/imports/{job['import_id']}"))
        return bool(found["state"] == "done")

    await eventually(imported)
    gone = done(await desk.post(f"{library.books}/v1/books", {"title": "Gone by others", "authors": ["Nobody"]}))
    tag = (await desk.get(f"{library.books}/v1/books/{gone['book_id']}")).headers["etag"]
    whose = {"Authorization": f"Bearer {desk.token}", "If-Match": tag}
    assert (await library.http.delete(f"{library.books}/v1/books/{gone['book_id']}", headers=whose)).is_success
    return [gone["book_id"]]


async def test_a_harvester_takes_everything_with_what_is_gone(library: Library, books: list[str]) -> None:
    def harvest(prefix: str) -> tuple[list[str], set[str]]:
        with requests.Session() as session:
            session.trust_env = False
            client = sickle.Sickle(f"{library.books}/oai")
            client._session = session
            try:
                found = list(client.ListRecords(metadataPrefix=prefix))
            except sickle.oaiexceptions.NoRecordsMatch:
                return [], set()
        gone = {record.header.identifier for record in found if record.deleted}
        titles = [title for record in found if not record.deleted for title in record.metadata.get("title", [])]
        assert len(found) == len({record.header.identifier for record in found}), "nothing comes twice"
        return titles, gone

    async def harvested() -> bool:  # what was written just now is listed after some seconds
        titles, gone = await asyncio.to_thread(harvest, "oai_dc")
        expected = {f"Found by others {number}" for number in range(HARVESTED)}
        return expected <= set(titles) and f"oai:library:{books[0]}" in gone

    await eventually(harvested)


@pytest.mark.filterwarnings("ignore:Testing an element:DeprecationWarning")  # done by the client
async def test_a_client_of_sru_finds_records_and_is_told_what_it_may_ask(library: Library, books: list[str]) -> None:
    def ask() -> tuple[int, list[dict[str, Any]], dict[str, Any]]:
        with requests.Session() as session:
            session.trust_env = False
            client = sruthi.Client(f"{library.books}/sru", record_schema="dc", maximum_records=100, session=session)
            found = client.searchretrieve(query='dc.title = "found by others"')
            return found.count, list(found), client.explain()

    count, records, explained = await asyncio.to_thread(ask)

    assert (HARVESTED, HARVESTED) == (count, len(records))
    assert "sru" == explained["server"]["database"]
    assert {"title", "creator", "isbn"} <= {name for of_set in explained["index"].values() for name in of_set}
