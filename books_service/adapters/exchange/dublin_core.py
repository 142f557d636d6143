"""A book as unqualified Dublin Core, which OAI-PMH requires and SRU clients expect."""

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from books_service.application.exchange.ports import ExportedBook
from books_service.domain.catalogue.record import BookRecord

_DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_ROOTS = {
    "oai_dc": (
        "http://www.openarchives.org/OAI/2.0/oai_dc/",
        "http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
    ),
    "srw_dc": ("info:srw/schema/1/dc-schema", "http://www.loc.gov/standards/sru/recordSchemas/dc-schema.xsd"),
}
"""Namespace and schema of each root element, by its prefix."""
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_dublin_core(book: ExportedBook, *, root: str) -> str:
    """Return the element that describes a book; `root` is `oai_dc` or `srw_dc`."""
    namespace, schema = _ROOTS[root]
    head = f'<{root}:dc xmlns:{root}="{namespace}" {_DC} xsi:schemaLocation="{namespace} {schema}">'
    parts = [f"<dc:{name}>{escape(_NO_XML.sub(' ', text))}</dc:{name}>" for name, text in _elements(book.record)]
    return "\n".join([head, *parts, f"</{root}:dc>"])


def _elements(record: BookRecord) -> Iterator[tuple[str, str]]:
    yield "title", record.title if record.subtitle is None else f"{record.title} : {record.subtitle}"
    yield from (("title", title) for title in (*record.variant_titles, *record.in_own_script("title")))
    yield from (("creator", author) for author in record.authors)
    yield from (("contributor", contributor.name) for contributor in record.contributors)
    yield from (("subject", subject) for subject in record.subjects)
    if record.description is not None:
        yield "description", record.description
    if record.publisher is not None:
        yield "publisher", record.publisher
    if record.published_year is not None:
        yield "date", str(record.published_year)
    yield "type", str(record.format or "book")
    if record.extent is not None:
        yield "format", record.extent
    yield from (("identifier", f"urn:isbn:{isbn}") for isbn in record.isbns)
    yield from (("identifier", link.url) for link in record.links)
    yield from (("language", language.library_code) for language in record.languages)
    yield from (("relation", series.title) for series in record.series)
