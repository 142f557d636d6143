from datetime import timedelta

import pytest

from loans_service.application.lending.views import ReturnView
from loans_service.domain.circulating_copy import NextStop
from loans_service.domain.lendable_copy import CopyNotFound
from shared.kernel.errors import NeighbourUnavailable
from shared.kernel.ids import new_id
from tests.loans.branch import Branch
from tests.loans.makers import a_copy

TO_SHELF = ReturnView(
    loan=None, next=NextStop.SHELF, hold=None, fine=None, suspended_until=None, copy_status=None, notice=None
)


@pytest.fixture
async def desk(branch: Branch) -> Branch:
    """A branch whose copy was lent yesterday."""
    await branch.check_out()
    branch.clock.pass_by(timedelta(days=1))
    return branch


async def test_a_return_needs_no_neighbour_though_somebody_waits(desk: Branch) -> None:
    await desk.hold(card="KIM")
    desk.catalogue.down = desk.members.down = True
    asked = desk.catalogue.questions

    done = await desk.scan()

    assert done.loan is not None
    assert ("hold_shelf", desk.clock.time, asked) == (done.next, done.loan.returned_at, desk.catalogue.questions)


async def test_a_second_scan_changes_nothing_and_is_told_all_the_same(desk: Branch) -> None:
    await desk.scan()
    told = await desk.events()

    assert TO_SHELF == await desk.scan()
    assert [*told, "loans.copy.availability_changed"] == await desk.events()


async def test_a_scan_at_home_ends_the_transit(desk: Branch) -> None:
    assert "transit" == (await desk.scan(branch="EAST")).next
    assert TO_SHELF == await desk.scan(branch="MAIN")


async def test_a_copy_that_was_never_lent_is_looked_up_in_the_catalogue(branch: Branch) -> None:
    assert TO_SHELF == await branch.scan()
    with pytest.raises(CopyNotFound):
        await branch.scan("nowhere")


async def test_a_copy_that_nobody_can_vouch_for_is_not_guessed_at(branch: Branch) -> None:
    branch.catalogue.down = True

    with pytest.raises(NeighbourUnavailable):
        await branch.scan()


async def test_a_copy_that_comes_back_serves_whoever_no_other_copy_is_to_serve(desk: Branch) -> None:
    desk.members.by_card["LEA"] = desk.members.by_card["KIM"]
    desk.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="C2", branch="EAST"))
    kims = await desk.hold(card="KIM", branch="EAST")
    adas = await desk.hold(card="ADA", copy_id=desk.catalogue.copies[1].copy_id)
    assert kims.target is not None

    done = await desk.scan()

    assert done.hold is None
    assert (kims.target, "waiting") == ((await desk.held(kims.hold_id)).target, (await desk.held(adas.hold_id)).status)


async def test_a_copy_in_hand_where_the_hold_is_fetched_takes_the_place_of_one_to_be_pulled_elsewhere(
    desk: Branch,
) -> None:
    desk.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="C2", branch="EAST"))
    kims = await desk.hold(card="KIM", branch="MAIN")
    assert kims.target is not None

    done = await desk.scan()

    assert ("C2", "hold_shelf") == (kims.target.barcode, done.next)
    assert done.hold is not None
    assert kims.hold_id == done.hold.hold_id
    await desk.check_out("C2")
