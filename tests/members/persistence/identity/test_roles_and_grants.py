"""Roles and how far they go come back as they went, also where two change them at once."""

import asyncio
from datetime import timedelta

import pytest

from members_service.application.identity.grants.change_roles import PutRole, RoleChange
from members_service.application.identity.grants.queries import GrantQueries
from members_service.application.identity.grants.views import GrantView, RoleView
from members_service.domain.identity.account import Account
from members_service.domain.identity.grants import Bounds
from members_service.domain.identity.roles import SHIPPED, Role, RoleNotFound
from members_service.persistence.data_keys import DataKeys
from shared.kernel.errors import OutOfDate
from shared.persistence.database import Database
from tests.members.makers import NOW, an_account, an_admin
from tests.members.register import Register

EAST = Bounds(frozenset({"EAST"}), NOW + timedelta(days=30))
TOYS = RoleChange("toy-desk", "Toys", ("lend", "take_back"), in_place_of=0)


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


async def put(register: Register, role: RoleChange) -> RoleView:
    return await PutRole(register.unit_of_work, register.clock)(role)


async def change(register: Register, account: Account, roles: set[str], bounds: dict[str, Bounds]) -> None:
    async with register.unit_of_work() as uow:
        known = await uow.accounts.get(account.id)
        known.change(roles=frozenset(roles), disabled=None, others_administer=True, bounds=bounds)
        await uow.commit()


async def shown(register: Register, account: Account) -> list[GrantView]:
    return list(await GrantQueries(register.database, register.clock).grants(account.id))


async def test_a_role_is_made_changed_and_removed(register: Register) -> None:
    queries = GrantQueries(register.database, register.clock)
    made = await put(register, TOYS)
    again = await put(register, RoleChange("toy-desk", "Games", ("lend",), in_place_of=1))

    assert (1, 2, ("lend", "take_back")) == (made.version, again.version, made.rights)
    assert [*SHIPPED, "toy-desk"] == [role.name for role in await queries.roles()]
    assert again == await queries.role("toy-desk")

    async with register.unit_of_work() as uow:
        await uow.roles.remove("toy-desk")
        with pytest.raises(RoleNotFound):
            await uow.roles.remove("toy-desk")
        await uow.commit()
    assert [*SHIPPED] == [role.name for role in await queries.roles()]


async def test_a_shipped_role_stays_what_the_library_has_made_of_it(register: Register) -> None:
    for version in (1, 2):
        await put(register, RoleChange(Role.DESK, "Counter", ("lend",), in_place_of=version))

    async with register.unit_of_work() as uow:
        desk = (await uow.roles.all())[Role.DESK]
    assert ("Counter", frozenset({"lend"}), True, 3) == (desk.title, desk.rights, desk.shipped, desk.version)


@pytest.mark.parametrize("there", [False, True])
async def test_the_second_of_two_who_put_one_role_at_once_is_told(register: Register, there: bool) -> None:
    if there:
        await put(register, TOYS)
    role = RoleChange("toy-desk", "Games", ("lend",), in_place_of=int(there))

    both = await asyncio.gather(put(register, role), put(register, role), return_exceptions=True)

    assert ["OutOfDate", "RoleView"] == sorted(type(one).__name__ for one in both), both


async def test_a_role_that_was_made_since_one_looked_is_out_of_date(register: Register) -> None:
    await put(register, TOYS)

    async with register.unit_of_work() as uow:
        toys = (await uow.roles.all())["toy-desk"]
        with pytest.raises(OutOfDate):
            await uow.roles.put(toys, instead_of=None)


async def test_how_far_roles_go_comes_back_and_goes_with_the_role(register: Register) -> None:
    await register.keep(grace := an_account(email="grace@x.y", roles=frozenset({Role.DESK})))

    await change(register, grace, {Role.DESK, Role.CATALOGUER}, {Role.DESK: EAST})
    bounded = await shown(register, grace)
    async with register.unit_of_work() as uow:
        assert {Role.DESK: EAST} == (await uow.accounts.get(grace.id)).bounds
    await change(register, grace, {Role.CATALOGUER}, {})
    await change(register, grace, {Role.DESK, Role.CATALOGUER}, {})

    everywhere = GrantView("cataloguer", None, None)
    assert [everywhere, GrantView("desk", ("EAST",), EAST.until)] == bounded
    assert [everywhere, GrantView("desk", None, None)] == await shown(register, grace)


async def test_an_admin_of_one_branch_or_for_a_time_does_not_administer_the_library(register: Register) -> None:
    everywhere = an_admin()
    for email, bounds in (("east@x.y", Bounds(frozenset({"EAST"}))), ("june@x.y", Bounds(None, EAST.until))):
        bounded = an_admin(email)
        bounded.bounds = {Role.ADMIN: bounds}
        await register.keep(bounded)
    await register.keep(everywhere)

    async with register.unit_of_work() as uow:
        assert [everywhere.id] == [*await uow.accounts.administering(besides=[])]
        assert 3 == len(await uow.accounts.having(Role.ADMIN))
