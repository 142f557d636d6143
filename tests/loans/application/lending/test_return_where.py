"""At which branch a copy comes back: a typing error sends none on its way, and no neighbour holds up a return."""

import pytest

from loans_service.application.rules.note_zones import NoteZones
from loans_service.domain.circulating_copy import NextStop
from loans_service.domain.lendable_copy import UnknownBranch
from tests.loans.branch import Branch


@pytest.fixture
async def desk(branch: Branch) -> Branch:
    """A branch whose copy is on loan."""
    await branch.check_out()
    return branch


async def test_a_branch_that_there_is_not_is_refused_and_nothing_has_happened(desk: Branch) -> None:
    told = await desk.events()

    with pytest.raises(UnknownBranch) as refused:
        await desk.scan(branch="MIAN")

    assert "branch" == refused.value.field
    assert told == await desk.events()
    assert 1 == await desk.open_loans()


async def test_a_branch_is_meant_however_it_is_written(desk: Branch) -> None:
    assert NextStop.TRANSIT == (await desk.scan(branch="east")).next


async def test_while_books_is_away_a_branch_of_which_nothing_is_known_is_the_copys_own(desk: Branch) -> None:
    desk.catalogue.down = True

    done = await desk.scan(branch="EAST")

    assert NextStop.SHELF == done.next
    assert done.notice is not None
    assert "whether there is a branch EAST" in done.notice


async def test_while_books_is_away_a_branch_whose_zone_is_known_is_taken_at_its_word(desk: Branch) -> None:
    await NoteZones(desk.unit_of_work, desk.ports.branches)()
    desk.catalogue.down = True

    done = await desk.scan(branch="EAST")

    assert (NextStop.TRANSIT, None) == (done.next, done.notice)


async def test_a_neighbour_that_hangs_holds_up_no_return(desk: Branch) -> None:
    desk.catalogue.hangs = True

    done = await desk.scan(branch="EAST")

    assert NextStop.SHELF == done.next
    assert 0 == await desk.open_loans()
