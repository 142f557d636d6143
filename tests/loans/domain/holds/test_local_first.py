from loans_service.domain.holds.allocation import HoldAllocation
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold
from shared.kernel.ids import new_id
from tests.loans.makers import NOW, a_hold, emmas_copy


def a_record(branch: str = "MAIN") -> CirculationRecord:
    return CirculationRecord(emmas_copy(new_id(), home_branch=branch))


def allocation(*records: CirculationRecord, targeted: tuple[Hold, ...] = ()) -> HoldAllocation:
    lendable = {record.copy.copy_id for record in records}
    by_copy = {hold.copy_id: hold for hold in targeted if hold.copy_id is not None}
    return HoldAllocation(records, by_copy, lendable=lendable, lends=lambda _, __: True, local_first=True, now=NOW)


def test_a_copy_serves_a_member_of_its_own_branch_before_those_who_have_waited_for_longer() -> None:
    record, guest, local = a_record(), a_hold(1, member_branch="EAST"), a_hold(2, member_branch="main")
    copies = allocation(record)

    copies.serve_in_turn([guest, local])
    copies.settle()

    assert (None, record.copy.copy_id) == (guest.copy_id, local.copy_id)


def test_among_members_of_its_own_branch_the_order_of_the_queue_counts() -> None:
    record, first, second = a_record(), a_hold(1, member_branch="MAIN"), a_hold(2, member_branch="MAIN")
    copies = allocation(record)

    assert [True, False] == [copies.serve(hold) for hold in (first, second)]


def test_each_is_served_with_a_copy_of_their_own_branch_where_there_is_one() -> None:
    main, east = a_record("MAIN"), a_record("EAST")
    eastern = a_hold(1, member_branch="EAST", pickup_branch=None)
    local = a_hold(2, member_branch="MAIN", pickup_branch=None)
    copies = allocation(main, east)

    copies.serve_in_turn([eastern, local])

    assert (east.copy.copy_id, main.copy.copy_id) == (eastern.copy_id, local.copy_id)


def test_whoever_gives_way_to_a_member_of_the_branch_gets_another_copy_if_there_is_one() -> None:
    main, west = a_record("MAIN"), a_record("WEST")
    guest = a_hold(1, member_branch="EAST")
    main.request(guest, now=NOW)
    copies = allocation(main, west, targeted=(guest,))

    wanted = a_hold(3, member_branch="MAIN", wanted_copy_id=main.copy.copy_id)
    copies.serve_in_turn([wanted])
    copies.settle()

    assert (main.copy.copy_id, west.copy.copy_id) == (wanted.copy_id, guest.copy_id)


def test_the_queue_is_read_on_as_long_as_somebody_of_another_branch_is_to_be_served() -> None:
    main, guest = a_record("MAIN"), a_hold(1, member_branch="EAST")
    main.request(guest, now=NOW)
    local_is_served = allocation(main, targeted=(guest,))

    assert local_is_served.can_serve_behind(99)

    local = a_hold(2, member_branch="MAIN")
    local_is_served.serve_in_turn([local])
    assert (main.copy.copy_id, False) == (local.copy_id, local_is_served.can_serve_behind(99))
