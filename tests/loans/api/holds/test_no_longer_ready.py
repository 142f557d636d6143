"""Whoever was told that their copy is ready is told if it is so no longer, and their hold waits again."""

from datetime import timedelta
from typing import Any

import pytest

from loans_service.domain.lendable_copy import CopyNotLendable
from tests.loans.api.conftest import JESSICA, Service
from tests.loans.api.holds.pulling import WITHDRAWN, shelve
from tests.loans.api.situations import MACHINE, hold, state_of
from tests.loans.makers import EMMA, EMMA_COPY

TAKEN_BACK = "loans.hold.no_longer_ready"


async def told(library: Service) -> list[str]:
    """Return what was told of holds after they were placed."""
    return [
        type_ async for type_, _ in library.events() if type_.startswith("loans.hold.") and not type_.endswith("placed")
    ]


async def captured(library: Service, branch: str = "MAIN") -> dict[str, Any]:
    """Return Jessica's hold, fetched in MAIN, whose copy was scanned in this branch; another copy is on loan."""
    shelve(library, "C2")
    await library.check_out(copy_barcode="C2", card_number="REBECCA")
    jessicas = await hold(library, "JESSICA", pickup_branch="MAIN")
    await library.bring_back(branch=branch)
    assert ("ready" if branch == "MAIN" else "in_transit") == await state_of(library, jessicas["hold_id"])
    return jessicas


@pytest.mark.parametrize("status", ["missing", "damaged", "withdrawn", "lost", "in_repair", "reference_only"])
async def test_a_member_is_told_that_the_copy_on_the_hold_shelf_is_not_lent_any_more(
    library: Service, status: str
) -> None:
    jessicas = await captured(library)

    await library.hear_of(refusals=(CopyNotLendable("Not now.", status=status),))

    assert "waiting" == await state_of(library, jessicas["hold_id"])
    assert ["loans.hold.ready", TAKEN_BACK] == await told(library)
    (data,) = [data async for type_, data in library.events() if type_ == TAKEN_BACK]
    assert data == {
        "hold_id": jessicas["hold_id"],
        "book_id": str(EMMA),
        "member_id": str(JESSICA),
        "copy_id": str(EMMA_COPY),
        "pickup_branch": "MAIN",
    }


async def test_a_member_is_told_that_a_scan_found_the_copy_to_be_withdrawn(library: Service) -> None:
    jessicas = await captured(library)
    await library.note_of(refusals=WITHDRAWN)

    await library.bring_back()

    assert "waiting" == await state_of(library, jessicas["hold_id"])
    assert ["loans.hold.ready", TAKEN_BACK] == await told(library)


async def test_a_member_is_told_that_an_offline_machine_lent_the_copy_to_somebody_else(library: Service) -> None:
    jessicas = await captured(library)
    library.clock.pass_by(timedelta(hours=1))

    await library.check_out(card_number="STEVE", token=MACHINE, offline={"at": "2026-03-02T10:30:00Z"})

    assert "waiting" == await state_of(library, jessicas["hold_id"])
    assert ["loans.hold.ready", TAKEN_BACK] == await told(library)


async def test_a_member_is_told_that_the_copy_left_for_another_branch_and_that_it_is_back(library: Service) -> None:
    jessicas = await captured(library)

    await library.bring_back(branch="EAST")
    assert "in_transit" == await state_of(library, jessicas["hold_id"])
    await library.bring_back(branch="MAIN")

    assert ["loans.hold.ready", TAKEN_BACK, "loans.hold.ready"] == await told(library)


async def test_nobody_is_told_of_a_copy_that_never_reached_the_hold_shelf(library: Service) -> None:
    jessicas = await captured(library, branch="EAST")

    await library.hear_of(refusals=WITHDRAWN)

    assert "waiting" == await state_of(library, jessicas["hold_id"])
    assert [] == await told(library)


async def test_a_member_who_waits_in_vain_is_told_of_that_alone(library: Service) -> None:
    await hold(library, "JESSICA")
    await library.bring_back()

    await library.hear_of(refusals=WITHDRAWN)

    assert ["loans.hold.ready", "loans.hold.cancelled"] == await told(library)


async def test_a_member_who_waits_in_vain_for_one_copy_alone_is_told_of_that_alone(library: Service) -> None:
    shelve(library, "C2")
    await library.post("/v1/holds", {"copy_id": str(EMMA_COPY), "card_number": "JESSICA"})
    await library.bring_back()

    await library.hear_of(refusals=WITHDRAWN)

    assert ["loans.hold.ready", "loans.hold.cancelled"] == await told(library)


async def test_a_member_who_came_too_late_is_told_of_that_alone(library: Service) -> None:
    await captured(library)
    library.clock.pass_by(timedelta(days=8))

    await library.bring_back()

    assert ["loans.hold.ready", "loans.hold.expired"] == await told(library)
