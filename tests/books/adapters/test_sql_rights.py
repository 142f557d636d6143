from books_service.adapters.sql_rights import RIGHTS
from tests.roles import MORE_THAN_SERVING, TwoRoles, changes_to


async def test_the_role_that_serves_adds_to_the_history_and_changes_nothing_in_it(
    two_roles: TwoRoles,
) -> None:
    await two_roles.migrate("books_service", RIGHTS)
    forbidden = (*changes_to("changes", "changed"), *changes_to("books", "title")[2:], *MORE_THAN_SERVING)

    assert list(forbidden) == await two_roles.refused(*forbidden)
    assert [] == await two_roles.refused("SELECT FROM changes", "DELETE FROM books", "SELECT similarity('a', 'b')")
