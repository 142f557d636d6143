"""Figures of members: who joined, renewed and left, and how many there were at the end of each day."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from members_service.application.privacy.erase_member import BorrowerCleared
from members_service.domain.identity.roles import Role
from members_service.domain.statistics import ATOMS, MEMBERS
from members_service.persistence.membership.member_levels import MemberLevels
from members_service.persistence.membership.tables import members
from members_service.persistence.schema import plumbing
from members_service.wiring.service import RECORDS
from shared.persistence.cube.levels import Levels, WriteLevels
from shared.persistence.cube.recounting import Recount
from shared.persistence.cube.rolling_up import Waiting
from tests.members.api.conftest import Service


async def roll_up(service: Service) -> None:
    async with service.database.begin() as transaction:
        await Waiting(plumbing.outbox, plumbing.cube).roll_up(transaction.run)
        await transaction.commit()


async def ask(service: Service, question: str, *, token: str | None = None) -> list[dict[str, Any]]:
    await roll_up(service)
    day = service.clock.now().date()
    period = f"from={day.replace(month=1, day=1)}&to={day.replace(year=day.year + 1)}"
    answer = await service.get(f"/v1/statistics/{question}&{period}", token=token or service.token(Role.ADMIN))
    assert 200 == answer.status_code, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def photographs(service: Service) -> WriteLevels:
    zone = service.clock.now().tzinfo
    assert zone is not None
    levels = Levels(service.database, plumbing.cube, MEMBERS.name, MEMBERS.dimensions)
    return WriteLevels(
        MemberLevels(service.database, service.data_keys, zone), levels, service.clock, zone, again=False
    )


async def leave(service: Service, member_id: str) -> None:
    await service.request("POST", f"/v1/members/{member_id}/erasure", token=service.token(Role.ADMIN))
    of_member = select(members.c.leaving_id).where(members.c.member_id == UUID(member_id))
    (leaving,) = await service.database.rows(of_member)
    cleared = BorrowerCleared(message_id=member_id, member_id=UUID(member_id), leaving_id=leaving.leaving_id)
    await service.app.state.privacy.erase_member(cleared, listener="farewells")


async def test_who_joins_is_counted_by_what_figures_know_of_them(service_on_either: Service) -> None:
    service = service_on_either
    born = service.today.replace(year=service.today.year - 9)
    await service.enrol(category="child", date_of_birth=str(born), email=None)
    await service.enrol()

    found = await ask(service, "joined?by=day,branch,category,age_band")

    of_day = {"day": str(service.today), "branch": "unknown", "value": 1}
    assert [
        of_day | {"category": "adult", "age_band": "unknown"},
        of_day | {"category": "child", "age_band": "6-11"},
    ] == found


async def test_who_renews_and_who_leaves_is_counted_and_nobody_is_named(service: Service) -> None:
    ada = await service.enrol(expires_on=service.day(3))
    member_id = ada["member_id"]
    renewed = await service.request("POST", f"/v1/members/{member_id}/renew", {})
    assert 200 == renewed.status_code, renewed.text

    assert [{"category": "adult", "channel": "desk", "value": 1}] == await ask(service, "renewed?by=category,channel")
    await leave(service, member_id)
    assert [{"category": "adult", "value": 1}] == await ask(service, "left?by=category")
    for table in plumbing.cube.all:
        assert member_id not in str(await service.database.rows(table.select()))


async def test_who_is_member_is_written_down_once_a_day(service_on_either: Service) -> None:
    service = service_on_either
    for days in (5, 400):
        await service.enrol(expires_on=service.day(days))
    write = photographs(service)

    await write()
    await service.enrol()
    await write()
    assert [{"day": str(service.today), "value": 2}] == await ask(service, "members?by=day")
    service.clock.pass_by(timedelta(days=1))
    await write()

    yesterday, today = str(service.today - timedelta(days=1)), str(service.today)
    assert [{"day": yesterday, "value": 3}, {"day": today, "value": 3}] == await ask(service, "members?by=day")
    service.clock.pass_by(timedelta(days=7))
    await write()
    assert 2 == (await ask(service, "members?by=day"))[-1]["value"]


async def test_lending_is_told_all_and_who_may_not_see_persons_what_is_published(service: Service) -> None:
    await service.enrol()
    lending = service.token_for("books:lending", "members:standing")

    assert [{"year": str(service.today.year), "value": 1}] == await ask(service, "joined?by=year", token=lending)
    figures_alone = service.token_for("books:lending")
    assert [] == await ask(service, "joined?by=year", token=figures_alone)


@pytest.mark.parametrize("atom", ["joined", "left", "renewed", "members"])
async def test_figures_of_members_need_a_right_of_their_own(service: Service, atom: str) -> None:
    tokens = [service.token(role) for role in (Role.MEMBER, Role.ADMIN)]
    answers = [await service.get(f"/v1/statistics/{atom}", token=token) for token in tokens]

    assert [403, 200] == [answer.status_code for answer in answers]


async def test_a_recount_finds_figures_that_differ_from_histories_and_from_who_is_gone(
    service_on_either: Service,
) -> None:
    service = service_on_either
    recount = Recount(service.database, plumbing.outbox, plumbing.cube, ATOMS, service.clock, [RECORDS])
    for _ in range(2):
        await leave(service, (await service.enrol(expires_on=service.day(3)))["member_id"])
    ada = (await service.enrol(expires_on=service.day(3)))["member_id"]
    await service.request("POST", f"/v1/members/{ada}/renew", {})
    await photographs(service)()
    clean = await recount(repair=False)
    cells = plumbing.cube.cells
    async with service.database.begin() as transaction:
        await transaction.run(update(cells).where(cells.c.atom.in_(["joined", "left"])).values(value=7))
        await transaction.commit()

    wrong, repaired, again = [await recount(repair=repair) for repair in (False, True, False)]

    assert (True, 0) == (clean.is_clean, clean.differing)
    assert {("joined", 7, 3), ("left", 7, 2)} == {(one.atom, one.in_cube, one.in_records) for one in wrong.differences}
    assert (False, True, 0) == (wrong.is_clean, repaired.is_clean, again.differing)


async def test_who_was_two_members_counts_as_before_once_they_are_one(service_on_either: Service) -> None:
    service = service_on_either
    recount = Recount(service.database, plumbing.outbox, plumbing.cube, ATOMS, service.clock, [RECORDS])
    twice, ada = [(await service.enrol(name="Ada"))["member_id"] for _ in range(2)]
    merged = await service.request("POST", f"/v1/members/{twice}/merge", {"into": ada})

    assert (200, 0) == (merged.status_code, (await recount(repair=False)).differing)
    assert [{"value": 2}] == [{"value": row["value"]} for row in await ask(service, "joined?by=year")]
    assert [] == await ask(service, "left?by=year")
