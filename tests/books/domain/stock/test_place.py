from datetime import UTC, date, datetime, timedelta

import pytest

from books_service.domain.stock.copy import CopyRevised
from books_service.domain.stock.copy_facts import CopyFacts
from books_service.domain.stock.place import InvalidTemporaryPlace, Place, TemporaryPlace, elsewhere_since, end_of
from books_service.domain.stock.stands import AT_HOME, ReportedStands, Stands, StandsWhy
from tests.books.makers import NOW, a_copy

OWN = Place("MAIN", "FICTION", "book")
LATER = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("temporary", "counts"),
    [
        (TemporaryPlace(item_type="short"), Place("MAIN", "FICTION", "short")),
        (TemporaryPlace("EAST"), Place("EAST", None, "book")),
        (TemporaryPlace("EAST", "HALL", "show"), Place("EAST", "HALL", "show")),
        (TemporaryPlace("MAIN", "HALL"), Place("MAIN", "HALL", "book")),
        (TemporaryPlace("MAIN"), OWN),
    ],
)
def test_a_temporary_place_counts_instead_of_what_it_names(temporary: TemporaryPlace, counts: Place) -> None:
    assert counts == temporary.instead_of(OWN)


@pytest.mark.parametrize("nothing", [TemporaryPlace(), TemporaryPlace(until=LATER), TemporaryPlace("EAST", until=NOW)])
def test_a_temporary_place_says_something_that_is_not_over(nothing: TemporaryPlace) -> None:
    with pytest.raises(InvalidTemporaryPlace):
        nothing.expect_to_hold(NOW)


def test_a_temporary_place_lasts_until_later_or_until_somebody_ends_it() -> None:
    TemporaryPlace("EAST", until=LATER).expect_to_hold(NOW)
    TemporaryPlace(item_type="short").expect_to_hold(NOW)


def test_a_copy_has_its_own_place_again_when_the_temporary_one_ends() -> None:
    copy = a_copy(branch="MAIN", location="FICTION", item_type="book")
    copy.take_events()

    copy.revise(CopyFacts(temporary=TemporaryPlace("EAST", None, "show")), circulation=None, now=NOW)
    away = (copy.branch, copy.location, copy.item_type, copy.own_place, copy.fact("branch"))
    copy.revise(CopyFacts(temporary=None), circulation=None, now=NOW)

    assert ("EAST", None, "show", OWN, "MAIN") == away
    assert (OWN, None, ("MAIN", "FICTION", "book")) == (
        copy.own_place,
        copy.permanent,
        (copy.branch, copy.location, copy.item_type),
    )
    began, ended = copy.take_events()
    assert isinstance(began, CopyRevised)
    assert isinstance(ended, CopyRevised)
    assert {"temporary": None} == began.before
    assert {"temporary": TemporaryPlace("EAST", None, "show")} == ended.before


def test_what_a_copy_is_otherwise_changes_without_ending_its_temporary_place() -> None:
    copy = a_copy(branch="MAIN", location="FICTION", item_type="book")
    copy.revise(CopyFacts(temporary=TemporaryPlace(item_type="short")), circulation=None, now=NOW)

    copy.revise(CopyFacts(branch="WEST", location=None), circulation=None, now=NOW)

    assert ("WEST", None, "short") == (copy.branch, copy.location, copy.item_type)
    assert Place("WEST", None, "book") == copy.own_place


def test_the_same_temporary_place_again_changes_nothing() -> None:
    copy = a_copy()
    place = TemporaryPlace("EAST", until=LATER, since=NOW)

    assert copy.revise(CopyFacts(temporary=place), circulation=None, now=NOW)
    assert not copy.revise(
        CopyFacts(temporary=TemporaryPlace("EAST", until=LATER, since=LATER)), circulation=None, now=LATER
    )


def test_a_copy_stands_in_its_temporary_place_since_it_was_put_there() -> None:
    copy = a_copy(branch="MAIN")
    copy.revise(CopyFacts(temporary=TemporaryPlace("EAST", "HALL", since=LATER)), circulation=None, now=LATER)

    assert Stands("EAST", "HALL", StandsWhy.TEMPORARY, LATER) == copy.stands(AT_HOME)
    west = ReportedStands("WEST", StandsWhy.FLOATED, NOW)
    assert Stands("WEST", None, StandsWhy.FLOATED, NOW) == copy.stands(west)


def test_another_item_type_alone_moves_no_copy() -> None:
    copy = a_copy(branch="MAIN")
    copy.revise(CopyFacts(temporary=TemporaryPlace(item_type="short", since=LATER)), circulation=None, now=LATER)

    assert StandsWhy.HOME == copy.stands(AT_HOME).why
    assert elsewhere_since(OWN, None, None) is None


def test_a_day_ends_with_its_last_second_in_the_zone_of_the_branch() -> None:
    assert datetime(2026, 3, 2, 22, 59, 59, tzinfo=UTC) == end_of(date(2026, 3, 2), "Europe/Vienna")
    assert datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC) == end_of(date(2026, 3, 29), "Europe/Vienna"), "summer time"


def test_a_copy_leaves_a_branch_that_has_closed_and_no_other() -> None:
    always, guest, stranger = (a_copy(branch=branch, location="HALL") for branch in ("EAST", "MAIN", "MAIN"))
    guest.revise(CopyFacts(temporary=TemporaryPlace("EAST", "HALL", "show")), circulation=None, now=NOW)

    for copy in (always, guest, stranger):
        copy.leave("EAST", into="WEST", now=LATER)

    assert [("WEST", None), ("WEST", None), ("MAIN", "HALL")] == [
        (copy.branch, copy.location) for copy in (always, guest, stranger)
    ]
    assert Place("MAIN", "HALL", "book") == guest.own_place
