from datetime import datetime, timedelta

import pytest

from members_service.application.identity.accounts.account_views import ResetOffered
from members_service.application.identity.accounts.activate_account import ChosenPassword
from members_service.application.identity.accounts.offer_reset import LostPassword
from members_service.domain.audit import AuditAction
from members_service.domain.email import Email
from members_service.domain.identity.account import AccountNotFound, ActivationTokenInvalid, ResetNeedsAdmin
from members_service.domain.identity.roles import Role
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.ids import new_id
from tests.members.desk import Desk
from tests.members.makers import ADA, NOW, PASSWORD

NEW = "eight-loud-badgers-sing"


async def reset(desk: Desk) -> ResetOffered:
    return await desk.identity.accounts.offer_reset_to_member(LostPassword(ADA, by="grace"))


async def use(desk: Desk, token: str | None, *, now: datetime = NOW) -> None:
    desk.clock.time = now
    await desk.identity.accounts.activate_account(ChosenPassword(token or "", NEW, "192.0.2.1", "a phone"))


async def test_a_member_chooses_a_new_password_with_the_token_from_the_desk(desk: Desk) -> None:
    await desk.sign_in()

    offered = await reset(desk)
    assert f"hash of {PASSWORD}" == (await desk.account()).password_hash, "until then the present one goes on working"
    await use(desk, offered.activation_token)

    assert f"hash of {NEW}" == (await desk.account()).password_hash
    assert [NOW] == [session.ended_at for session in await desk.sessions()]
    assert [AuditAction.PASSWORD_RESET_OFFERED, AuditAction.ACCOUNT_ACTIVATED] == (await desk.trail())[-2:]
    assert "grace" == (await desk.audited())[-2].by


async def test_who_chose_a_password_is_known_from_then_on(desk: Desk) -> None:
    await use(desk, (await reset(desk)).activation_token)

    assert 2 == await desk.familiar_networks(), "the network, and the phone"


async def test_a_token_works_once_for_a_day_and_until_there_is_another(desk: Desk) -> None:
    first, second = await reset(desk), await reset(desk)

    with pytest.raises(ActivationTokenInvalid):
        await use(desk, first.activation_token)
    await use(desk, second.activation_token, now=NOW + timedelta(hours=23))
    with pytest.raises(ActivationTokenInvalid):
        await use(desk, second.activation_token, now=NOW + timedelta(hours=23))


async def test_a_token_is_over_after_a_day(desk: Desk) -> None:
    offered = await reset(desk)

    with pytest.raises(ActivationTokenInvalid):
        await use(desk, offered.activation_token, now=NOW + timedelta(days=1))


async def test_who_lost_the_first_token_gets_another_that_lasts_as_long(desk: Desk) -> None:
    async with desk.changing() as ada:
        ada.password_hash = None

    offered = await reset(desk)

    assert NOW + timedelta(days=14) == offered.activation_expires_at


@pytest.mark.parametrize("more", [Role.LIBRARIAN, Role.ADMIN])
async def test_the_desk_gets_no_more_rights_by_a_reset(more: Role, desk: Desk) -> None:
    await desk.change(Role.MEMBER, more)

    with pytest.raises(ResetNeedsAdmin):
        await reset(desk)

    offered = await desk.identity.accounts.offer_reset(LostPassword(desk.ada_id, by="root"))
    await use(desk, offered.activation_token)
    assert f"hash of {NEW}" == (await desk.account()).password_hash


async def test_an_account_that_only_belongs_to_the_member_is_not_reset_instead(desk: Desk) -> None:
    async with desk.changing() as ada:
        ada.move(Email.parse("another@library.example"))
    before = (await desk.account()).activation

    await reset(desk)

    assert before == (await desk.account()).activation, "the member got an account for the address on record"


async def test_nobody_has_no_password(desk: Desk) -> None:
    nobody = LostPassword(new_id(), by="x")

    with pytest.raises(MemberNotFound):
        await desk.identity.accounts.offer_reset_to_member(nobody)
    with pytest.raises(AccountNotFound):
        await desk.identity.accounts.offer_reset(nobody)
