"""Every operation of the three services × who asks × own or other branch: what is answered is what the table says.

From the grants of an account, by way of its token, to the gate of the route, and to the question of the use case where
the branch stands in a body or on a record. That each use case asks it is seen in `test_rights_by_branch.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

import books_service.api.access
import loans_service.api.access
import members_service.api.access
from members_service.domain.identity.grants import (
    LONGEST_CLAIM,
    UNBOUNDED,
    Bounds,
    Grant,
    rights_in_token,
    rights_of_machine,
    scopes_of,
)
from members_service.domain.identity.roles import LONGEST_ROLES, SCOPES_OF_PEOPLE, SHIPPED, Role
from members_service.domain.rights import RIGHTS
from shared.kernel.ids import new_id
from shared.kernel.rights import RightMissing, acting, is_authorised
from shared.tokens import Principal, SigningKey, StaticKeys, TokenVerifier
from shared.tokens.held_rights import write_rights
from shared.web.auth import Access, Anyone, Person
from shared.web.problems import Problem
from tests.shared.hostile_tokens import a_token

NOW = datetime.now(UTC).replace(microsecond=0)
OWN, OTHER = "EAST", "MAIN"
IN_ONE, ENDED = Bounds(frozenset({OWN})), Bounds(until=NOW - timedelta(minutes=1))
TABLES = {
    "books": books_service.api.access.ACCESS,
    "members": members_service.api.access.ACCESS,
    "loans": loans_service.api.access.ACCESS,
}
EVERY_SCOPE = frozenset(scope for known in RIGHTS for scope in known.right.scopes)


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody or something with a token: the rights it holds, where, and through which scopes."""

    name: str
    token: str | None
    rights: frozenset[str] = frozenset()
    everywhere: bool = False
    person: bool = True
    own: bool = False


def askers(key: SigningKey) -> Iterator[Asker]:
    for role in SHIPPED.values():
        for words, bounds in (("everywhere", UNBOUNDED), ("in one branch", IN_ONE)):
            grants = [Grant.of(role.name, role.rights, bounds)]
            own = role.name == Role.ADMIN
            scopes = scopes_of(grants, NOW) | ({"self"} if own else frozenset())
            groups = rights_in_token(grants, scopes, NOW)
            token = a_token(key, scope=" ".join(scopes), roles=[role.name], **_claim(groups))
            yield Asker(f"{role.name} {words}", token, role.rights, bounds is UNBOUNDED, own=own)
    late = rights_in_token([Grant.of("admin", SHIPPED["admin"].rights, UNBOUNDED)], EVERY_SCOPE, NOW) or ()
    over = [(bits, branches, ENDED.until) for bits, branches, _ in late]
    yield Asker("ended", a_token(key, scope=" ".join(EVERY_SCOPE), roles=["admin"], **_claim(over)))
    yield Asker("without a grant", a_token(key, scope="loans:write", roles=["toys"], rights=""))
    yield Asker("reader", a_token(key, scope="self", roles=["member"]), own=True)
    yield Asker("nobody", None)
    for scopes in (frozenset({"loans:write"}), EVERY_SCOPE):
        theirs = frozenset(one.right.name for one in RIGHTS if not scopes.isdisjoint(one.right.scopes))
        for words, branches in (("everywhere", None), ("in one branch", frozenset({OWN}))):
            groups = None if branches is None else rights_of_machine(scopes, branches)
            token = a_token(key, sub="kiosk", client_id="kiosk", roles=[], scope=" ".join(scopes), **_claim(groups))
            yield Asker(f"machine with {len(scopes)} scopes {words}", token, theirs, branches is None, person=False)


def _claim(groups: object) -> dict[str, str]:
    return {} if groups is None else {"rights": write_rights(groups)}  # type: ignore[arg-type]  # as they are made above


def expected(row: Access, asker: Asker, branch: str) -> str:
    """Return what the table says in words of its own: by names of rights, without bits, scopes or tokens."""
    if isinstance(row, Anyone):
        return "in"
    if asker.token is None:
        return "401"
    if isinstance(row, Person) and not asker.person:
        return "403"
    if row.own and asker.own:
        return "in"
    if not row.rights:
        return "in" if isinstance(row, Person) else "403"
    for right in row.rights:
        if right.name in asker.rights and (asker.everywhere or right.by_branch):
            counts = row.at.words.startswith("in any branch") or branch == OWN
            if asker.everywhere or (counts and not row.at.everywhere):
                return "in"
    return "403"


def answered(row: Access, principal: Principal | None, branch: str) -> str:
    """Return what is answered: by the gate, then by the use case that has found the branch."""
    try:
        row.admit(principal, {"branch": branch})
    except Problem as refusal:
        return str(refusal.status_code)
    except RightMissing:
        return "403"
    if isinstance(row, Anyone) or principal is None or not row.rights or not principal.scopes.isdisjoint(row.own):
        return "in"
    asked = [None if row.at.words.startswith("in any branch") or not one.by_branch else branch for one in row.rights]
    with acting(principal):
        held = [is_authorised(right, where) for right, where in zip(row.rights, asked, strict=True)]
    return "in" if any(held) else "403"


@pytest.mark.parametrize("service", TABLES)
async def test_what_is_answered_is_what_the_table_says(service: str) -> None:
    key = SigningKey.generate()
    verifier = TokenVerifier(StaticKeys([key.public_jwk()]), issuer="library")
    calls, differences = 0, []

    for asker in askers(key):
        principal = None if asker.token is None else await verifier.verify(asker.token)
        for operation, row in TABLES[service].items():
            for branch in (OWN, OTHER):
                calls += 1
                found = answered(row, principal, branch)
                if found != (told := expected(row, asker, branch)):
                    differences.append((operation, asker.name, branch, found, told))

    assert [] == differences
    assert calls == len(TABLES[service]) * 2 * 18


def test_the_matrix_has_some_nine_thousand_cells() -> None:
    cells = sum(len(table) for table in TABLES.values()) * 2 * len(list(askers(SigningKey.generate())))

    assert 8_000 < cells < 14_000


def test_a_token_of_forty_branches_and_the_longest_there_is_stay_under_two_kilobytes() -> None:
    key, forty = SigningKey.generate(), frozenset(f"BRANCH-{number:02}" for number in range(40))
    groups = rights_in_token([Grant.of("admin", SHIPPED["admin"].rights, Bounds(forty))], EVERY_SCOPE, NOW) or ()
    more = {"scope": " ".join(SCOPES_OF_PEOPLE), "member_id": str(new_id()), "sid": "x" * 22, "amr": ["pwd", "otp"]}

    usual = a_token(key, roles=["admin", "member"], rights=write_rights(groups), **more)
    longest = a_token(key, roles=["x" * LONGEST_ROLES], rights="x" * LONGEST_CLAIM, **more)

    assert len(usual) < 1_500
    assert len(longest) < 2_048
