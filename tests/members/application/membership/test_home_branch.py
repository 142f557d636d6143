"""Everything that sets a home branch asks whether the library has it."""

from collections.abc import Awaitable, Callable

import pytest

from members_service.application.membership.change_member import MemberChange
from members_service.domain.membership.member_record import UnknownBranch
from shared.kernel.errors import InvalidValue, NeighbourUnavailable
from shared.kernel.file_records import Counts
from tests.members.application.membership.test_import_members import ADA, KIM, everybody, taken
from tests.members.makers import TODAY
from tests.members.register import Register

Act = Callable[[Register, str], Awaitable[str | None]]


async def enrolling(register: Register, branch: str) -> str | None:
    return (await register.enrol(email=None, home_branch=branch)).home_branch


async def changing(register: Register, branch: str) -> str | None:
    enrolled = await register.enrol(email=None)
    command = MemberChange(enrolled.member_id, None, {"home_branch": branch})
    return (await register.membership.change_member(command)).home_branch


ACTS = {"enrol": enrolling, "change": changing}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_a_home_branch_is_written_as_the_library_writes_it(register: Register, act: Act) -> None:
    assert "MAIN" == await act(register, "main")


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_an_unknown_one_is_refused(register: Register, act: Act) -> None:
    with pytest.raises(UnknownBranch):
        await act(register, "NOWHERE")


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_books_is_asked_for_nothing_else(register: Register, act: Act) -> None:
    register.branches.away = True

    enrolled = await register.enrol(email=None)
    await register.membership.change_member(MemberChange(enrolled.member_id, None, {"home_branch": None, "phone": "1"}))

    assert [] == register.branches.asked
    with pytest.raises(NeighbourUnavailable):
        await act(register, "MAIN")


async def test_what_is_wrong_by_itself_is_refused_without_asking(register: Register) -> None:
    with pytest.raises(InvalidValue):
        await register.enrol(card_number="!", home_branch="MAIN")

    assert [] == register.branches.asked


async def test_a_batch_of_a_file_asks_once_and_stops_at_no_record(register: Register) -> None:
    lost = {"card_number": "L1", "name": "Lost", "category": "adult", "home_branch": "NOWHERE"}

    whole = await taken(register, ADA | {"home_branch": "main"}, lost, KIM | {"home_branch": "WEST"}, {"name": 7})

    found = await everybody(register)
    assert {"A1": "MAIN", "K1": "WEST"} == {card: member.home_branch for card, member in found.items()}
    assert Counts(read=4, created=2, failed=2) == whole.counts
    assert (2, "unknown-branch") == (whole.errors[0].record, whole.errors[0].code)
    assert [{"main", "NOWHERE", "WEST"}] == register.branches.asked


async def test_the_same_branch_in_other_letters_is_no_change(register: Register) -> None:
    await taken(register, ADA | {"home_branch": "main"})

    again = await taken(register, ADA | {"home_branch": "Main"})
    moved = await taken(register, ADA | {"home_branch": "west"})

    assert (Counts(read=1, skipped=1), Counts(read=1, updated=1), ()) == (again.counts, moved.counts, moved.errors)


async def test_while_books_is_away_a_file_stops_before_it_keeps_anything(register: Register) -> None:
    register.branches.away = True

    with pytest.raises(NeighbourUnavailable):
        await taken(register, KIM, ADA | {"home_branch": "MAIN"})

    assert {} == await everybody(register)
    assert 1 == (await taken(register, KIM)).counts.created  # a file that names none needs nobody


async def test_who_is_at_home_in_a_branch_that_closes_is_at_home_where_its_copies_go(register: Register) -> None:
    there = await register.enrol(email=None, home_branch="WEST")
    elsewhere, nowhere = await register.enrol(email=None, home_branch="MAIN"), await register.enrol(email=None)
    register.branches.closed_ones = {"West": "OLD", "OLD": "EAST"}

    await register.tidying.leave_closed_branches()
    await register.tidying.leave_closed_branches()

    homes = {
        one.member_id: (await register.members.member(one.member_id, today=TODAY)).home_branch
        for one in (there, elsewhere, nowhere)
    }
    assert {there.member_id: "EAST", elsewhere.member_id: "MAIN", nowhere.member_id: None} == homes
    told = [entry.facts for entry in await register.members.history(there.member_id, limit=None, before=None)]
    assert 1 == told.count({"fields": "home_branch"})


@pytest.mark.parametrize("away", [True, False])
async def test_members_stay_where_they_are_while_nobody_tells_where_copies_go(register: Register, away: bool) -> None:
    there = await register.enrol(email=None, home_branch="WEST")
    register.branches.away, register.branches.closed_ones = away, {"WEST": "MAIN", "MAIN": "WEST"}

    await register.tidying.leave_closed_branches()

    assert "WEST" == (await register.members.member(there.member_id, today=TODAY)).home_branch
