import pytest

from members_service.domain.identity.roles import Role
from tests.members.api.conftest import Service
from tests.members.makers import PASSWORD


async def scopes(service: Service, role: Role, client: str) -> list[str]:
    await service.open_account("desk@library.example", role)
    answer = await service.sign_in("desk@library.example", PASSWORD, client_id=client)
    assert 200 == answer.status_code, answer.text
    granted: list[str] = answer.json()["scope"].split()
    return granted


@pytest.mark.parametrize("role", [Role.LIBRARIAN, Role.ADMIN])
async def test_who_lends_may_tell_at_the_desk_what_was_done_offline(service: Service, role: Role) -> None:
    assert "loans:offline" in await scopes(service, role, "desk")


@pytest.mark.parametrize(("role", "client"), [(Role.MEMBER, "desk"), (Role.LIBRARIAN, "swagger")])
async def test_nobody_else_may_and_no_other_page(service: Service, role: Role, client: str) -> None:
    assert "loans:offline" not in await scopes(service, role, client)


async def test_everybody_who_signs_in_is_shown_the_key_of_the_own_account_alone(service: Service) -> None:
    keys = [
        (await service.get("/v1/accounts/me/desk-key", token=service.token(Role.LIBRARIAN, subject=account)))
        for account in (
            await service.open_account("a@library.example", Role.LIBRARIAN),
            await service.open_account("b@library.example", Role.LIBRARIAN),
        )
    ]

    assert [200, 200] == [answer.status_code for answer in keys]
    assert keys[0].json().keys() == {"kty", "crv", "x", "y", "d"}
    assert keys[0].json()["d"] != keys[1].json()["d"]
    assert {"no-store"} == {answer.headers["cache-control"] for answer in keys}
