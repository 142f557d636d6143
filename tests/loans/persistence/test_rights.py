from loans_service.persistence.rights import RIGHTS
from tests.roles import MORE_THAN_SERVING, TwoRoles, changes_to


async def test_the_role_that_serves_adds_to_history_ledger_and_policies_and_empties_only_who_and_why(
    two_roles: TwoRoles, package: str
) -> None:
    await two_roles.migrate(package, RIGHTS)
    forbidden = (
        *changes_to("policies", "document"),
        *changes_to("loan_history", "at"),
        *changes_to("fine_entries", "amount"),
        *changes_to("loans", "title")[2:],
        *MORE_THAN_SERVING,
    )
    allowed = (
        "UPDATE loan_history SET by = '', why = '', acted_by = NULL, channel = 'desk'",
        "UPDATE fine_entries SET by = '', why = ''",
    )

    assert list(forbidden) == await two_roles.refused(*forbidden)
    assert [] == await two_roles.refused(*allowed, "DELETE FROM holds", "SELECT FROM policies")
