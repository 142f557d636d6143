"""Whoever gets or loses a role, by whichever act, it is announced, with how far it went before."""

import json

import pytest
from sqlalchemy import select

from members_service.application.identity.accounts.change_account import AccountChange
from members_service.application.identity.accounts.create_account import NewAccount
from members_service.application.identity.grants.change_roles import RoleChange
from members_service.application.identity.grants.grant_role import Granting, Revocation
from members_service.domain.identity.grants import GrantsTooLong
from members_service.domain.identity.roles import Role
from members_service.persistence.schema import plumbing
from tests.members.desk import Desk

# As many as a token can just carry.
BRANCHES = tuple(f"BRANCH-{number:03}" for number in range(78))


async def announced(desk: Desk) -> list[tuple[str, dict[str, object]]]:
    rows = await desk.database.rows(select(plumbing.outbox).order_by(plumbing.outbox.c.sequence))
    told = [(row.type, row.data if isinstance(row.data, dict) else json.loads(row.data)) for row in rows]
    return [
        (kind.removeprefix("members.account."), {name: value for name, value in data.items() if name != "account_id"})
        for kind, data in told
        if kind.startswith("members.account.")
    ]


async def test_roles_that_come_and_go_with_the_account_itself_are_announced(desk: Desk) -> None:
    accounts, grants = desk.identity.accounts, desk.identity.grants

    opened = await accounts.create_account(NewAccount("grace@x.y", None, [Role.DESK]))
    grace = opened.account.account_id
    await grants.grant(Granting(grace, Role.DESK, ("MAIN",), None))
    await accounts.change_account(AccountChange(grace, None, roles=[Role.DESK, Role.CATALOGUER]))
    await accounts.change_account(AccountChange(grace, None, roles=[Role.CATALOGUER]))
    await grants.grant(Granting(grace, Role.LIBRARIAN, ("MAIN",), None))
    await grants.revoke(Revocation(grace, Role.LIBRARIAN))

    assert [
        ("granted", {"role": "desk"}),
        ("granted", {"role": "desk", "branches": ["MAIN"], "before": {}}),
        ("granted", {"role": "cataloguer"}),
        ("revoked", {"role": "desk", "before": {"branches": ["MAIN"]}}),
        ("granted", {"role": "librarian", "branches": ["MAIN"]}),
        ("revoked", {"role": "librarian", "before": {"branches": ["MAIN"]}}),
    ] == await announced(desk)


async def test_no_change_of_roles_makes_rights_longer_than_a_token_can_carry(desk: Desk) -> None:
    accounts, grants = desk.identity.accounts, desk.identity.grants
    desk.branches.codes = BRANCHES
    await grants.put_role(RoleChange("games", "Games", ("see_members",), None))
    for role in ("toys", "maps"):
        await grants.put_role(RoleChange(role, role, ("lend",), None))
    grace = (await accounts.create_account(NewAccount("grace@x.y", None, [Role.MEMBER]))).account.account_id
    await grants.grant(Granting(grace, "toys", BRANCHES, None))
    await grants.grant(Granting(grace, "maps", BRANCHES[:10], None))

    with pytest.raises(GrantsTooLong):
        await grants.put_role(RoleChange("maps", "Maps", ("lend", "see_members"), None))
    with pytest.raises(GrantsTooLong):
        await accounts.change_account(AccountChange(grace, None, roles=["toys", "maps", "games"]))
