"""Authority records of MARC 21: headings in 1XX, other forms in 4XX, what names them elsewhere in 010, 024 and 035."""

from collections.abc import Iterator
from urllib.parse import quote

from pymarc import Field, Leader, Record

from books_service.adapters.exchange.marc.title_page import MarcTitlePage
from books_service.adapters.exchange.marc.uris import BASES, OF_CONGRESS, SYSTEM, of_congress
from books_service.adapters.exchange.marc.vocabulary import NAME_CODES
from books_service.adapters.exchange.marc.writing import field
from books_service.domain.authorities.authority import AuthorityKind, AuthorityRecord
from books_service.domain.catalogue.record import RawField

_LEADER = "00000nz  a2200000n  4500"
_KINDS = {"00": AuthorityKind.PERSON, "10": AuthorityKind.BODY, "11": AuthorityKind.BODY}
_KINDS |= dict.fromkeys(("30", "48", "50", "51", "55"), AuthorityKind.SUBJECT)
_WRITTEN = {AuthorityKind.PERSON: ("00", "1 "), AuthorityKind.BODY: ("10", "2 "), AuthorityKind.SUBJECT: ("50", "  ")}
_READ = {"001", "003", "005", "008", "010", "024", "035", "040"}


def raw_authority_of(record: Record) -> tuple[dict[str, RawField], list[str]]:
    """Return what a record says of an authority, under our field names, and the tags that are not read."""
    page = MarcTitlePage(record)
    raw: dict[str, RawField] = {}
    see_from: list[str] = []
    left_out: list[str] = []
    for one in record.fields:
        form = one.tag[1:]
        if one.tag[0] == "1" and form in _KINDS and "heading" not in raw:
            kind = AuthorityKind.SUBJECT if _is_work(one) else _KINDS[form]
            raw |= {"kind": kind.value, "heading": _form(page, one)}
            see_from.append(page.heading(one))
        elif one.tag[0] == "4" and form in _KINDS:
            see_from.append(_form(page, one))
        elif one.tag not in _READ:
            left_out.append(one.tag)
    heading = raw.get("heading")
    raw["see_from"] = tuple(dict.fromkeys(one for one in see_from if one and one != heading))
    raw["uris"] = tuple(dict.fromkeys(_uris(record)))
    return {name: value for name, value in raw.items() if value}, left_out


def authority_record(authority: AuthorityRecord) -> Record:
    """Return an authority as a record."""
    form, indicators = _WRITTEN[authority.kind]
    record = Record(fields=[field("024", "7 ", a=uri, **{"2": "uri"}) for uri in authority.uris])
    record.fields.insert(0, Field("008", data="|" * 40))
    record.fields.append(field(f"1{form}", indicators, a=authority.heading))
    record.fields += [field(f"4{form}", indicators, a=one) for one in authority.see_from]
    record.leader = Leader(_LEADER)
    return record


def _is_work(one: Field) -> bool:
    """Whether a name stands there for a work of theirs, which only books are about."""
    return any(code == "t" for code, _ in one.subfields)


def _form(page: MarcTitlePage, one: Field) -> str:
    """Return a form as books are read: a name without dates, which a book does not keep."""
    return page.heading(one) if one.tag[1:] not in NAME_CODES or _is_work(one) else page.name(one)


def _uris(record: Record) -> Iterator[str]:
    for one in record.get_fields("010", "024", "035"):
        source = next((value.strip().lower() for code, value in one.subfields if code == "2"), "")
        for value in (value.strip() for code, value in one.subfields if code in "a0" if value.strip()):
            found = SYSTEM.fullmatch(value)
            if value.startswith(("http://", "https://")):
                yield value
            elif one.tag == "010" and (number := OF_CONGRESS.fullmatch(value)):
                yield of_congress(number)
            elif one.tag == "024" and source in BASES:
                yield BASES[source] + quote(value.replace(" ", ""))
            elif one.tag == "035" and found is not None and found[1].lower() in BASES:
                yield BASES[found[1].lower()] + quote(found[2])
