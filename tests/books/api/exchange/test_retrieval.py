"""SRU 1.2, as other catalogues meet it."""

from urllib.parse import urlencode
from uuid import UUID
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from books_service.application.exchange import retrieve_records
from books_service.domain.stock.stands import ReportedStands, StandsWhy
from tests.books.api.conftest import Service
from tests.books.makers import ISBN

SRW = "{http://www.loc.gov/zing/srw/}"
DIAGNOSTIC = "{http://www.loc.gov/zing/srw/diagnostic/}"
ZEEREX = "{http://explain.z3950.org/dtd/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
MARC = "{http://www.loc.gov/MARC21/slim}"


async def ask(service: Service, **parameters: str) -> Element:
    answer = await service.get(f"/sru?{urlencode(parameters)}")
    assert (200, "text/xml; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    root: Element = fromstring(answer.content)
    return root


async def search(service: Service, query: str, **parameters: str) -> Element:
    root = await ask(service, operation="searchRetrieve", version="1.2", query=query, **parameters)
    assert f"{SRW}searchRetrieveResponse" == root.tag
    return root


def titles(root: Element) -> list[str | None]:
    return [each.text for each in root.iter(f"{DC}title")]


def diagnostic(root: Element) -> tuple[str, str | None]:
    found = root.find(f".//{DIAGNOSTIC}diagnostic")
    assert found is not None
    return found.findtext(f"{DIAGNOSTIC}uri", "").rpartition("/")[2], found.findtext(f"{DIAGNOSTIC}details")


async def test_the_catalogue_explains_itself(service: Service) -> None:
    for parameters in ({"operation": "explain", "version": "1.2"}, {}):
        root = await ask(service, **parameters)

        server = root.find(f".//{ZEEREX}serverInfo")
        assert server is not None
        assert ("books.test", "80", "sru") == tuple(
            server.findtext(f"{ZEEREX}{one}") for one in ("host", "port", "database")
        )
        assert ["marcxml", "dc"] == [schema.get("name") for schema in root.iter(f"{ZEEREX}schema")]
        assert "dc.title" in [index.findtext(f"{ZEEREX}title") for index in root.iter(f"{ZEEREX}index")]


async def test_a_record_is_retrieved_in_marc_with_its_copies_and_in_dublin_core(service: Service) -> None:
    book, _ = await service.shelve("B 1")
    tag = f'"{book["version"]}"' if "version" in book else '"1"'
    await service.change("PATCH", f"/v1/books/{book['book_id']}", {"isbns": [ISBN]}, if_match=tag)

    marc = await search(service, f"bath.isbn = {ISBN}")
    core = await search(service, "dc.title = emma and dc.creator = austen", recordSchema="info:srw/schema/1/dc-v1.1")

    assert ("1", "info:srw/schema/1/marcxml-v1.1", "1") == tuple(
        marc.findtext(f".//{SRW}{name}") for name in ("numberOfRecords", "recordSchema", "recordPosition")
    )
    fields = {field.get("tag"): field for field in marc.iter(f"{MARC}datafield")}
    assert "Emma" == fields["245"][0].text
    assert "B 1" in [part.text for part in fields["952"]]
    assert ["Emma"] == titles(core)


async def test_a_copy_that_is_not_at_home_is_told_with_the_branch_where_it_stands(service: Service) -> None:
    await service.post("/v1/branches", {"code": "EAST", "name": "East"})
    _, copies = await service.shelve("B 1", "B 2")
    for number, why in enumerate((StandsWhy.FLOATED, StandsWhy.ON_LOAN)):
        stands = ReportedStands("EAST", why)
        await service.library.hear(UUID(copies[number]["copy_id"]), "available", sequence=1, stands=stands)

    marc = await search(service, "dc.title = emma")

    items = [field for field in marc.iter(f"{MARC}datafield") if field.get("tag") == "952"]
    subfields = [{part.get("code"): part.text for part in item} for item in items]
    assert [("B 1", "MAIN", "EAST"), ("B 2", "MAIN", "EAST")] == [(i["p"], i["a"], i.get("b")) for i in subfields]


async def test_a_record_tells_which_book_it_is(service: Service) -> None:
    book = await service.add_book()

    marc = await search(service, "emma")
    core = await search(service, "emma", recordSchema="dc")
    older = await ask(service, operation="searchRetrieve", version="1.1", query="emma")

    identifiers = [root.findtext(f".//{SRW}recordIdentifier") for root in (marc, core, older)]
    assert [book["book_id"], book["book_id"], None] == identifiers
    numbers = [part.text for field in marc.iter(f"{MARC}datafield") if field.get("tag") == "035" for part in field]
    assert [f"(library){book['book_id']}"] == numbers


async def test_records_come_by_title_page_by_page(service: Service) -> None:
    for title in ("Persuasion", "Emma", "Mansfield Park"):
        await service.add_book(title=title)

    first = await search(service, "austen", recordSchema="dc", maximumRecords="2")
    second = await search(service, "austen", recordSchema="dc", startRecord="3")

    assert (["Emma", "Mansfield Park"], "3", "3") == (
        titles(first), first.findtext(f"{SRW}numberOfRecords"), first.findtext(f"{SRW}nextRecordPosition"),
    )  # fmt: skip
    assert (["Persuasion"], None) == (titles(second), second.findtext(f"{SRW}nextRecordPosition"))
    assert "0" == (await search(service, "trollope")).findtext(f"{SRW}numberOfRecords")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("title = emma or title = persuasion", ["Emma", "Persuasion"]),
        ("dc.date > 1815", ["Mansfield Park", "Persuasion"]),
        ("dc.date < 1816 and austen", ["Emma"]),
        ("cql.allRecords = 1", ["Emma", "Mansfield Park", "Persuasion"]),
        ('title any "park emma"', ["Emma", "Mansfield Park"]),
        ('title = "mansf*"', ["Mansfield Park"]),
        ("language = eng and subject = ships", ["Persuasion"]),
    ],
)
async def test_queries_find_what_they_ask_for(service: Service, query: str, expected: list[str]) -> None:
    await service.add_book(title="Emma", published_year=1815)
    await service.add_book(title="Mansfield Park", published_year=1816)
    await service.add_book(title="Persuasion", published_year=1817, languages=["en"], subjects=["Ships"])

    assert expected == titles(await search(service, query, recordSchema="dc"))


async def test_of_very_much_the_first_is_shown_and_that_there_is_more(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieve_records, "MOST_FOUND", 2)
    for title in ("Persuasion", "Emma", "Mansfield Park"):
        await service.add_book(title=title)

    found = await search(service, "austen", recordSchema="dc")

    assert ("2", "59") == (found.findtext(f"{SRW}numberOfRecords"), diagnostic(found)[0])


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"operation": "scan", "version": "1.2"}, ("4", "scan")),
        ({"operation": "searchRetrieve", "version": "9", "query": "emma"}, ("5", "1.2")),
        ({"operation": "searchRetrieve", "version": "1.2"}, ("7", "query")),
        ({"operation": "searchRetrieve", "version": "1.2", "query": "emma", "colour": "red"}, ("8", "colour")),
        ({"query": "emma", "startRecord": "first"}, ("6", "startRecord")),
        ({"query": "emma", "startRecord": "0"}, ("61", "0")),
        ({"query": "emma", "startRecord": "2"}, ("61", "1")),
        ({"query": "emma", "recordSchema": "mods"}, ("66", "mods")),
        ({"query": "emma", "recordPacking": "brown paper"}, ("71", "brown paper")),
        ({"query": "emma", "sortKeys": "title"}, ("80", "sortKeys")),
        ({"query": "emma not austen"}, ("37", "not")),
        ({"query": "\x01 < &"}, ("16", "?")),
    ],
)
async def test_what_cannot_be_answered_is_told_as_a_diagnostic(
    service: Service, parameters: dict[str, str], expected: tuple[str, str]
) -> None:
    await service.add_book()

    assert expected == diagnostic(await ask(service, **parameters))


async def test_a_scan_which_is_not_offered_is_refused_in_the_form_of_a_scan(service: Service) -> None:
    refusal = await ask(service, operation="scan", version="1.1", scanClause="dc.title=emma")

    assert f"{SRW}scanResponse" == refusal.tag
    assert ("1.1", ("4", "scan")) == (refusal.findtext(f"{SRW}version"), diagnostic(refusal))
    assert refusal.find(f".//{SRW}record") is None


async def test_a_record_is_packed_as_text_where_asked(service: Service) -> None:
    await service.add_book(title="Emma & <Harriet>")

    found = await search(service, "emma", recordPacking="string", recordSchema="dc")

    assert "<dc:title>Emma &amp; &lt;Harriet&gt;</dc:title>" in (found.findtext(f".//{SRW}recordData") or "")
