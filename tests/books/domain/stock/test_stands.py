"""Where a copy is, by what circulation said and by where it is at home now."""

from datetime import timedelta

from books_service.domain.stock.stands import AT_HOME, ReportedStands, Stands, StandsWhy
from tests.books.makers import NOW

LATER = NOW + timedelta(days=1)


def stands(reported: ReportedStands, *, home: str = "MAIN") -> Stands:
    return Stands.of(reported, home=home, location="KIDS", added_at=NOW)


def test_a_copy_that_circulation_never_spoke_of_is_at_home_since_it_was_added() -> None:
    assert Stands("MAIN", "KIDS", StandsWhy.HOME, NOW) == stands(AT_HOME)


def test_a_copy_at_home_is_where_its_home_is_now() -> None:
    assert Stands("EAST", "KIDS", StandsWhy.HOME, LATER) == stands(ReportedStands(since=LATER), home="EAST")


def test_a_copy_that_floated_stands_in_the_other_branch_and_in_no_location_that_anybody_knows() -> None:
    floated = ReportedStands("WEST", StandsWhy.FLOATED, LATER)

    assert Stands("WEST", None, StandsWhy.FLOATED, LATER) == stands(floated)
    assert Stands("West", "KIDS", StandsWhy.HOME, LATER) == stands(floated, home="West"), "that is its home by now"


def test_a_copy_on_loan_is_where_it_was_lent_or_else_at_its_home() -> None:
    assert Stands("EAST", None, StandsWhy.ON_LOAN, LATER) == stands(ReportedStands("EAST", StandsWhy.ON_LOAN, LATER))
    assert Stands("MAIN", None, StandsWhy.ON_LOAN, NOW) == stands(ReportedStands(why=StandsWhy.ON_LOAN))
