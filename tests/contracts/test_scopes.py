"""Every right that a service asks for is one that members can give."""

import books_service.api.access
import loans_service.api.access
from members_service.domain.identity.roles import ALL_SCOPES


def test_every_scope_of_a_service_can_be_granted() -> None:
    for access in (books_service.api.access, loans_service.api.access):
        assert set() == access.SCOPES.keys() - ALL_SCOPES.keys()
