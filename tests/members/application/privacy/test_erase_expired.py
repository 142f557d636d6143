"""Whose membership ended long ago is erased."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from members_service.application.privacy.begin_erasure import BeginErasure
from members_service.application.privacy.erase_expired import EraseExpired
from members_service.application.privacy.queries import ExpiredMemberships
from members_service.domain.identity.roles import Role
from tests.members.makers import TODAY, UTC_ZONE, a_member, an_account
from tests.members.register import Register


def erase_after(register: Register, days: int | None) -> EraseExpired:
    return EraseExpired(
        ExpiredMemberships(register.database),
        BeginErasure(register.unit_of_work, register.clock),
        register.clock,
        UTC_ZONE,
        None if days is None else timedelta(days=days),
    )


async def test_who_has_been_gone_for_long_enough_begins_to_be_erased_and_nobody_else(register: Register) -> None:
    long_gone = a_member(card="LONG", email=None, expires_on=TODAY - timedelta(days=366))
    just_gone = a_member(card="JUST", email=None, expires_on=TODAY - timedelta(days=365))
    await register.keep(long_gone, just_gone)

    await erase_after(register, None)()
    assert "leaving" not in await register.event_types()
    await erase_after(register, 365)()
    await erase_after(register, 365)()

    assert 1 == (await register.event_types()).count("leaving")
    found = await register.members.member(long_gone.id, today=TODAY)
    assert "leaving" == found.status


async def test_who_was_renewed_after_the_look_stays(register: Register) -> None:
    renewed = a_member(email=None, expires_on=TODAY - timedelta(days=365))
    await register.keep(renewed)

    class LookedEarlier(ExpiredMemberships):
        async def before(self, day: date, *, after: UUID | None, limit: int) -> list[UUID]:
            return [renewed.id][:limit] if after is None else []

    await replace(erase_after(register, 365), memberships=LookedEarlier(register.database))()

    assert "leaving" not in await register.event_types()


async def test_the_last_who_administers_the_library_stays_and_holds_up_nobody_behind(register: Register) -> None:
    boss = a_member(card="BOSS", email=None, expires_on=TODAY - timedelta(days=400))
    other = a_member(card="LONG", email=None, expires_on=TODAY - timedelta(days=400))
    await register.keep(boss, other)
    await register.keep(an_account(member_id=boss.id, roles=frozenset({Role.ADMIN})))

    await erase_after(register, 365)()

    assert 1 == (await register.event_types()).count("leaving")
