"""Where members are at home: in a branch that books knows."""

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service


async def test_members_choose_the_branch_where_they_are_at_home(service: Service) -> None:
    ada = await service.enrol()
    own = service.token(Role.MEMBER, member_id=ada["member_id"])

    changed = await service.request("PATCH", "/v1/members/me", {"home_branch": "east"}, token=own, If_Match="*")
    unknown = await service.request("PATCH", "/v1/members/me", {"home_branch": "NOWHERE"}, token=own, If_Match="*")
    none = await service.request("PATCH", "/v1/members/me", {"home_branch": None}, token=own, If_Match="*")

    assert (200, "EAST") == (changed.status_code, changed.json()["home_branch"])
    refusal = problem_of(unknown)
    assert (422, "unknown-branch", "/home_branch") == (
        unknown.status_code,
        refusal["code"],
        refusal["errors"][0]["pointer"],
    )
    assert (200, None) == (none.status_code, none.json()["home_branch"])


async def test_a_branch_that_was_added_a_moment_ago_is_known(service: Service) -> None:
    body = {"name": "Ada Lovelace", "category": "adult", "home_branch": "HARBOUR"}
    before = await service.request("POST", "/v1/members", body)

    service.books.codes.append("HARBOUR")
    after = await service.request("POST", "/v1/members", body)

    assert (422, 201) == (before.status_code, after.status_code)


async def test_while_books_is_away_members_are_enrolled_but_not_into_a_branch_that_nobody_has_asked_for(
    service: Service,
) -> None:
    await service.enrol(home_branch="MAIN")
    service.books.status = 500

    known, none = await service.enrol(home_branch="main"), await service.enrol()
    asked = {"name": "Ada Lovelace", "category": "adult", "home_branch": "NEW", "card_number": "A1"}
    refused = await service.request("POST", "/v1/members", asked)

    assert ("MAIN", None) == (known["home_branch"], none["home_branch"])
    assert (503, "neighbour-unavailable") == (refused.status_code, problem_of(refused)["code"])
    assert "Retry-After" in refused.headers
    assert [] == (await service.get("/v1/members?card_number=A1")).json()["items"]
