import pytest

from loans_service.application.lending.check_out_copy import check_out_copy
from loans_service.application.lending.judge_check_out import CheckOutCopy
from loans_service.application.lending.views import LoanView
from loans_service.application.neighbours import CopyKey, MemberKey
from loans_service.domain.borrower import MemberBlocked
from loans_service.domain.lendable_copy import CopyNotLendable
from shared.kernel.errors import LibraryError, NeighbourUnavailable, Refusals
from tests.loans.fakes import FakeCatalogue, FakeMembers, SteppingClock
from tests.loans.makers import a_copy, a_loan, a_standing
from tests.loans.memory_work import FakeUnitOfWork


class Desk:
    """A desk with one copy and one member, and the request to lend the one to the other."""

    def __init__(self) -> None:
        self.uow = FakeUnitOfWork()
        self.catalogue = FakeCatalogue(a_copy())
        self.members = FakeMembers(ADA=a_standing())

    async def check_out(
        self,
        *,
        barcode: str = "30000000000019",
        card: str = "ADA",
        override_codes: tuple[str, ...] = (),
    ) -> LoanView:
        command = CheckOutCopy(
            CopyKey(barcode=barcode),
            MemberKey(card_number=card),
            override_codes=override_codes,
            override_comment="The director said so.",
            by_staff=True,
        )
        return await check_out_copy(
            command,
            uow=self.uow,
            catalogue=self.catalogue,
            members=self.members,
            clock=SteppingClock(),
        )

    async def refusal(self, **command: str) -> list[str]:
        with pytest.raises(LibraryError) as refused:
            await self.check_out(**command)  # type: ignore[arg-type]  # only texts are passed in here
        error = refused.value
        return [one.code for one in error.refusals] if isinstance(error, Refusals) else [error.code]


async def test_a_check_out_keeps_the_loan_its_events_and_its_answer_together() -> None:
    desk = Desk()

    loan = await desk.check_out()

    assert [loan.loan_id] == [kept.id for kept in desk.uow.memory.loans.values()]
    assert 2 == len(desk.uow.events)
    assert [loan] == desk.uow.answers


async def test_others_are_locked_out_before_anything_is_read() -> None:
    desk = Desk()

    await desk.check_out()

    assert ["begin", "lock", "commit", "end"] == desk.uow.order


@pytest.mark.parametrize("neighbour", ["catalogue", "members"])
async def test_without_a_neighbours_answer_nothing_is_begun(neighbour: str) -> None:
    desk = Desk()
    getattr(desk, neighbour).down = True

    with pytest.raises(NeighbourUnavailable):
        await desk.check_out()

    assert [] == desk.uow.order


async def test_an_unknown_copy_and_an_unknown_member_are_both_told() -> None:
    desk = Desk()

    assert ["copy-not-found", "member-not-found"] == await desk.refusal(barcode="nowhere", card="nobody")


async def test_an_unknown_copy_does_not_hide_what_is_wrong_with_the_member() -> None:
    desk = Desk()
    desk.members.by_card["ADA"] = a_standing(refusals=(MemberBlocked("Blocked."),))

    assert ["copy-not-found", "member-blocked"] == await desk.refusal(barcode="nowhere")


async def test_an_unknown_member_does_not_hide_what_is_wrong_with_the_copy() -> None:
    desk = Desk()
    desk.catalogue.copies = [a_copy(refusals=(CopyNotLendable("In repair.", status="in_repair"),))]
    desk.uow.memory.keep(a_loan())

    assert ["member-not-found", "copy-on-loan", "copy-not-lendable"] == await desk.refusal(card="nobody")


async def test_a_copy_on_loan_stays_with_whoever_has_it() -> None:
    desk = Desk()
    await desk.check_out()

    assert ["copy-on-loan"] == await desk.refusal()
    assert 1 == len(desk.uow.memory.loans.values())


async def test_what_staff_set_aside_is_remembered_on_the_loan() -> None:
    desk = Desk()
    desk.members.by_card["ADA"] = a_standing(refusals=(MemberBlocked("Blocked."),))

    await desk.check_out(override_codes=("member-blocked",))

    (loan,) = desk.uow.memory.loans.values()
    assert (("member-blocked",), "The director said so.") == (loan.override_codes, loan.override_comment)
