"""What authority files on the web call the headings of a record: in $0 and $1 of their fields."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from pymarc import Field, Record, Subfield

from books_service.adapters.exchange.marc.title_page import MarcTitlePage
from books_service.adapters.exchange.marc.writing import fit
from books_service.domain.catalogue.heading_uri import HeadingUri
from books_service.domain.catalogue.record import BookRecord
from shared.kernel.errors import InvalidValue

BASES = {
    "gnd": "https://d-nb.info/gnd/",
    "de-588": "https://d-nb.info/gnd/",
    "viaf": "https://viaf.org/viaf/",
    "isni": "https://isni.org/isni/",
    "orcid": "https://orcid.org/",
    "wikidata": "https://www.wikidata.org/entity/",
}
"""The addresses at which those who number authorities show them."""
OF_CONGRESS = re.compile(r"(n|no|nb|nr|ns|sh|sj|gf) *([0-9]+)")
SYSTEM = re.compile(r"\(([^()]{1,100})\)\s*+(.+)")
_CONGRESS, _URI = "dlc", "uri"


def of_congress(number: re.Match[str]) -> str:
    """Return the address of an authority of the Library of Congress."""
    scheme = {"sh": "subjects", "sj": "childrensSubjects", "gf": "genreForms"}.get(number[1], "names")
    return f"https://id.loc.gov/authorities/{scheme}/{number[1]}{number[2]}"


def heading_uris(page: MarcTitlePage) -> list[tuple[str, str]]:
    """Return the headings of a record with each of their URIs; numbers of other systems are left out."""
    borne = {*page.authors(), *(name for name, _ in page.contributors()), *page.subjects()}
    return [(heading, one.uri) for heading, field in page.headings() if heading in borne for one in _of(heading, field)]


def put_uris(record: Record, book: BookRecord) -> None:
    """Let the fields of the headings say the URIs that the book has for them, in $0, and no others."""
    there: set[HeadingUri] = set()
    first: dict[str, Field] = {}
    for heading, field in MarcTitlePage(record).headings():
        first.setdefault(" ".join(heading.split()), field)
        gone = {one.uri for one in _of(heading, field)} - {one.uri for one in book.heading_uris}
        field.subfields = [part for part in field.subfields if part.code not in "01" or _uri(part.value) not in gone]
        there.update(_of(heading, field))
    for one in book.heading_uris:
        if one not in there and one.heading in first:
            first[one.heading].subfields.append(Subfield("0", fit(one.uri)))


def _of(heading: str, field: Field) -> Iterator[HeadingUri]:
    for code, value in field.subfields:
        uri = _uri(value) if code in "01" else None
        if uri is not None:
            try:
                yield HeadingUri.of(heading, uri)
            except InvalidValue:  # the name or subject itself is reported
                continue


def _uri(value: str) -> str | None:
    value = value.strip()
    found = SYSTEM.fullmatch(value)
    source, number = (found[1].lower(), found[2].strip()) if found else (_URI, value)
    if source == _URI and number.startswith(("http://", "https://")):
        return number
    if source == _CONGRESS and (numbered := OF_CONGRESS.fullmatch(number)):
        return of_congress(numbered)
    return BASES[source] + quote(number.replace(" ", "")) if source in BASES else None
