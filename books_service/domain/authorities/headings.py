"""Which headings the books bear: other forms are replaced by them, and still find the books."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from books_service.domain.authorities.authority import AuthorityKind
from books_service.domain.authorities.heading import heading_key
from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.record import BookRecord

MAKERS = frozenset({AuthorityKind.PERSON, AuthorityKind.BODY})
"""The kinds that authors and contributors are of; subjects are of any kind."""
_ANY = frozenset(AuthorityKind)


@dataclass(frozen=True, slots=True)
class Known:
    """An authority as far as books have to know it."""

    authority_id: UUID
    kind: AuthorityKind
    heading: str
    see_from: tuple[str, ...]


class Headings:
    """The authorities under one of whose forms some books are entered.

    A text that is a heading stands for it, however it is written; else one that is another form of just one authority.
    What several share stands for none of them. `former` are texts, by their keys, under which books that belong to an
    authority may still be entered.
    """

    def __init__(self, known: Iterable[Known] = (), former: Mapping[str, UUID] | None = None) -> None:
        self._by_heading: dict[str, list[Known]] = {}
        self._by_form: dict[str, list[Known]] = {}
        by_id = {}
        for one in known:
            by_id[one.authority_id] = one
            self._by_heading.setdefault(heading_key(one.heading), []).append(one)
            for key in set(map(heading_key, one.see_from)):
                self._by_form.setdefault(key, []).append(one)
        self._former = {key: [by_id[one]] for key, one in (former or {}).items() if one in by_id}

    def corrected(self, record: BookRecord) -> BookRecord:
        """Return the record with headings in place of their other forms."""
        if not self._by_heading:
            return record
        authors = self._each_once(record.authors, MAKERS)
        subjects = self._each_once(record.subjects, _ANY)
        made = (replace(one, name=self._heading_of(one.name, MAKERS)) for one in record.contributors)
        contributors = tuple(dict.fromkeys(made))
        uris = tuple(replace(one, heading=self._heading_of(one.heading, _ANY)) for one in record.heading_uris)
        if (authors, contributors, subjects) == (record.authors, record.contributors, record.subjects):
            return record
        return replace(record, authors=authors, contributors=contributors, subjects=subjects, heading_uris=uris)

    def replacements(self, record: BookRecord) -> tuple[dict[str, str], dict[str, str]]:
        """Return which names of those who made the book become which, and which of its subjects."""
        names = (*record.authors, *(one.name for one in record.contributors))
        pairs = (
            ((text, self._heading_of(text, kinds)) for text in texts)
            for texts, kinds in ((names, MAKERS), (record.subjects, _ANY))
        )
        names_to, subjects_to = ({old: new for old, new in some if old != new} for some in pairs)
        return names_to, subjects_to

    def let_find(self, book: Book, *, anew: bool = False) -> None:
        """Let a book be found by the other forms of its names and subjects.

        `anew`: even where there are none, because it may still be found by those of before.
        """
        forms = self.other_forms(book.record)
        if any(forms) or anew:
            book.find_by(*forms, anew=anew)

    def other_forms(self, record: BookRecord) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the other forms of the names of a book, and of its subjects."""
        names = (*record.authors, *(one.name for one in record.contributors))
        return self._others(names, MAKERS), self._others(record.subjects, _ANY)

    def _each_once(self, texts: Iterable[str], kinds: Collection[AuthorityKind]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._heading_of(text, kinds) for text in texts))

    def _heading_of(self, text: str, kinds: Collection[AuthorityKind]) -> str:
        key = heading_key(text)
        for place in (self._by_heading, self._former, self._by_form):
            meant = {one.heading for one in place.get(key, ()) if one.kind in kinds}
            if meant:
                return meant.pop() if len(meant) == 1 else text
        return text

    def _others(self, texts: Iterable[str], kinds: Collection[AuthorityKind]) -> tuple[str, ...]:
        borne = (one for text in texts for one in self._by_heading.get(heading_key(text), ()) if one.kind in kinds)
        return tuple(dict.fromkeys(form for one in borne for form in one.see_from))


def keys_of(records: Iterable[BookRecord]) -> set[str]:
    """Return the keys of all names and subjects of some books."""
    return {heading_key(text) for record in records for text in texts_of(record)}


def texts_of(record: BookRecord) -> tuple[str, ...]:
    """Return all names and subjects of a book."""
    return (*record.authors, *(one.name for one in record.contributors), *record.subjects)
