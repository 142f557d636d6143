"""A child who comes of age has the guardians no more who were named for it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from members_service.application.membership.change_member import MemberChange
from members_service.application.membership.show_member import Reading
from members_service.application.membership.views import EnrolledMember, GuardianView
from members_service.domain.membership.guardian import GuardianNotFound, GuardianReference, Permission
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.unknown_member import MemberNotFound
from tests.members.makers import ADA, TODAY, a_member
from tests.members.register import Register

BIRTHDAY = TODAY + timedelta(days=10)
BORN = date(BIRTHDAY.year - 18, BIRTHDAY.month, BIRTHDAY.day)
MOTHER = GuardianReference(MemberReference(ADA), frozenset({"see", "collect", "pay"}))
AUNT_ID = UUID("01900000-0000-7000-8000-00000000aaaa")
AUNT = GuardianReference(MemberReference(AUNT_ID), frozenset({"see"}))
STANDS_IN = (GuardianView(ADA, (Permission.COLLECT, Permission.PAY, Permission.SEE)),)


@pytest.fixture
async def register(register: Register) -> Register:
    await register.keep(a_member(id=ADA), a_member(id=AUNT_ID, card="AUNT", email=None))
    return register


async def a_child(register: Register, **facts: Any) -> EnrolledMember:
    usual: dict[str, Any] = {"email": None, "category": "child", "date_of_birth": BORN, "guardians": [MOTHER]}
    return await register.enrol(**usual | facts)


async def after(register: Register, *, days: int) -> None:
    """Let the worker do its round some days later."""
    register.clock.pass_by(timedelta(days=days))
    await register.tidying.end_guardianships()


async def guardians(register: Register, member_id: UUID) -> tuple[GuardianView, ...]:
    return (await register.members.member(member_id, today=TODAY)).guardians


async def name(register: Register, member_id: UUID, *wanted: GuardianReference) -> None:
    await register.membership.change_member(MemberChange(member_id, None, {"guardians": wanted}))


async def test_from_the_birthday_on_nobody_sees_what_a_child_of_before_borrows(register: Register) -> None:
    child = await a_child(register)
    await after(register, days=9)
    before = await guardians(register, child.member_id)

    await after(register, days=1)
    await after(register, days=0)

    shown = await register.members.member(child.member_id, today=BIRTHDAY)
    assert (STANDS_IN, (), child.version + 1) == (before, shown.guardians, shown.version)
    assert [] == await register.guardians.list_wards(ADA, limit=5, after=None)
    with pytest.raises(GuardianNotFound):
        await register.guardians.show_guardian(child.member_id, ADA)
    with pytest.raises(MemberNotFound):
        await register.membership.show_member(Reading(child.member_id, only_of=ADA))
    newest = (await register.members.history(child.member_id, limit=1, before=None))[0]
    assert ({"fields": "guardians"}, None) == (newest.facts, newest.by)


async def test_who_cannot_come_and_whose_age_nobody_knows_keeps_a_guardian(register: Register) -> None:
    frail = await a_child(register, category="adult", date_of_birth=date(1930, 1, 1))
    unknown = await a_child(register, date_of_birth=None)

    await after(register, days=10_000)

    for one in (frail, unknown):
        assert STANDS_IN == await guardians(register, one.member_id)


async def test_who_is_named_for_a_grown_up_stays_beside_nobody_of_before(register: Register) -> None:
    child = await a_child(register)
    register.clock.pass_by(timedelta(days=10))
    await name(register, child.member_id, MOTHER, AUNT)

    await after(register, days=1)
    left = await guardians(register, child.member_id)
    await name(register, child.member_id, MOTHER, AUNT)
    await after(register, days=1)

    assert [AUNT_ID] == [one.member_id for one in left]
    assert {ADA, AUNT_ID} == {one.member_id for one in await guardians(register, child.member_id)}


async def test_more_than_one_look_finds_all_of_them(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("members_service.application.membership.guardians._AT_ONCE", 2)
    children = [await a_child(register, guardians=[MOTHER, AUNT]) for _ in range(5)]

    await after(register, days=10)

    assert [()] * 5 == [await guardians(register, one.member_id) for one in children]


async def test_another_library_has_another_age(register: Register) -> None:
    child = await a_child(register)
    job = register.tidying.end_guardianships

    await replace(job, of_age=17)()
    at_once = await guardians(register, child.member_id)
    register.clock.pass_by(timedelta(days=10 + 365))
    await replace(job, of_age=21)()
    early = await guardians(register, child.member_id)
    register.clock.pass_by(timedelta(days=3 * 365))
    await replace(job, of_age=21)()

    assert [STANDS_IN, STANDS_IN, ()] == [at_once, early, await guardians(register, child.member_id)]


async def test_who_is_named_anew_between_look_and_deed_stays(register: Register) -> None:
    child = await a_child(register)
    job = register.tidying.end_guardianships
    register.clock.pass_by(timedelta(days=10))
    seen = await register.members.wards(limit=9, after=None)
    await name(register, child.member_id)
    await name(register, child.member_id, MOTHER)

    class LookedEarlier:
        async def wards(self, *, limit: int, after: UUID | None) -> object:
            return seen[:limit] if after is None else []

    await replace(job, members=LookedEarlier())()  # type: ignore[arg-type] # all that it asks

    assert STANDS_IN == await guardians(register, child.member_id)
