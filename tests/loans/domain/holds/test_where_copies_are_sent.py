"""Which copies serve whom, where the policy does not send each of them everywhere, and for how long they wait there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from loans_service.domain.holds.allocation import HoldAllocation, lends_by
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold_queue import HoldQueue
from loans_service.domain.holds.hold_refusals import InvalidPickupDeadline
from loans_service.domain.holds.hold_shelf import expect_deadline
from loans_service.domain.holds.placing import NotSentThere, RequestedItem, against_transport
from loans_service.domain.lendable_copy import Volume
from loans_service.domain.rules.calendar import FURTHEST_DAYS
from loans_service.domain.rules.conditions import AgeRange, Particulars
from loans_service.domain.rules.transport import Route, Sources, Transport
from shared.kernel.ids import new_id
from tests.loans.makers import EMMA, NOW, POLICY, a_hold, a_rule, emmas_copy

FILMS_STAY = Transport(never=(Route(origin="MAIN", item_type="dvd"),))
FILM = replace(emmas_copy(), item_type="dvd")


def on_shelf(branch: str, *, item_type: str = "book") -> CirculationRecord:
    return CirculationRecord(replace(emmas_copy(new_id(), home_branch=branch), item_type=item_type))


def allocation(*records: CirculationRecord, transport: Transport) -> HoldAllocation:
    every = {record.copy.copy_id for record in records}
    return HoldAllocation(records, lendable=every, lends=lambda _, __: True, transport=transport, now=NOW)


def test_a_copy_that_is_not_sent_there_serves_nobody_who_fetches_it_there() -> None:
    film, book = on_shelf("MAIN", item_type="dvd"), on_shelf("MAIN")
    elsewhere, here = a_hold(1, pickup_branch="EAST"), a_hold(2, pickup_branch="MAIN")

    films, books = (allocation(record, transport=FILMS_STAY) for record in (film, book))

    assert [False, True] == [films.serve(hold) for hold in (elsewhere, here)]
    assert books.serve(elsewhere)


def test_a_copy_comes_from_the_best_source_of_the_branch_where_it_is_fetched() -> None:
    transport = Transport(sources=(Sources("EAST", ("WEST", "MAIN")), Sources("NORTH", ("MAIN", "WEST"))))
    for pickup, source in (("EAST", "WEST"), ("NORTH", "MAIN")):
        hold = a_hold(pickup_branch=pickup)

        assert allocation(on_shelf("MAIN"), on_shelf("MAIN"), on_shelf("WEST"), transport=transport).serve(hold)

        assert source == hold.target_branch


def test_a_target_that_serves_no_longer_stands_free_from_then_on() -> None:
    record, hold = on_shelf("MAIN"), a_hold()
    record.request(hold, now=NOW)
    later = NOW + timedelta(hours=1)
    copies = HoldAllocation([record], {record.copy.copy_id: hold}, lendable=set(), lends=lambda _, __: True, now=later)

    copies.review()

    assert (True, later) == (record.is_free, record.take_events()[-1].at)


def test_a_copy_is_lent_by_the_rule_for_its_type_branch_and_location_and_who_waits_as_old_as_they_are_now() -> None:
    policy = replace(POLICY, rules=(
        a_rule(),
        replace(a_rule(), name="films from 16", item_type="dvd", age=AgeRange(oldest=15), loanable=False),
        replace(a_rule(), name="reading room", location="READING", loanable=False),
        replace(a_rule(), name="students here", branch="WEST", category="student", loanable=False),
    ))  # fmt: skip
    child, student = a_hold(), a_hold(category="student")
    child.member_age = 15

    today, in_a_year = lends_by(policy, now=NOW), lends_by(policy, now=NOW + timedelta(days=366))

    assert [False, True, True] == [today(FILM, child), in_a_year(FILM, child), today(emmas_copy(), child)]
    assert not today(replace(emmas_copy(), location="READING"), child)
    assert [True, False] == [today(emmas_copy(home_branch=branch), student) for branch in ("MAIN", "WEST")]


def test_who_waits_first_where_the_copy_at_hand_is_sent_gets_it() -> None:
    eastern, mains = a_hold(1, pickup_branch="EAST"), a_hold(2, pickup_branch="MAIN")
    queue = HoldQueue([eastern, mains])

    def sends(branch: str | None) -> bool:
        return branch != "EAST"

    found = queue.first_scanned(emmas_copy(), branch="MAIN", lends=lambda _, __: True, now=NOW, sends=sends)

    assert mains is queue.first_for(emmas_copy(), lends=lambda _, __: True, now=NOW, sends=sends)
    assert mains is found


def test_a_queue_asks_the_policy_of_each_by_what_is_known_of_them_now() -> None:
    child, adult = a_hold(1, member_branch="EAST"), a_hold(2)
    child.member_age = 15
    asked: list[Particulars] = []

    def lends(_: str, known: Particulars) -> bool:
        asked.append(known)
        return known.age is None

    assert adult is HoldQueue([child, adult]).first_for(emmas_copy(), lends=lends, now=NOW + timedelta(days=366))
    assert Particulars(home_branch="EAST", age=16) == asked[0]


@pytest.mark.parametrize(
    ("to", "origin", "told"),
    [("EAST", None, ["EAST"]), ("MAIN", None, []), ("EAST", "WEST", []), ("EAST", "MAIN", ["EAST"])],
)
def test_a_branch_to_which_no_copy_is_sent_is_no_pickup_branch(to: str, origin: str | None, told: list[str]) -> None:
    found = list(against_transport(FILMS_STAY, [FILM, replace(FILM, copy_id=new_id())], to=to, origin=origin))

    assert told == [each.figures["branch"] for each in found]
    assert all("No copy of this is sent to that branch. Choose another pickup branch." == str(each) for each in found)


def test_one_copy_that_is_sent_there_is_enough_and_where_there_is_none_nothing_is_said() -> None:
    assert [] == list(against_transport(FILMS_STAY, [FILM, emmas_copy(new_id())], to="EAST"))
    assert [] == list(against_transport(FILMS_STAY, [], to="EAST"))
    assert {"branch": "EAST"} == NotSentThere("EAST").figures


def test_a_hold_takes_any_copy_or_the_one_that_it_is_for_or_those_of_its_volume() -> None:
    one, other = emmas_copy(volume="1"), emmas_copy(new_id(), volume="2")
    anything = RequestedItem(EMMA, "Emma", holdable=True)

    assert [True, True] == [anything.takes(copy) for copy in (one, other)]
    for item in (replace(anything, copy_id=one.copy_id), replace(anything, volume=Volume("Vol. 1", "1"))):
        assert [True, False] == [item.takes(copy) for copy in (one, other)]


def test_a_copy_waits_on_the_hold_shelf_from_now_for_a_year_at_most() -> None:
    longest = NOW + timedelta(days=FURTHEST_DAYS)

    expect_deadline(longest, now=NOW)
    expect_deadline(NOW + timedelta(seconds=1), now=NOW)

    for refused in (NOW, NOW - timedelta(days=1), longest + timedelta(seconds=1)):
        with pytest.raises(InvalidPickupDeadline):
            expect_deadline(refused, now=NOW)
