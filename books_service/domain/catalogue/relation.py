"""How books belong together: parts of a whole, editions of one work, one periodical after another."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shared.kernel.errors import InvalidValue

LONGEST_LABEL = 300
MOST_RELATIONS = 1_000


class RelationKind(StrEnum):
    """What a book is to another one. `other_edition`: of the same work, in another edition, language or form."""

    PART_OF = "part_of"
    HAS_PART = "has_part"
    OTHER_EDITION = "other_edition"
    CONTINUES = "continues"
    CONTINUED_BY = "continued_by"

    @property
    def inverse(self) -> "RelationKind":
        """What the other book is to this one."""
        return _INVERSE[self]


_INVERSE = {
    RelationKind.PART_OF: RelationKind.HAS_PART,
    RelationKind.HAS_PART: RelationKind.PART_OF,
    RelationKind.OTHER_EDITION: RelationKind.OTHER_EDITION,
    RelationKind.CONTINUES: RelationKind.CONTINUED_BY,
    RelationKind.CONTINUED_BY: RelationKind.CONTINUES,
}


class InvalidRelations(InvalidValue):
    """Books cannot belong together in this way."""

    code = "invalid-relations"
    field = "relations"


class RelatedToItself(InvalidRelations):
    """A book is named as its own part, edition or successor."""

    code = "related-to-itself"
    detail = "A book has no relation to itself. Name another book."


class RelatedTwice(InvalidRelations):
    """One other book is named twice."""

    code = "related-twice"
    detail = (
        "Each other book is named once. Say what it is to this one: its whole, its part, an edition or a successor."
    )


class RelatedBookNotFound(InvalidRelations):
    """The other book is not in the catalogue."""

    code = "related-book-not-found"
    example: ClassVar = {"book_id": UUID("01a20f56-0b5a-72ae-b315-6757a5c0edd1")}

    def __init__(self, *, book_id: UUID) -> None:
        super().__init__("The catalogue has no book with this id. Look the other book up first.", book_id=str(book_id))


class PartOfItself(InvalidRelations):
    """The book would be a part of one of its own parts."""

    code = "part-of-itself"
    detail = "This would make the book a part of itself, by way of others. Take one of these relations away first."


@dataclass(frozen=True, slots=True)
class Relation:
    """What a book is to the book `book_id`. `label` is a word on it, as it is printed: a number, a year."""

    kind: RelationKind
    book_id: UUID
    label: str | None = None

    def seen_from_other(self, book_id: UUID) -> "Relation":
        """Return what the other book is to this one, which is `book_id`."""
        return replace(self, kind=self.kind.inverse, book_id=book_id)


def expect_possible(book_id: UUID, relations: Iterable[Relation]) -> None:
    """Raise RelatedToItself or RelatedTwice if a book cannot have all these relations."""
    seen = {book_id}
    for relation in relations:
        if relation.book_id in seen:
            raise RelatedToItself if relation.book_id == book_id else RelatedTwice
        seen.add(relation.book_id)
