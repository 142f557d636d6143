"""Holds of another system come in with their days, frozen ones frozen."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from loans_service.persistence.tables import circulation_records, holds
from shared.kernel.file_records import Counts
from tests.loans.application.moving_in.conftest import NewHome
from tests.loans.makers import EMMA

HOLD = {"card_number": "ADA", "book_id": str(EMMA), "placed_at": "2026-02-01T10:00:00Z", "pickup_branch": "main"}
KIMS = HOLD | {"card_number": "KIM", "placed_at": "2026-02-02T10:00:00Z"}
READY = {"status": "ready", "copy_barcode": "30000000000019", "pickup_until": "2026-03-05"}


async def the_hold(home: NewHome) -> Any:
    (hold,) = await home.rows(holds)
    return hold


async def served(home: NewHome) -> list[Any]:
    """Return the holds for which a copy is to be pulled once the worker has looked."""
    await home.branch.choose_targets()
    return [row["hold_id"] for row in await home.rows(circulation_records) if row["hold_id"] is not None]


async def test_a_hold_comes_with_its_days_and_its_comment(home: NewHome) -> None:
    days = {"not_before": "2026-03-10", "expires_on": "2026-04-30", "comment": "The annotated edition."}

    whole = await home.bring("holds", HOLD | days)

    hold = await the_hold(home)
    assert (Counts(read=1, created=1), ()) == (whole.counts, whole.errors)
    assert (date(2026, 3, 10), date(2026, 4, 30), "The annotated edition.") == (
        hold["not_before"], hold["expires_on"], hold["comment"]
    )  # fmt: skip
    assert datetime(2026, 4, 30, 23, 59, 59, tzinfo=UTC) == hold["expires_at"]
    assert [] == await served(home)
    home.branch.clock.pass_by(timedelta(days=8))
    assert [hold["hold_id"]] == await served(home), "its first day has come"


@pytest.mark.parametrize("frozen", [{"suspended": True}, {"suspended_until": "2026-03-09"}], ids=["for good", "until"])
async def test_a_frozen_hold_arrives_frozen_and_copies_pass_it_by(home: NewHome, frozen: dict[str, Any]) -> None:
    await home.bring("holds", HOLD | frozen, KIMS)

    adas, kims = sorted(await home.rows(holds), key=lambda row: row["queue_order"])
    assert (True, False) == (adas["suspended"], kims["suspended"])
    assert [kims["hold_id"]] == await served(home)
    home.branch.clock.pass_by(timedelta(days=7))
    thawed = {adas["hold_id"]} if "suspended_until" in frozen else set()
    assert {kims["hold_id"]} | thawed == set(await served(home)), "on the day that is named it waits again"


@pytest.mark.parametrize("thawed", [{"suspended": "false"}, {"suspended_until": "2026-03-01"}, {"suspended": ""}])
async def test_a_hold_that_was_frozen_until_a_day_of_the_past_waits(home: NewHome, thawed: dict[str, Any]) -> None:
    await home.bring("holds", HOLD | thawed)

    hold = await the_hold(home)
    assert (False, None) == (hold["suspended"], hold["suspended_until"])
    assert [hold["hold_id"]] == await served(home)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"expires_on": "2026-03-01"}, "invalid-hold-expiry"),
        ({"not_before": "2026-03-09", "expires_on": "2026-03-08"}, "invalid-hold-start"),
        ({"suspended": True, **READY}, "suspended-with-copy"),
        ({"expires_on": "tomorrow"}, "invalid-field"),
        ({"comment": "x" * 501}, "invalid-field"),
    ],
)
async def test_days_that_cannot_be_are_told_and_the_others_come(
    home: NewHome, change: dict[str, Any], code: str
) -> None:
    whole = await home.bring("holds", HOLD | change, KIMS)

    assert (1, 1, [code]) == (whole.counts.created, whole.counts.failed, [error.code for error in whole.errors])


async def test_a_copy_on_the_hold_shelf_lies_there_whatever_its_hold_was_to_expire_on(home: NewHome) -> None:
    whole = await home.bring("holds", HOLD | READY | {"expires_on": "2026-03-01"})

    assert (Counts(read=1, created=1), ()) == (whole.counts, whole.errors)
    assert "ready" == (await the_hold(home))["status"]


async def test_who_freezes_a_hold_before_the_move_is_frozen_here_and_gives_up_the_copy(home: NewHome) -> None:
    await home.bring("holds", HOLD | {"external_id": "r-1"})
    assert 1 == len(await served(home))

    again = await home.bring_again("holds", HOLD | {"external_id": "r-1", "suspended": True})

    assert ({"updated": 1}, []) == again
    assert ([], True) == (await served(home), (await the_hold(home))["suspended"])
    assert ({"updated": 1}, []) == await home.bring_again("holds", HOLD | {"external_id": "r-1", "suspended": False})
    assert [(await the_hold(home))["hold_id"]] == await served(home)


async def test_who_waits_until_another_day_waits_until_that_and_what_is_left_out_stays(home: NewHome) -> None:
    first = HOLD | {"external_id": "r-1", "expires_on": "2026-04-30", "comment": "Large print."}
    await home.bring("holds", first)

    again = await home.bring_again("holds", HOLD | {"external_id": "r-1", "expires_on": "2026-05-31"})

    hold = await the_hold(home)
    assert ({"updated": 1}, []) == again
    assert (date(2026, 5, 31), "Large print.") == (hold["expires_on"], hold["comment"])


async def test_of_a_hold_whose_copy_is_here_other_days_are_told_and_change_nothing(home: NewHome) -> None:
    await home.bring("holds", HOLD | READY | {"external_id": "r-1"})

    again = await home.bring_again("holds", HOLD | {"external_id": "r-1", "expires_on": "2026-05-31"} | READY)

    assert ({"skipped": 1}, ["record-differs expires_on"]) == again
