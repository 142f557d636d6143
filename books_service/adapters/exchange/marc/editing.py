"""What was changed here, put into the record that came with a book: as little of that changes as can be.

A text is changed in its subfield. Of a list, the fields that say what is gone are taken out, and what is new is added
where it belongs. Whoever calls this reads the record again, and replaces what could not be put so.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pymarc import Field, Indicators, Leader, Record, Subfield

from books_service.adapters.exchange.marc.fields import FIELDS, own_script_in
from books_service.adapters.exchange.marc.title_page import MarcTitlePage, link_of
from books_service.adapters.exchange.marc.vocabulary import NAMES, OWN, OWN_ATTRIBUTES, OWN_TAGS
from books_service.adapters.exchange.marc.writing import fit, texts
from books_service.adapters.exchange.marc.writing import link as link_new
from books_service.domain.catalogue.identifier import Identifier, Scheme
from books_service.domain.catalogue.own_script import OwnScript
from books_service.domain.catalogue.record import BookRecord
from shared.kernel.errors import LibraryError

_TEXTS = {"title": ("245", "anp"), "edition": ("250", "ab"), "extent": ("300", "a"), "description": ("520", "ab")}
_IMPRINTS = ("260", "264")
_LISTS = (
    *("isbns", "authors", "contributors", "variant_titles", "series", "subjects", "notes"),
    *("classification", "links"),
)
_NUMBERS = ("001", "010", "022", "024", "035")
_NO_NUMBER, _NOTHING = Identifier(Scheme.OTHER, "-"), BookRecord("-")
_IN_008 = {"published_year": slice(6, 11), "audience": slice(22, 23), "languages": slice(35, 38)}


def edit(record: Record, came: BookRecord, present: BookRecord) -> None:
    """Change `record`, which says `came`, to say `present`, as far as that can be done field by field."""
    changed = {name for name in FIELDS if getattr(came, name) != getattr(present, name)}
    linked = [(each, partner) for each in record.get_fields("880") for partner in _partners(record, each)]
    for name, (tag, codes) in _TEXTS.items():
        if name in changed:
            _edit_text(record, name, tag, codes, getattr(present, name))
    for names, change in _CHANGES:
        if names & changed:
            change(record, came, present)
    for name in _LISTS:
        if name in changed or (name == "contributors" and "authors" in changed):
            _edit_list(record, name, came, present)
    if _IN_008.keys() & changed:
        _edit_008(record, present, changed)
    for each, partner in linked:
        _keep_link(record, each, partner)


def _partners(record: Record, linked: Field) -> list[Field]:
    """Return what a linked field (880) stands beside."""
    link = link_of(linked)
    return [] if link is None else [each for each in record.get_fields(link[0]) if link_of(each) == ("880", link[1])]


def _keep_link(record: Record, linked: Field, partner: Field) -> None:
    """Let a linked field name its partner by the tag that it has now; of one that is gone it keeps the role."""
    if any(each is partner for each in record.fields):
        if linked["6"][:3] != partner.tag:
            linked["6"] = partner.tag + linked["6"][3:]
    elif partner.tag in NAMES and not any(part.code in "e4" for part in linked.subfields):
        linked.subfields += [part for part in partner.subfields if part.code in "e4"]


def _alone(record: Record, *fields: Field) -> MarcTitlePage:
    """Return these fields as if the record had no others."""
    alone = Record(fields=list(fields))
    alone.leader = record.leader
    return MarcTitlePage(alone)


def _insert(record: Record, fields: Iterable[Field]) -> None:
    """Put fields behind the last one whose tag is not higher."""
    for field in fields:
        behind = [place for place, other in enumerate(record.fields) if other.tag <= field.tag]
        record.fields.insert(behind[-1] + 1 if behind else 0, field)


def _edit_text(record: Record, name: str, tag: str, codes: str, value: str | None) -> None:
    found = [field for field in record.get_fields(tag) if _bare_text(record, field, codes)]
    if len(found) > 1 and name == "description":  # it says all of them, one below the other
        return
    if found:
        _put(record, found[0], codes, value)
    elif value is not None:
        _insert(record, texts(tag, value))


def _bare_text(record: Record, field: Field, codes: str) -> str:
    return _alone(record, field).text(field.tag, codes)


def _mark_of(record: Record, field: Field, codes: str) -> str:
    """Return the punctuation that stands behind a text."""
    written = " ".join(part.value.strip() for part in field.subfields if part.code in codes).strip()
    found_text = _bare_text(record, field, codes)
    return written[len(found_text) :] if written.startswith(found_text) else ""


def _put(record: Record, field: Field, codes: str, value: str | None, *, only_first: bool = False) -> None:
    """Put a text in place of the one in these subfields, before its punctuation; None: take it out."""
    places = [place for place, part in enumerate(field.subfields) if part.code in codes]
    places = places[:1] if only_first else places
    mark = _mark_of(record, field, codes)
    kept = [part for place, part in enumerate(field.subfields) if place not in places]
    if value is not None:
        kept.insert(places[0], Subfield(field.subfields[places[0]].code, fit(value) + mark))
    field.subfields = kept
    if not [part for part in kept if part.code not in "68"]:
        record.fields = [other for other in record.fields if other is not field]


def _edit_nonfiling(record: Record, _: BookRecord, present: BookRecord) -> None:
    for field in record.get_fields("245")[:1]:
        if _alone(record, field).nonfiling_characters() != str(present.nonfiling_characters or ""):
            field.indicators = Indicators(field.indicator1, str(present.nonfiling_characters or 0))


def _edit_subtitle(record: Record, _: BookRecord, present: BookRecord) -> None:
    value = present.subtitle
    for field in [field for field in record.get_fields("245") if _bare_text(record, field, "anp")][:1]:
        before = [place for place, part in enumerate(field.subfields) if part.code in "anp"][-1]
        if not any(part.code == "b" for part in field.subfields):
            mark = _mark_of(record, field, "anp")
            _mark(field, before, mark, " :" if mark else "")
            field.subfields.insert(before + 1, Subfield("b", fit(value or "") + mark))
        else:
            if value is None:
                _mark(field, before, _mark_of(record, field, "anp"), _mark_of(record, field, "b"))
            _put(record, field, "b", value)


def _mark(field: Field, place: int, old: str, new: str) -> None:
    """Put other punctuation behind a subfield."""
    part = field.subfields[place]
    field.subfields[place] = Subfield(part.code, part.value.strip().removesuffix(old) + new)


def _edit_place(record: Record, _: BookRecord, present: BookRecord) -> None:
    _edit_imprint(record, "a", present.place, BookRecord("-", place=present.place))


def _edit_publisher(record: Record, _: BookRecord, present: BookRecord) -> None:
    _edit_imprint(record, "b", present.publisher, BookRecord("-", publisher=present.publisher))


def _edit_imprint(record: Record, code: str, value: str | None, alone: BookRecord) -> None:
    """Put place (a) or publisher (b) where the imprint has the old one; without any, write that of `alone`."""
    imprints = record.get_fields(*_IMPRINTS)
    named = [field for field in imprints if any(part.code == code for part in field.subfields)]
    first = sorted(named, key=lambda field: (field.tag != "264" or field.indicator2 != "1", field.indicator2 == "4"))
    if first:
        _put(record, first[0], code, value, only_first=True)
    elif imprints and value is not None:
        imprints[0].add_subfield(code, fit(value), _place_of(imprints[0], "a" if code == "b" else ""))
    elif value is not None:
        _insert(record, FIELDS["publisher"].write(alone))


def _place_of(field: Field, codes: str) -> int:
    """Return the place behind the last of these subfields."""
    return max((place + 1 for place, part in enumerate(field.subfields) if part.code in codes), default=0)


def _edit_year(record: Record, came: BookRecord, present: BookRecord) -> None:
    """Put the year where the imprint has the old one; 008 has it as well."""
    old, new = came.published_year, present.published_year
    dated = [field for field in record.get_fields(*_IMPRINTS) if any(part.code == "c" for part in field.subfields)]
    for field in dated:
        for place, part in enumerate(field.subfields):
            if part.code == "c" and new is not None:
                text = part.value.replace(str(old), str(new)) if new > 0 and str(old) in part.value else str(new)
                field.subfields[place] = Subfield("c", text)
        if new is None:
            _put(record, field, "c", None)
    if not dated and new is not None:
        for field in record.get_fields(*_IMPRINTS)[:1]:
            field.add_subfield("c", str(new))
            return
        _insert(record, FIELDS["publisher"].write(BookRecord("-", published_year=new)))


def _values(record: Record, name: str, field: Field) -> tuple[Any, ...]:
    """Return what a field says by itself in this list."""
    raw: Any = FIELDS[name].read(_alone(record, field))
    try:
        values: tuple[Any, ...] = getattr(BookRecord.repaired({"title": "-", name: tuple(raw)})[0], name)
    except LibraryError:
        return ()
    return values


def _edit_list(record: Record, name: str, came: BookRecord, present: BookRecord) -> None:
    wanted: Sequence[Any] = getattr(present, name)

    def new(value: Any) -> Iterable[Field]:
        if name == "authors" and (value != wanted[0] or record.get_fields("100", "110", "111")):
            return FIELDS["contributors"].write(BookRecord("-", authors=("-", value)))
        only: dict[str, Any] = {name: (value,)}
        fields = list(FIELDS[name].write(replace(_NOTHING, **only)))
        if name == "series" and not record.get_fields("440", "490") and record.get_fields("800", "810", "811", "830"):
            return [Field("830", indicators=Indicators(" ", "0"), subfields=each.subfields) for each in fields]
        return fields

    if name == "authors" and wanted:
        _make_way(record, wanted[0])
    tags = NAMES if name in {"authors", "contributors"} else FIELDS[name].tags
    gone = [value for value in getattr(came, name) if value not in wanted]
    _fill(record, wanted, _carriers(record, tags, gone, lambda field: _values(record, name, field)), new)


def _make_way(record: Record, first: str) -> None:
    """Let the first author have the main entry: another one that stands there becomes an added entry."""
    for field in record.get_fields("100", "110", "111"):
        authors = _values(record, "authors", field)
        if authors and first not in authors:
            record.fields = [other for other in record.fields if other is not field]
            added = [place for place, other in enumerate(record.fields) if other.tag in NAMES and other.tag > "2"]
            field.tag = f"7{field.tag[1:]}"
            if added:
                record.fields.insert(added[0], field)
            else:
                _insert(record, [field])


def _carriers(
    record: Record, tags: Sequence[str], gone: Sequence[Any], values_of: Callable[[Field], Sequence[Any]]
) -> dict[Any, Field]:
    """Take out what says what is gone; return by each value that is left the field that says it first."""
    carriers: dict[Any, Field] = {}
    for field in record.get_fields(*tags):
        values = values_of(field)
        left = [value for value in values if value not in gone]
        if len(left) < len(values):
            whole = field.subfields
            field.subfields = [part for part in whole if part.value.strip() not in gone]  # 653 says several
            if not left or list(values_of(field)) != left:
                field.subfields = whole
                record.fields = [other for other in record.fields if other is not field]
                continue
        carriers = dict.fromkeys(left, field) | carriers
    return carriers


def _fill(
    record: Record, wanted: Sequence[Any], carriers: dict[Any, Field], new: Callable[[Any], Iterable[Field]]
) -> None:
    """Add each value that no field says behind that of the one before it."""
    for number, value in enumerate(wanted):
        if value in carriers:
            continue
        fields = list(new(value))
        before = next((carriers[each] for each in reversed(wanted[:number]) if each in carriers), None)
        behind = next((carriers[each] for each in wanted[number:] if each in carriers), None)
        if before is not None:
            place = _index(record, before) + 1
            record.fields[place:place] = fields
        elif behind is not None and behind.tag <= fields[0].tag:
            place = _index(record, behind)
            record.fields[place:place] = fields
        else:
            _insert(record, fields)
        carriers |= {value: fields[-1]} if fields else {}


def _index(record: Record, field: Field) -> int:
    return next(place for place, other in enumerate(record.fields) if other is field)


def _edit_numbers(record: Record, came: BookRecord, present: BookRecord) -> None:
    def values_of(field: Field) -> list[str]:
        beside = record.get_fields("003") if field.tag == "001" else []
        page = _alone(record, field, *beside)
        raw: dict[str, Any] = {"identifiers": tuple(page.identifiers())}
        return list(_numbers_in(BookRecord.repaired({"title": "-", **raw})[0]))

    wanted = _numbers_in(present)

    def new(key: str) -> Iterable[Field]:
        number = wanted[key]
        first = () if number.scheme == Scheme.CONTROL_NUMBER and not record.get_fields("001", "003") else (_NO_NUMBER,)
        return list(FIELDS["identifiers"].write(BookRecord("-", identifiers=(*first, number))))[len(first) :]

    had_001 = bool(record.get_fields("001"))
    gone = [key for key in _numbers_in(came) if key not in wanted]
    _fill(record, list(wanted), _carriers(record, _NUMBERS, gone, values_of), new)
    if had_001 and not record.get_fields("001"):
        record.fields = [field for field in record.fields if field.tag != "003"]


def _numbers_in(book: BookRecord) -> dict[str, Identifier]:
    """Return the numbers of a book by their keys, in their order."""
    return {each.key: each for each in book.identifiers}


def _edit_own_script(record: Record, _: BookRecord, present: BookRecord) -> None:
    """Take the linked fields (880) out that say what is gone, with their links, and add what is new."""
    _fill_own_script(record, present, kept=present.own_script)
    if _own_script_of(record) != present.own_script:  # another order: all of them anew
        _fill_own_script(record, present, kept=())


def _fill_own_script(record: Record, present: BookRecord, kept: Sequence[OwnScript]) -> None:
    for field in record.get_fields("880"):
        says = _own_script_of(record, only=field)
        if says and not {*says} <= {*kept}:
            for partner in _partners(record, field):
                partner.subfields = [part for part in partner.subfields if part.code != "6"]
            record.fields = [other for other in record.fields if other is not field]
    there = _own_script_of(record)
    missing = tuple(each for each in present.own_script if each not in there)
    new = list(FIELDS["own_script"].write(replace(present, own_script=missing)))
    _insert(record, new)
    link_new(record, new)


def _own_script_of(record: Record, only: Field | None = None) -> tuple[OwnScript, ...]:
    raw: Any = own_script_in(MarcTitlePage(record), only)
    return BookRecord.repaired({"title": "-", "own_script": tuple(raw)})[0].own_script


def _edit_format(record: Record, _: BookRecord, present: BookRecord) -> None:
    """Put our own word into 380, unless leader and 008 say the same."""
    record.fields = [field for field in record.fields if field.tag != "380" or OWN not in field.get_subfields("2")]
    found_text = MarcTitlePage(record).format() or None
    if present.format is None and found_text is not None:
        leader = str(record.leader)
        record.leader = Leader(f"{leader[:6]}am{leader[8:]}")
    elif found_text != present.format:
        _insert(record, FIELDS["format"].write(present))


def _edit_ours(name: str, tag: str, record: Record, _: BookRecord, present: BookRecord) -> None:
    """Put tags or attributes in place of those that we wrote before."""
    record.fields = [field for field in record.fields if field.tag != tag or OWN not in field.get_subfields("2")]
    _insert(record, FIELDS[name].write(present))


def _edit_languages(record: Record, _: BookRecord, present: BookRecord) -> None:
    """Put the languages in place of those that 041 has, as we write them."""
    found = [field for field in record.get_fields("041") if any(part.code == "a" for part in field.subfields)]
    own = list(FIELDS["languages"].write(present))
    for field in found:
        field.subfields = [part for part in field.subfields if part.code not in "a2"]
    for field, new in zip(found, own, strict=False):
        field.subfields = [*new.subfields[:-1], *field.subfields, new.subfields[-1]]
        field.indicators = Indicators(field.indicator1, new.indicator2)
    record.fields = [field for field in record.fields if field.tag != "041" or field.subfields]
    if found:
        _insert(record, own[len(found) :])


def _edit_008(record: Record, present: BookRecord, changed: set[str]) -> None:
    """Write year, languages and audience, as far as they changed, into 008, and leave the rest of it."""
    own = next(field for field in FIELDS["published_year"].write(present) if field.tag == "008")
    found = record.get_fields("008")
    if not found:
        _insert(record, [own])
    for field in found[:1]:
        data, codes = list((field.data or "").ljust(40)), own.data or ""
        for name in _IN_008.keys() & changed:
            data[_IN_008[name]] = codes[_IN_008[name]]
        field.data = "".join(data)


_CHANGES: tuple[tuple[set[str], Callable[[Record, BookRecord, BookRecord], None]], ...] = (
    ({"title", "nonfiling_characters"}, _edit_nonfiling),
    ({"subtitle"}, _edit_subtitle),
    ({"place"}, _edit_place),
    ({"publisher"}, _edit_publisher),
    ({"published_year"}, _edit_year),
    ({"identifiers"}, _edit_numbers),
    ({"own_script"}, _edit_own_script),
    ({"format"}, _edit_format),
    ({"languages"}, _edit_languages),
    ({"tags"}, partial(_edit_ours, "tags", OWN_TAGS)),
    ({"attributes"}, partial(_edit_ours, "attributes", OWN_ATTRIBUTES)),
)
