from datetime import timedelta

import pytest

from loans_service.application.lending.return_copy import ReturnCopy, return_copy
from loans_service.application.lending.views import ReturnView
from loans_service.application.neighbours import CopyKey
from loans_service.domain.circulating_copy import Availability, AvailabilityChanged
from loans_service.domain.lendable_copy import CopyNotFound
from shared.kernel.errors import NeighbourUnavailable
from tests.loans.fakes import FakeCatalogue, SteppingClock
from tests.loans.makers import NOW, a_copy, a_loan
from tests.loans.memory_work import FakeUnitOfWork


class ReturnDesk:
    """A return desk; books answers unless a test takes it down."""

    def __init__(self, *, lent: bool = True) -> None:
        self.uow = FakeUnitOfWork()
        self.catalogue = FakeCatalogue(a_copy())
        self.clock = SteppingClock(NOW + timedelta(days=1))
        if lent:
            self.uow.memory.keep(a_loan())

    async def scan(self, *, barcode: str = "30000000000019", branch: str | None = None) -> ReturnView:
        return await return_copy(
            ReturnCopy(CopyKey(barcode=barcode), branch=branch),
            uow=self.uow,
            catalogue=self.catalogue,
            clock=self.clock,
        )


async def test_a_return_needs_no_neighbour() -> None:
    desk = ReturnDesk()
    desk.catalogue.down = True

    answer = await desk.scan()

    assert answer.loan is not None
    assert ("shelf", desk.clock.time) == (answer.next, answer.loan.returned_at)
    assert 0 == desk.catalogue.questions


async def test_a_second_scan_changes_nothing() -> None:
    desk = ReturnDesk()
    await desk.scan()
    told = len(desk.uow.events)

    answer = await desk.scan()

    assert ReturnView(None, "shelf") == answer
    assert told == len(desk.uow.events)


async def test_a_scan_at_home_ends_the_transit() -> None:
    desk = ReturnDesk()

    assert "transit" == (await desk.scan(branch="EAST")).next
    assert ReturnView(None, "shelf") == await desk.scan(branch="MAIN")

    last = desk.uow.events[-1]
    assert isinstance(last, AvailabilityChanged)
    assert Availability.AVAILABLE == last.availability


async def test_a_copy_that_was_never_lent_is_looked_up_in_the_catalogue() -> None:
    desk = ReturnDesk(lent=False)

    assert ReturnView(None, "shelf") == await desk.scan()
    with pytest.raises(CopyNotFound):
        await desk.scan(barcode="nowhere")


async def test_a_copy_that_nobody_can_vouch_for_is_not_guessed_at() -> None:
    desk = ReturnDesk(lent=False)
    desk.catalogue.down = True

    with pytest.raises(NeighbourUnavailable):
        await desk.scan()
