"""OAI-PMH 2.0, as a harvester meets it."""

import json
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from uuid import UUID
from xml.etree.ElementTree import Element

import httpx
import pytest
from defusedxml.ElementTree import fromstring

from books_service.application.catalogue.remove_book import BookRemoval
from books_service.application.catalogue.revise_book import BookRevision
from books_service.application.exchange import harvest_books
from books_service.application.exchange.queries import CLOCKS_APART
from books_service.application.stock.merge_books import BookMerger
from books_service.application.stock.remove_copy import CopyRemoval
from books_service.application.stock.revise_copy import CopyRevision
from tests.books.api.conftest import Service, problem
from tests.books.makers import ISBN, OTHER_ISBN, any_id

OAI = "{http://www.openarchives.org/OAI/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
MARC = "{http://www.loc.gov/MARC21/slim}"


async def ask(service: Service, query: str) -> Element:
    """Ask when nobody writes any more."""
    service.library.clock.pass_by(2 * CLOCKS_APART)
    answer = await service.get(f"/oai?{query}")
    assert (200, "text/xml; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    root: Element = fromstring(answer.content)
    assert f"{OAI}OAI-PMH" == root.tag
    return root


def token_of(*parts: object) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


async def error(service: Service, query: str) -> str | None:
    found = (await ask(service, query)).find(f"{OAI}error")
    return None if found is None else found.get("code")


def identifiers(root: Element) -> list[tuple[str, str | None]]:
    return [
        (header.findtext(f"{OAI}identifier", "").removeprefix("oai:library:"), header.get("status"))
        for header in root.iter(f"{OAI}header")
    ]


async def test_the_catalogue_says_what_it_is(service: Service) -> None:
    await service.add_book()

    root = await ask(service, "verb=Identify")

    answer = {element.tag.removeprefix(OAI): element.text for element in root.iterfind(f"{OAI}Identify/*")}
    assert ("2.0", "persistent", "http://books.test/oai") == tuple(
        answer[name] for name in ("protocolVersion", "deletedRecord", "baseURL")
    )
    assert ("2026-03-02T10:00:00Z", "YYYY-MM-DDThh:mm:ssZ") == (answer["earliestDatestamp"], answer["granularity"])
    formats = await ask(service, "verb=ListMetadataFormats")
    assert ["oai_dc", "marc21"] == [each.text for each in formats.iter(f"{OAI}metadataPrefix")]


async def test_a_record_is_harvested_in_dublin_core_and_in_marc(service: Service) -> None:
    book = await service.add_book(
        title="Emma & <Harriet>",
        variant_titles=["Emma und Harriet"],
        isbns=[ISBN, OTHER_ISBN],
        subjects=["Matchmaking"],
        languages=["en", "de"],
    )
    query = f"verb=GetRecord&identifier=oai:library:{book['book_id']}&metadataPrefix="

    core = await ask(service, f"{query}oai_dc")
    marc = await ask(service, f"{query}marc21")

    assert {
        "title": ["Emma & <Harriet>", "Emma und Harriet"],
        "creator": ["Jane Austen"],
        "subject": ["Matchmaking"],
        "identifier": [f"urn:isbn:{ISBN}", f"urn:isbn:{OTHER_ISBN}"],
        "language": ["eng", "ger"],
    } == {
        name: [each.text for each in core.iter(f"{DC}{name}")]
        for name in ("title", "creator", "subject", "identifier", "language")
    }
    titles = [field for field in marc.iter(f"{MARC}datafield") if field.get("tag") == "245"]
    assert "Emma & <Harriet>" == titles[0][0].text


async def test_what_changed_and_what_is_gone_is_harvested_page_by_page(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harvest_books, "MOST_AT_ONCE", 2)
    library = service.library
    ids = []
    for number in range(5):
        library.clock.pass_by(timedelta(minutes=1))
        ids.append((await library.add_book(title=f"Volume {number}")).book_id)
    library.clock.pass_by(timedelta(hours=1))
    await library.books.remove_book(BookRemoval(ids[0]))
    await library.books.revise_book(BookRevision(ids[1], None, {"edition": "2nd"}))
    await library.stock.merge_books(BookMerger(ids[2], ids[3]))

    found: list[tuple[str, str | None]] = []
    query, pages = "verb=ListIdentifiers&metadataPrefix=oai_dc", 0
    while query:
        root = await ask(service, query)
        found += identifiers(root)
        pages += 1
        token = root.findtext(f".//{OAI}resumptionToken")
        query = f"verb=ListIdentifiers&resumptionToken={token}" if token else ""

    gone = {str(ids[0]), str(ids[2])}
    assert {(str(id_), "deleted" if str(id_) in gone else None) for id_ in ids} == set(found)
    assert (5, 3) == (len(found), pages)
    recent = await ask(service, "verb=ListRecords&metadataPrefix=marc21&from=2026-03-02T11:00:00Z")
    assert {str(ids[0]), str(ids[1])} <= {id_ for id_, _ in identifiers(recent)}
    assert str(ids[4]) not in {id_ for id_, _ in identifiers(recent)}
    deleted = await ask(service, f"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:library:{ids[2]}")
    assert [(str(ids[2]), "deleted")] == identifiers(deleted)


async def test_a_change_of_a_copy_lets_a_harvester_see_its_book_again_and_its_lending_does_not(
    service: Service,
) -> None:
    library = service.library
    books = {}
    for act in ("added", "moved", "withdrawn", "deleted", "given", "taken", "lent"):
        book, copies = await library.shelve(f"{act} 1", title=act)
        books[act] = (book.book_id, copies[0].copy_id)
    library.clock.pass_by(timedelta(hours=1))
    since = "2026-03-02T11:00:00Z"

    async def seen_again() -> list[tuple[str, str | None]]:
        return identifiers(await ask(service, f"verb=ListRecords&metadataPrefix=marc21&from={since}"))

    await library.hear(books["lent"][1], "on_loan", sequence=1, due_at=library.clock.now())
    before, at = await seen_again(), library.clock.now()
    await library.add_copy(books["added"][0], "added 2")
    await library.stock.revise_copy(CopyRevision(books["moved"][1], 1, {"shelf_mark": "823 A"}))
    await library.set_status(books["withdrawn"][1], "withdrawn")
    await library.stock.remove_copy(CopyRemoval(books["deleted"][1]))
    await library.stock.revise_copy(CopyRevision(books["given"][1], 1, {"book_id": books["taken"][0]}))
    after = await seen_again()

    changed = {str(books[act][0]) for act in ("added", "moved", "withdrawn", "deleted", "given", "taken")}
    assert ([], changed, len(changed)) == (before, {id_ for id_, _ in after}, len(after))
    one = await ask(service, f"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:library:{books['added'][0]}")
    assert f"{at:%Y-%m-%dT%H:%M:%SZ}" == one.findtext(f".//{OAI}datestamp")


async def test_an_answer_is_as_of_a_moment_before_which_nothing_changes_any_more(service: Service) -> None:
    root = await ask(service, "verb=Identify")

    as_of = datetime.fromisoformat(root.findtext(f"{OAI}responseDate", ""))
    now = service.library.clock.now()
    assert now - 2 * CLOCKS_APART < as_of <= now


async def test_a_harvest_ends_where_what_was_to_come_changed_meanwhile(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harvest_books, "MOST_AT_ONCE", 1)
    await service.add_book(title="First")
    last = await service.add_book(title="Last")
    root = await ask(service, "verb=ListRecords&metadataPrefix=oai_dc&until=2026-03-02T10:00:00Z")
    await service.library.books.revise_book(BookRevision(UUID(last["book_id"]), None, {"edition": "2nd"}))

    token = root.findtext(f".//{OAI}resumptionToken")
    root = await ask(service, f"verb=ListRecords&resumptionToken={token}")

    assert [f"{OAI}resumptionToken"] == [each.tag for each in root.iterfind(f"{OAI}ListRecords/*")]
    assert not root.findtext(f".//{OAI}resumptionToken")


async def test_the_catalogue_is_harvested_by_post_as_well(service: Service) -> None:
    await service.add_book()
    form = "verb=ListRecords&metadataPrefix=oai_dc&from=2026-03-02T10%3A00%3A00Z"

    async def post(content: str, kind: str = "application/x-www-form-urlencoded") -> httpx.Response:
        return await service.http.post("/oai", content=content, headers={"Content-Type": kind})

    by_form, by_query = await post(form), await service.get(f"/oai?{form}")

    assert (200, by_query.text, by_query.headers["content-type"]) == (
        by_form.status_code,
        by_form.text,
        by_form.headers["content-type"],
    )
    for wrong in ("", "verb=Nothing", "&".join(f"a{number}=1" for number in range(30))):
        assert 'code="badVerb"' in (await post(wrong)).text
    assert (415, "unsupported-media-type") == problem(await post("{}", "application/json"))


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "badVerb"),
        ("verb=Nothing", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=Identify&colour=red", "badArgument"),
        ("verb=ListRecords", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=yesterday", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-13-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-03-01&until=2026-03-02T00:00:00Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-03-02&until=2026-03-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=mods", "cannotDisseminateFormat"),
        ("verb=ListRecords&metadataPrefix=oai_dc", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=all", "noSetHierarchy"),
        ("verb=ListSets", "noSetHierarchy"),
        ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=W10", "badResumptionToken"),
        (
            f"verb=ListRecords&resumptionToken={token_of('oai_dc', None, None, '2026-03-02T10:00:00', 7)}",
            "badResumptionToken",
        ),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:library:x", "idDoesNotExist"),
        (f"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:library:{any_id()}", "idDoesNotExist"),
        ("verb=ListMetadataFormats&identifier=%3Cx%20y=%22%3E", "idDoesNotExist"),
    ],
)
async def test_what_cannot_be_asked_is_an_error_of_the_protocol(service: Service, query: str, code: str) -> None:
    assert code == await error(service, query)
