"""How books belong together, each from its side."""

import pytest

from books_service.domain.catalogue.relation import (
    RelatedBookNotFound,
    RelatedToItself,
    RelatedTwice,
    Relation,
    RelationKind,
    expect_possible,
)
from shared.kernel.ids import new_id
from tests.books.makers import EMMA

OTHER = new_id()


@pytest.mark.parametrize(
    ("kind", "inverse"),
    [
        (RelationKind.PART_OF, RelationKind.HAS_PART),
        (RelationKind.OTHER_EDITION, RelationKind.OTHER_EDITION),
        (RelationKind.CONTINUES, RelationKind.CONTINUED_BY),
    ],
)
def test_the_other_book_has_the_same_relation_seen_from_its_side(kind: RelationKind, inverse: RelationKind) -> None:
    relation = Relation(kind, OTHER, "vol. 2")

    seen = relation.seen_from_other(EMMA)

    assert Relation(inverse, EMMA, "vol. 2") == seen
    assert relation == seen.seen_from_other(OTHER)


def test_a_book_is_related_to_each_other_one_once_and_never_to_itself() -> None:
    part, edition = Relation(RelationKind.PART_OF, OTHER), Relation(RelationKind.OTHER_EDITION, new_id())

    expect_possible(EMMA, [part, edition])

    with pytest.raises(RelatedTwice):
        expect_possible(EMMA, [part, edition, Relation(RelationKind.CONTINUES, OTHER)])
    with pytest.raises(RelatedToItself):
        expect_possible(EMMA, [part, Relation(RelationKind.PART_OF, EMMA)])


def test_a_book_that_is_not_there_is_named() -> None:
    refused = RelatedBookNotFound(book_id=OTHER)

    assert "The catalogue has no book with this id. Look the other book up first." == str(refused)
    assert {"book_id": str(OTHER)} == refused.figures
