"""What the events of the catalogue count for."""

from datetime import date
from typing import Any

import pytest

from books_service.domain.statistics import channel_of, counts_of
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_status import CopyStatus
from shared.kernel.ids import new_id
from tests.books.makers import NOW, a_copy

DAY = date(2026, 3, 2)
OF_IT = {"branch": "MAIN", "item_type": "book", "location": "unknown", "channel": "itself"}


def counted(copy: Copy) -> list[tuple[str, dict[str, Any], int]]:
    return [
        (count.atom, dict(count.dimensions), count.number)
        for event in copy.take_events()
        for count in counts_of(event, DAY)
    ]


def become(copy: Copy, status: CopyStatus) -> None:
    copy.change_status(status, reason=None, by_admin=True, now=NOW)


def test_a_copy_counts_when_it_is_added_and_less_when_that_was_a_mistake() -> None:
    copy = a_copy(with_events=True)
    copy.remove(circulation=None, now=NOW)

    assert [("copies_added", OF_IT, 1), ("copies_added", OF_IT, -1)] == counted(copy)


@pytest.mark.parametrize(
    ("status", "atom"), [(CopyStatus.WITHDRAWN, "copies_withdrawn"), (CopyStatus.LOST, "copies_lost")]
)
def test_a_copy_that_is_gone_counts_and_less_when_it_is_there_again(status: CopyStatus, atom: str) -> None:
    copy = a_copy()
    become(copy, status)
    become(copy, CopyStatus.IN_SERVICE)
    become(copy, CopyStatus.DAMAGED)

    assert [(atom, OF_IT, 1), (atom, OF_IT, -1)] == counted(copy)


def test_a_lost_copy_that_is_withdrawn_counts_as_withdrawn_alone() -> None:
    copy = a_copy()
    become(copy, CopyStatus.LOST)
    become(copy, CopyStatus.WITHDRAWN)

    total: dict[str, int] = {}
    for atom, _, number in counted(copy):
        total[atom] = total.get(atom, 0) + number
    assert {"copies_lost": 0, "copies_withdrawn": 1} == total


def test_who_acts_says_how_an_act_came_in() -> None:
    assert ["desk", "machine", "itself"] == [channel_of(by) for by in (str(new_id()), "koha-sync", None)]
