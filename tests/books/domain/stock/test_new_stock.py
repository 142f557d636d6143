"""What a copy that has just been added comes to in the counts of its book."""

import pytest

from books_service.domain.catalogue.copy_counts import BranchCounts, CopyCounts
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.new_stock import counts_of_new
from tests.books.makers import a_copy


def counts(*, lendable: int) -> CopyCounts:
    at_home = BranchCounts("EAST", copies=1, lendable=lendable, available=lendable)
    return CopyCounts(
        copies=1, lendable=lendable, available=lendable, requested=0, on_loan=0, on_hold_shelf=0, branches=(at_home,)
    )


@pytest.mark.parametrize(
    ("status", "lendable"), [(CopyStatus.IN_SERVICE, 1), (CopyStatus.REFERENCE_ONLY, 0), (CopyStatus.ON_ORDER, 0)]
)
def test_a_new_copy_stands_at_home_and_is_lent_if_its_status_is(status: CopyStatus, lendable: int) -> None:
    assert counts(lendable=lendable) == counts_of_new(a_copy(branch="EAST", status=status))


def test_a_new_copy_that_the_public_is_not_shown_counts_as_hidden_alone() -> None:
    hidden = CopyCounts(1, 0, 0, 0, 0, 0, hidden_copies=1)

    assert hidden == counts_of_new(a_copy(suppressed=True)) == counts_of_new(a_copy(status=CopyStatus.WITHDRAWN))
