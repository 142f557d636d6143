from datetime import timedelta

import pytest

from members_service.application.identity.accounts.members_accounts import MembersAccounts
from members_service.domain.audit import AuditAction
from members_service.domain.email import Email
from members_service.domain.identity.roles import Role
from members_service.domain.one_time_token import digest
from members_service.domain.owner_check import FRESH_FOR
from shared.kernel.errors import LibraryError
from tests.members.desk import TRIES, Desk
from tests.members.makers import ADA, NOW, a_member, a_session, an_account

OLD, NEW = Email.parse("ada@library.example"), Email.parse("countess@library.example")


@pytest.fixture
async def desk(empty_desk: Desk) -> Desk:
    """Open a desk at which Ada is a member without an account."""
    await empty_desk.keep(a_member(id=ADA))
    return empty_desk


async def test_somebody_who_joins_gets_an_account_to_be_activated(desk: Desk) -> None:
    async with desk.unit_of_work() as uow:
        until = MembersAccounts(uow).open_for(ADA, OLD, token="secret", from_desk=True, by="desk", now=NOW)
        await uow.commit()

    async with desk.unit_of_work() as uow:
        [account] = await uow.accounts.of_member(ADA)
    assert (OLD, frozenset({Role.MEMBER}), False) == (account.email, account.roles, account.is_activated)
    assert account.activation
    assert (digest("secret"), NOW + timedelta(days=14)) == (account.activation.digest, until)
    assert [(AuditAction.ACCOUNT_OPENED, "desk", account.id, ADA)] == [
        (record.action, record.by, record.account_id, record.member_id) for record in await desk.audited()
    ]


async def test_only_the_accounts_with_the_member_s_address_move(desk: Desk) -> None:
    theirs, other_address = an_account(member_id=ADA), an_account(member_id=ADA, email="work@library.example")
    await desk.keep(theirs, other_address)
    for _ in range(TRIES):
        with pytest.raises(LibraryError):
            await desk.sign_in(OLD.address, "wrong")

    async with desk.unit_of_work() as uow:
        await MembersAccounts(uow).move(ADA, old=OLD, new=NEW, by="desk", now=NOW)
        await uow.commit()

    assert [NEW.address, "work@library.example"] == [
        (await desk.account(one.id)).email.address for one in (theirs, other_address)
    ]
    changed = [record for record in await desk.audited() if record.action == AuditAction.EMAIL_CHANGED]
    assert [theirs.id] == [record.account_id for record in changed]
    async with desk.changing(theirs.id) as account:
        account.move(OLD)
    assert (await desk.sign_in(OLD.address)).access_token, "the tries of before are forgotten"


async def test_a_colleague_s_account_may_do_more_than_a_member_s(desk: Desk) -> None:
    account = an_account(member_id=ADA)
    await desk.keep(account)

    async with desk.unit_of_work() as uow:
        before = await MembersAccounts(uow).do_more(ADA, OLD)
    async with desk.changing(account.id) as changed:
        changed.change(roles=frozenset({Role.MEMBER, Role.LIBRARIAN}), disabled=None, others_administer=True)

    async with desk.unit_of_work() as uow:
        after = [await MembersAccounts(uow).do_more(ADA, email) for email in (OLD, NEW)]
    assert (False, [True, False]) == (before, after)


async def test_a_sign_in_is_of_just_now_for_five_minutes(desk: Desk) -> None:
    account = an_account(member_id=ADA)
    session = a_session(account_id=account.id)
    await desk.keep(account, session)

    async with desk.unit_of_work() as uow:
        asked = [
            await MembersAccounts(uow).signed_in_just_now(sid, now=now)
            for sid, now in [(session.sid, NOW), (session.sid, NOW + FRESH_FOR), ("no session", NOW)]
        ]

    assert [True, False, False] == asked
