"""What `make walk` does fifty thousand times, done five hundred times."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.walk.stage import Stage
from tests.end_to_end.walk.town import Broken
from tests.end_to_end.walk.walking import walk


async def test_books_and_loans_never_disagree_whatever_is_done_and_the_owner_gains_nothing_alone(
    tmp_path: Path,
) -> None:
    walked = await walk(28, 500, folder=tmp_path)

    assert 500 == sum(walked.done.values())
    assert walked.refused_to_the_owner > 20
    assert walked.planted > 2, "and stocktaking found just these"
    assert walked.done.keys() >= {
        "lend",
        "bring_back",
        "place_hold",
        "settle_money",
        "file_again",
        "pass_time",
        "put_elsewhere",
    }


def _money_past_the_ledger(stage: Stage) -> None:
    stage.paid += 1


def _a_copy_elsewhere(stage: Stage) -> None:
    stage.copies[0].book_id = stage.copies[-1].book_id


def _a_copy_carried_away(stage: Stage) -> None:
    for copy in stage.copies:
        copy.stands = "MAIN" if copy.stands == "WEST" else "WEST"


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (_money_past_the_ledger, "on record as paid, 1 was taken"),
        (_a_copy_elsewhere, "C00010 belongs to"),
        (_a_copy_carried_away, "was put back in"),
    ],
)
async def test_a_walk_ends_where_something_is_wrong(tmp_path: Path, plant: Callable[[Stage], None], told: str) -> None:
    with pytest.raises(Broken, match=told):
        await walk(1, 1, folder=tmp_path, plant=plant)
