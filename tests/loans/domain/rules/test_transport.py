import pytest

from loans_service.domain.rules.transport import Route, Sources, Transport

MAIN_TO_EAST = Route(origin="MAIN", to="EAST")
FILMS_TO_WEST = Route(to="WEST", item_type="dvd")
WAYS = Transport(never=(MAIN_TO_EAST, FILMS_TO_WEST), sources=(Sources("EAST", ("WEST", "NORTH")),))


@pytest.mark.parametrize(
    ("item_type", "origin", "to", "sent"),
    [
        ("book", "main", "East", False),
        ("book", "EAST", "MAIN", True),
        ("dvd", "EAST", "WEST", False),
        ("book", "EAST", "WEST", True),
        ("dvd", "West", "WEST", True),
        ("dvd", "MAIN", None, True),
    ],
)
def test_a_copy_takes_every_way_but_those_that_none_takes(
    item_type: str, origin: str, to: str | None, *, sent: bool
) -> None:
    assert sent is WAYS.sends(item_type, origin, to)


def test_a_lent_copy_is_brought_from_where_it_was_lent_or_else_from_its_home() -> None:
    def brought(item_type: str, to: str | None, *, lent_in: str, home: str) -> bool:
        return WAYS.brings(item_type, to, lent_in=lent_in, home=home)

    assert brought("book", "EAST", lent_in="WEST", home="MAIN")
    assert brought("book", "EAST", lent_in="MAIN", home="WEST")
    assert not brought("book", "EAST", lent_in="MAIN", home="Main")
    assert not brought("dvd", "WEST", lent_in="MAIN", home="EAST")
    assert brought("book", "WEST", lent_in="MAIN", home="EAST")
    assert brought("dvd", None, lent_in="MAIN", home="EAST")


def test_the_sources_of_a_branch_come_in_their_order_and_before_all_others() -> None:
    assert [0, 1, 2, 2] == [WAYS.rank(origin, "east") for origin in ("west", "NORTH", "MAIN", "EAST")]
    assert [0, 0] == [WAYS.rank("MAIN", to) for to in ("WEST", None)]


def test_a_way_names_a_branch_and_each_branch_has_its_sources_once() -> None:
    ways = Transport(
        never=(MAIN_TO_EAST, Route(item_type="dvd")), sources=(Sources("EAST", ("WEST",)), Sources("EAST", ("MAIN",)))
    )

    assert [
        ("never.1", "Name a branch that does not send, or one to which nothing is sent, or both."),
        ("sources.1.to", "An earlier line names the sources of this branch."),
    ] == [*ways.problems()]
    assert [] == [*WAYS.problems()]
