import pytest

from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.lendable_copy import BookWasMerged, CopyNotLendable
from tests.loans.makers import EMMA, EMMA_COPY, a_copy


def test_circulation_keeps_what_it_needs_to_take_a_copy_back() -> None:
    kept = CirculatingCopy(EMMA_COPY, EMMA, "30000000000019", "Emma", "EAST", "dvd")

    assert kept == a_copy(branch="EAST", item_type="dvd").as_circulating()


@pytest.mark.parametrize(
    ("status", "holdable"),
    [("in_repair", True), ("missing", True), ("withdrawn", False), ("lost", False), ("reference_only", False)],
)
def test_it_is_worth_waiting_for_a_copy_that_may_be_lent_again(status: str, *, holdable: bool) -> None:
    assert holdable is a_copy(refusals=(CopyNotLendable("Not now.", status=status),)).is_holdable
    assert a_copy().is_holdable


def test_whoever_asks_for_a_merged_book_is_sent_to_the_one_that_stays() -> None:
    refused = BookWasMerged(into=EMMA)

    sentence = "This book was merged into another. Ask for that one: see `into`."
    assert ("book-merged", sentence, {"into": str(EMMA)}) == (refused.code, refused.detail, refused.figures)
