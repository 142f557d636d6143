import pytest

from loans_service.domain.rules.policy import AfterReturn, LendingRule

STAYS = AfterReturn.STAYS


@pytest.mark.parametrize(
    ("after_return", "among", "home", "branch", "stays"),
    [
        (AfterReturn.HOME, None, "MAIN", "EAST", False),
        (STAYS, None, "MAIN", "EAST", True),
        (STAYS, ("MAIN", "EAST"), "main", "East", True),
        (STAYS, ("MAIN", "EAST"), "MAIN", "WEST", False),
        (STAYS, ("EAST", "WEST"), "MAIN", "WEST", False),
    ],
)
def test_a_copy_stays_where_its_rule_and_its_group_let_it(
    after_return: AfterReturn, among: tuple[str, ...] | None, home: str, branch: str, *, stays: bool
) -> None:
    rule = LendingRule(name="a rule", after_return=after_return, floats_among=among)

    assert stays == rule.keeps(home=home, branch=branch)
