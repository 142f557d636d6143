"""How long a hold for a title that is bound with others waits for the one copy."""

from uuid import UUID

import pytest

from loans_service.domain.holds.bound_wait import BoundWait
from loans_service.domain.lendable_copy import BoundCopy, StockOfBook, Volume
from shared.kernel.ids import new_id
from tests.loans.makers import EMMA, EMMA_COPY

PAMPHLET, OTHER_COPY = new_id(), new_id()
VOLUMES = (Volume("1", "1"), Volume("2", "2"))


def title(*bound: UUID, own: int = 0, volumes: tuple[Volume, ...] = ()) -> StockOfBook:
    copies = tuple(BoundCopy(copy_id, EMMA, "MAIN", "book") for copy_id in bound)
    return StockOfBook(PAMPHLET, "Pamphlet", own, volumes=volumes, bound=copies)


@pytest.mark.parametrize(
    ("status", "described", "keep_when_lost", "is_over"),
    [
        ("in_service", title(EMMA_COPY), True, False),
        ("in_service", title(OTHER_COPY, EMMA_COPY), True, False),
        ("in_service", title(own=1), True, True),
        ("in_service", title(own=2, volumes=VOLUMES[:1]), True, True),
        ("in_service", title(own=2, volumes=VOLUMES), True, False),
        ("withdrawn", title(own=2, volumes=VOLUMES), True, True),
        ("withdrawn", title(OTHER_COPY), True, True),
        ("lost", title(OTHER_COPY), True, True),
        ("lost", title(), True, False),
        ("lost", title(), False, True),
        ("in_service", title(), True, True),
        (None, None, True, True),
    ],
)
def test_a_hold_waits_for_its_copy_as_long_as_that_holds_the_title_and_no_other_copy_would_do(
    status: str | None, described: StockOfBook | None, keep_when_lost: bool, is_over: bool
) -> None:
    wait = BoundWait(PAMPHLET, EMMA, EMMA_COPY, status)

    assert is_over == wait.is_over(described, keep_when_lost=keep_when_lost)
