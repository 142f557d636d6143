"""Other catalogues, asked by SRU 1.1, 1.2 or 2.0 for records in MARCXML."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from books_service.adapters.exchange.marc.refusals import MOST_FIELDS, MOST_SUBFIELDS, MarcTooLong
from books_service.application.exchange.ports import ExternalAnswer, FoundRecord, IncomingRecord, ReadingOptions
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.exchange.external_target import (
    ExternalTarget,
    ExternalTargetFailed,
    ExternalTargetRefused,
    ExternalTargetSlow,
)
from books_service.domain.exchange.marc_rules import normal_leader
from books_service.domain.exchange.source_record import SourceRecord
from shared.kernel.errors import NeighbourUnavailable
from shared.record_files.texts import MOST_CHARACTERS

if TYPE_CHECKING:
    from shared.outgoing_http import NeighbourClient

LARGEST_ANSWER = 5 * 2**20
MOST_RECORDS = 10
_LONGEST_DIAGNOSTIC = 300
_ACCEPT = {"Accept": "application/sru+xml, application/xml, text/xml"}


class SruCatalogues:
    """Asks other catalogues, each through a client and a breaker of its own. Close it in the end.

    Hosts that are `allowed` may be in the library's own network.
    """

    def __init__(self, *, allowed: Callable[[str], bool], timeout: float, ca_file: Path | None) -> None:
        self._allowed = allowed
        self._timeout = timeout
        self._ca_file = ca_file
        self._clients: dict[str, tuple[str, NeighbourClient]] = {}

    async def search(self, target: ExternalTarget, *, words: str | None, isbn: Isbn | None) -> ExternalAnswer:
        """Return the first records that are found.

        Raises InvalidTargetAddress, ExternalTargetFailed, ExternalTargetRefused or ExternalTargetSlow.
        """
        from shared.outgoing_http import NeighbourTooSlow  # noqa: PLC0415 - only who searches elsewhere needs a client

        target.expect_address(self._allowed)
        client = await self._client_of(target)
        query = {"query": target.query(words=words, isbn=isbn), "maximumRecords": str(MOST_RECORDS)}
        query["recordSchema"] = target.record_schema
        if target.sru_version != "2.0":
            query |= {"operation": "searchRetrieve", "version": target.sru_version}
        try:
            answer = await client.get("", params=query, headers=_ACCEPT)
        except NeighbourTooSlow:
            raise ExternalTargetSlow(
                f"{target.title} did not answer in time. Nothing was changed; try again, or look elsewhere.",
                target=target.code,
            ) from None
        except NeighbourUnavailable:
            raise ExternalTargetFailed(
                f"{target.title} does not answer. Nothing was changed; check its address, or look elsewhere.",
                target=target.code,
            ) from None
        if answer.status_code != 200:
            raise ExternalTargetFailed(
                f"{target.title} answers with status {answer.status_code}. Nothing was changed; check its address.",
                target=target.code,
            )
        return await asyncio.to_thread(_read, target, answer.content)

    async def aclose(self) -> None:
        """Close all connections."""
        for _, client in self._clients.values():
            await client.aclose()

    async def _client_of(self, target: ExternalTarget) -> "NeighbourClient":
        """Return the client of a target, a new one when its address has changed."""
        from shared.outgoing_http import NeighbourClient  # noqa: PLC0415 - as above

        url, client = self._clients.get(target.code, ("", None))
        if client is None or url != target.url:
            if client is not None:
                await client.aclose()
            client = NeighbourClient(
                base_url=target.url,
                neighbour=f"external {target.code}",
                service="books",
                max_concurrent=4,
                timeout=self._timeout,
                ca_file=self._ca_file,
                foreign=True,
                at_home=self._allowed(target.host),
                largest=LARGEST_ANSWER,
            )
            self._clients[target.code] = (target.url, client)
        return client


def _read(target: ExternalTarget, content: bytes) -> ExternalAnswer:
    from books_service.adapters.exchange.marc.bodies import own_fields  # noqa: PLC0415 - pymarc fills 5 MiB
    from books_service.adapters.exchange.marc.marc21_records import parse_marc_record  # noqa: PLC0415 - so does this
    from books_service.adapters.exchange.marc.marcxml_records import record_of  # noqa: PLC0415 - and this

    root = _parsed(content)
    if root is None or _name(root) != "searchRetrieveResponse":
        raise ExternalTargetFailed(
            f"{target.title} answers, but not as SRU does. Nothing was changed; check its address and version.",
            target=target.code,
        )
    elements = list(_records(root))[:MOST_RECORDS]
    if not elements and (diagnostic := _diagnostic(root)):
        raise ExternalTargetRefused(
            f"{target.title} refuses the question: {diagnostic}. Ask otherwise, or check its indexes.",
            target=target.code,
        )
    found, options = list[FoundRecord](), ReadingOptions({}, ";")
    for number, element in enumerate(elements, start=1):
        if _is_too_long(element):
            nothing = SourceRecord(normal_leader(" " * 24), ())
            found.append(FoundRecord(IncomingRecord(number, {}, MarcTooLong()), nothing))
            continue
        record = record_of(element)
        found.append(FoundRecord(parse_marc_record(number, record, options=options), own_fields(record)))
    total = next((each.text or "" for each in root if _name(each) == "numberOfRecords"), "")
    return ExternalAnswer(int(total) if total.isdecimal() and len(total) < 10 else len(found), tuple(found))


def _parsed(content: bytes | str) -> Element | None:
    """Return the root of a document without a document type; None: it is none."""
    with suppress(ParseError, DefusedXmlException, ValueError, LookupError):
        root: Element = fromstring(content, forbid_dtd=True)
        return root
    return None


def _records(root: Element) -> Iterator[Element]:
    """Yield the MARC records of an answer, also those that are packed as text."""
    for element in root.iter():
        if _name(element) == "record" and any(_name(each) in {"leader", "datafield"} for each in element):
            yield element
        elif _name(element) == "recordData" and not len(element) and (element.text or "").lstrip().startswith("<"):
            packed = _parsed((element.text or "").strip())
            if packed is not None:
                yield from _records(packed)


def _is_too_long(record: Element) -> bool:
    """Whether an import would not read it either: the pairs of a record in its own script are looked for one by one."""
    return (
        len(record) > MOST_FIELDS
        or sum(map(len, record)) > MOST_SUBFIELDS
        or sum(map(len, record.itertext())) > MOST_CHARACTERS
    )


def _diagnostic(root: Element) -> str:
    """Return what the answer complains of, on one line."""
    for element in root.iter():
        if _name(element) == "diagnostic":
            words = [each.text or "" for each in element if _name(each) in {"message", "details"}]
            return " ".join(" ".join(words).split())[:_LONGEST_DIAGNOSTIC] or "without a reason"
    return ""


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
