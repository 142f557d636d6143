"""Books as hypothesis thinks them up: clean, and as nasty as clean books can be."""

from typing import Any

from hypothesis import strategies as st

from books_service.domain.catalogue.contributor import ContributorRole
from books_service.domain.catalogue.format import Audience, BookFormat
from books_service.domain.catalogue.identifier import Scheme
from books_service.domain.catalogue.own_script import OwnScriptField
from books_service.domain.catalogue.record import BookRecord
from tests.books.makers import ISBN, OTHER_ISBN

_NASTY = [
    "a; b", "A \\ b\\;c|d", "'quoted' \"x\"", "=1+2", "'=1", "-720", "null", "no", "~", "Title /", "Who?..", "Dr.",
    "&#x41; &amp; <b>", "\ufffe\uffff", "#5", "- x", "[x]", "(OCoLC)5", "ocm12", "x: y", "1984", "\U0001f600 é", "]]>",
    "\\", "\\;", "{", "%", "--- x", "...", ",", "|", "OCoLC", "doi", "12\u02b93",
]  # fmt: skip
_LINKS = ["https://example.org/a?b=c&d=e", "http://example.org/a;b|c", "ftp://example.org/"]
_TEXT = st.sampled_from(_NASTY) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20
).filter(str.strip)
_MAYBE = st.none() | _TEXT
_LINES = st.lists(_TEXT | st.just(""), min_size=1, max_size=4).map("\n".join).filter(str.strip)


_REPORTED: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "title": _TEXT,
        "nonfiling_characters": st.none() | st.integers(0, 9),
        "subtitle": _MAYBE,
        "authors": st.lists(_TEXT, max_size=3),
        "contributors": st.lists(st.tuples(_TEXT, st.sampled_from(ContributorRole)), max_size=3),
        "isbns": st.lists(st.sampled_from([ISBN, OTHER_ISBN]), unique=True),
        "identifiers": st.lists(st.tuples(st.sampled_from(Scheme), _TEXT, _MAYBE), max_size=4),
        "variant_titles": st.lists(_TEXT, max_size=2),
        "place": _MAYBE,
        "own_script": st.lists(st.tuples(st.sampled_from(OwnScriptField), _TEXT), max_size=3),
        "publisher": _MAYBE,
        "published_year": st.none() | st.integers(-9999, 9999),
        "edition": _MAYBE,
        "languages": st.lists(st.sampled_from(["en", "eng", "de", "deu", "ger", "mul", "zxx", "no"]), max_size=3),
        "series": st.lists(st.tuples(_TEXT, _MAYBE), max_size=3),
        "subjects": st.lists(_TEXT, max_size=3),
        "description": st.none() | _LINES,
        "format": st.none() | st.sampled_from(BookFormat),
        "extent": _MAYBE,
        "audience": st.none() | st.sampled_from(Audience),
        "classification": st.lists(st.tuples(_TEXT, _MAYBE), max_size=3),
        "notes": st.lists(_TEXT, max_size=3),
        "links": st.lists(st.tuples(st.sampled_from(_LINKS), _MAYBE), max_size=2),
        "external_id": _MAYBE,
        "suppressed": st.booleans(),
        "tags": st.lists(_TEXT, max_size=3),
        "attributes": st.lists(st.tuples(st.sampled_from(["donor", "price_1790"]), _TEXT), max_size=3),
    }
)

RECORDS: st.SearchStrategy[BookRecord] = _REPORTED.map(lambda reported: BookRecord.of(**reported))
"""Records of one book each. Some have the same ISBN."""
