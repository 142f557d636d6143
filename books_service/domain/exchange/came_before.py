"""What a record of a file became when it came before, and what it said then, so that an old file undoes nothing.

A record that says the very same as before means the book that it became then, whatever else the file and the catalogue
have by now. For that, what it said is stored where no other record of its file overwrites it: see `stored_names`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from books_service.domain.catalogue.record import BookRecord, external_key
from books_service.domain.stock.branch import branch_key
from books_service.domain.stock.copy_record import CopyRecord
from shared.kernel.errors import Refused
from shared.kernel.file_records import digests_of

BOOK_KEYS = ("isbn", "external_id", "control_number", "title")
"""By what the record of a book can be matched, best first; `title` stands for title, authors and year."""
COPY_KEYS = ("external_id", "barcode")
"""By what the record of a copy can be matched, best first."""
AUTHORITY_KEYS = ("uri", "heading")
"""By what the record of an authority can be matched, best first; `heading` stands for kind and heading."""
FORMER_NAMES = {"isbns": "isbn", "languages": "language"}
"""What fields of a book were called when they held one value, whose digests are stored and stay the same."""
_PRESENT_NAMES = {former: name for name, former in FORMER_NAMES.items()}


class RemovedHere(Refused):
    """What the record became was removed since."""

    code = "removed-here"
    detail = "This came before and was removed here since; it stays so. Enter it by hand if it is wanted after all."


class MergedHere(Refused):
    """The book that the record became was merged into another; the record says something new of it."""

    code = "merged-here"

    def __init__(self, into: UUID) -> None:
        super().__init__(
            f"This came before, and was merged here into the book {into} since; what the file says anew was left "
            "aside. Change that book if it should say it, too."
        )


class ChangedHereToo(Refused):
    """A field was changed here as well as in the file."""

    code = "changed-here-too"

    def __init__(self, fields: list[str]) -> None:
        super().__init__(
            f"Since this last came, {', '.join(fields)} changed here as well as in the file. The file's word was "
            "taken; the history has what stood here."
        )


@dataclass(frozen=True, slots=True)
class CameBefore:
    """What a record became, and digests of what it said, by field, when it last came."""

    thing_id: UUID
    digests: Mapping[str, str]

    def news(self, digests: Mapping[str, str]) -> frozenset[str]:
        """Return the fields in which the record says something else now; one that it no longer has does not count."""
        return frozenset(name for name, digest in digests.items() if self.digests.get(name) != digest)

    def changed_here_too(self, news: frozenset[str], digests: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
        """Return which of the fields with news say something here that the file has never said."""
        return sorted(name for name in news if here.get(name) not in (self.digests.get(name), digests.get(name)))


def names_of_book(record: BookRecord, keys: Sequence[str] = BOOK_KEYS) -> tuple[str, ...]:
    """Return the names by which a record is recognised, in the order of these `keys`.

    Without any number it is recognised by title, authors and year, if they are among the keys.
    """
    isbn, number, external_id = record.main_isbn, record.control_number, record.external_id
    numbers = {
        "isbn": None if isbn is None else isbn.key,
        "external_id": None if external_id is None else external_key(external_id),
        "control_number": None if number is None else number.key,
    }
    names = tuple(name for key in keys if (name := numbers.get(key)) is not None)
    return names or ((f"alike:{record.match_key}",) if "title" in keys else ())


def name_of_wording(digests: Mapping[str, str]) -> str:
    """Return the name by which a record is recognised only if it says the very same."""
    return "wording:" + "".join(sorted(digests.values()))


def lookup_names(record: BookRecord, digests: Mapping[str, str], keys: Sequence[str] = BOOK_KEYS) -> Sequence[str]:
    """Return all names under which it may be stored what a record became, best first; of numbers only these `keys`.

    A record with an ISBN never says too little.
    """
    names = names_of_book(record, keys)
    return names if record.isbns else (name_of_wording(digests), *names)


def stored_names(record: BookRecord, digests: Mapping[str, str], *, adds_nothing: bool, shares: bool) -> Sequence[str]:
    """Return the names under which to store what a record became, so that it is found when it comes again.

    One that `adds_nothing` to its book, because it says too little, is recognised while it says the same: what it says
    later does not concern that book. One that `shares` its book with an earlier record of the file is stored under its
    ISBN, which no other record of the file has: the other names may be those of the earlier one.
    """
    names = names_of_book(record)
    if adds_nothing:
        return (name_of_wording(digests),)
    return names[:1] if shares else names


def names_of_copy(record: CopyRecord, keys: Sequence[str] = COPY_KEYS) -> tuple[str, ...]:
    """Return the names by which the record of a copy is recognised, in the order of these `keys`."""
    names = {"barcode": f"barcode:{record.barcode.key}"}
    if record.external_id is not None:
        names["external_id"] = f"copy:{record.external_id.lower()}"
    return tuple(names[key] for key in keys if key in names)


def digests_of_book(record: BookRecord, source: object = None) -> dict[str, str]:
    """Return digests of what is said of a book, by field; `source` is the record as it came, or a mark of it."""
    values = {name: getattr(record, name) for name in BookRecord.__dataclass_fields__} | {"source": source}
    for name, former in FORMER_NAMES.items():
        several = values.pop(name)
        values[former] = several[0] if len(several) == 1 else several
    return by_present_names(digests_of(values))


def by_present_names(digests: Mapping[str, str]) -> dict[str, str]:
    """Return digests by the names that their fields have now."""
    return {_PRESENT_NAMES.get(name, name): digest for name, digest in digests.items()}


def digests_of_copy(record: CopyRecord, book: object = None) -> dict[str, str]:
    """Return digests of what is said of a copy, by field; `book` is how the file names the one that it is of.

    A location is one of its branch: in another branch it is another one.
    """
    fields = {name: getattr(record, name) for name in CopyRecord.__dataclass_fields__}
    branch = record.branch and branch_key(record.branch)
    place = record.location and (branch, record.location.lower())
    return digests_of(fields | {"branch": branch, "location": place, "book": book})
