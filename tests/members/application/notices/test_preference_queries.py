"""What holds for members: their own choice, or the defaults of their category."""

from datetime import timedelta

import pytest

from members_service.application.membership.merge_members import Merge
from members_service.application.notices.preferences.queries import PreferenceQueries
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Way
from members_service.domain.notices.preferences import CategoryDefaults, NoticePreferences
from members_service.persistence.data_keys import DataKeys
from shared.kernel.errors import OutOfDate
from shared.persistence.database import Database
from tests.members.makers import NOW
from tests.members.register import Register

OWN = NoticePreferences((Way.LETTER,), {NoticeKind.DUE_SOON: False})
BY_PUSH = NoticePreferences((Way.PUSH,))


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


async def test_ones_own_choice_goes_before_defaults_which_reach_old_members_once_applied(
    register: Register,
) -> None:
    chose, silent = await register.enrol(), await register.enrol(email=None)
    queries = PreferenceQueries(register.database)
    defaults = CategoryDefaults("adult", 1, BY_PUSH, NOW + timedelta(days=1))
    async with register.unit_of_work() as uow:
        await uow.preferences.put(chose.member_id, OWN, version=1, now=NOW)
        await uow.preferences.add_defaults(defaults, by=None)
        await uow.commit()

    both = (chose.member_id, silent.member_id)
    assert await queries.of(both) == {chose.member_id: OWN, silent.member_id: NoticePreferences()}
    assert await queries.without_choice("adult", joined_before=defaults.made_at) == 1

    async with register.unit_of_work() as uow:
        await uow.preferences.apply_defaults(defaults, now=NOW)
        await uow.commit()
    assert await queries.of(both) == {chose.member_id: OWN, silent.member_id: BY_PUSH}


async def test_a_choice_that_somebody_else_has_changed_meanwhile_is_out_of_date(register: Register) -> None:
    ada = await register.enrol()
    async with register.unit_of_work() as uow:
        await uow.preferences.put(ada.member_id, OWN, version=1, now=NOW)
        await uow.commit()
    async with register.unit_of_work() as uow:
        with pytest.raises(OutOfDate):
            await uow.preferences.put(ada.member_id, BY_PUSH, version=3, now=NOW)


async def test_the_choice_of_a_merged_record_goes_to_the_one_that_stays_unless_it_chose(
    register: Register,
) -> None:
    stays, gone, other = await register.enrol(), await register.enrol(email=None), await register.enrol(email=None)
    async with register.unit_of_work() as uow:
        await uow.preferences.put(gone.member_id, OWN, version=1, now=NOW)
        await uow.preferences.put(other.member_id, BY_PUSH, version=1, now=NOW)
        await uow.commit()
    for one in (gone, other):
        await register.membership.merge_members(Merge(one.member_id, stays.member_id))
    assert await PreferenceQueries(register.database).of([stays.member_id]) == {stays.member_id: OWN}
