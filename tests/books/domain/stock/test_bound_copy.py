"""A copy that holds several books: catalogued under one, bound with others."""

import pytest

from books_service.domain.stock.copy import CopyRevised
from books_service.domain.stock.copy_refusals import (
    MOST_TITLES,
    AlreadyBound,
    CopyWithdrawn,
    TitleNotBound,
    TooManyTitles,
)
from books_service.domain.stock.copy_status import CopyStatus
from tests.books.makers import EMMA, NOW, a_copy, any_id


def test_a_copy_holds_its_own_book_and_those_that_are_bound_with_it() -> None:
    copy, other = a_copy(), any_id()

    copy.bind(other, now=NOW, by="ada")

    assert (EMMA, other) == copy.titles
    assert [CopyRevised(copy, NOW, {"bound_with": ()}, "ada")] == copy.take_events()[-1:]


def test_nothing_is_bound_twice_nor_in_a_withdrawn_copy_nor_without_end() -> None:
    copy, withdrawn, other = a_copy(), a_copy(status=CopyStatus.WITHDRAWN), any_id()
    copy.bind(other, now=NOW)

    for there in (EMMA, other):
        with pytest.raises(AlreadyBound):
            copy.bind(there, now=NOW)
    with pytest.raises(CopyWithdrawn):
        withdrawn.bind(other, now=NOW)
    for _ in range(MOST_TITLES - 2):
        copy.bind(any_id(), now=NOW)
    with pytest.raises(TooManyTitles):
        copy.bind(any_id(), now=NOW)


def test_a_book_that_is_no_longer_bound_in_a_copy_is_told() -> None:
    copy, one, other = a_copy(), any_id(), any_id()
    copy.bind(one, now=NOW)
    copy.bind(other, now=NOW)

    copy.unbind(one, now=NOW)

    assert ((other,), one) == (copy.bound_with, copy.take_events()[-1].unbound)  # type: ignore[union-attr]  # it is a revision
    for never in (one, EMMA):
        with pytest.raises(TitleNotBound):
            copy.unbind(never, now=NOW)


def test_a_copy_that_was_entered_under_a_book_bound_in_it_holds_that_once() -> None:
    copy, other = a_copy(), any_id()
    copy.bind(other, now=NOW)

    copy.revise({"book_id": other}, circulation=None, now=NOW)

    assert (other,) == copy.titles


@pytest.mark.parametrize("goes", ["own", "bound"])
def test_of_two_books_in_one_copy_that_are_one_it_holds_the_one_that_stays(goes: str) -> None:
    copy, other, third = a_copy(), any_id(), any_id()
    copy.bind(third, now=NOW)
    copy.bind(other, now=NOW)
    gone, stays = (EMMA, other) if goes == "own" else (other, EMMA)

    copy.move_to_book(gone, stays, now=NOW)

    assert (stays, third) == copy.titles


def test_a_book_that_is_merged_gives_its_place_in_the_binding_to_the_one_that_stays() -> None:
    copy, one, third, stays = a_copy(), any_id(), any_id(), any_id()
    copy.bind(one, now=NOW)
    copy.bind(third, now=NOW)

    copy.move_to_book(one, stays, now=NOW)

    assert (EMMA, stays, third) == copy.titles
