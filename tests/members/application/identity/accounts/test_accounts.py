from typing import Any

import pytest

from members_service.application.identity.accounts.account_views import AccountView, OpenedAccount
from members_service.application.identity.accounts.activate_account import ChosenPassword
from members_service.application.identity.accounts.change_account import AccountChange
from members_service.application.identity.accounts.create_account import NewAccount
from members_service.domain.email import EmailTaken, InvalidEmail
from members_service.domain.identity.account import (
    ACTIVATION_LASTS,
    Account,
    AccountNotFound,
    ActivationTokenInvalid,
    LastAdmin,
)
from members_service.domain.identity.password import PasswordTooCommon
from members_service.domain.identity.roles import NoRole, Role
from members_service.domain.one_time_token import digest
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.errors import LibraryError, OutOfDate
from shared.kernel.ids import new_id
from tests.members.desk import TRIES, Desk
from tests.members.makers import NOW, PASSWORD, a_member, a_session, an_account, an_admin


async def create(command: NewAccount, desk: Desk) -> OpenedAccount:
    return await desk.identity.accounts.create_account(command)


async def change(desk: Desk, account: Account, *, version: int | None = 1, **changes: Any) -> AccountView:
    command = AccountChange(account.id, version, **(changes or {"disabled": True}))
    return await desk.identity.accounts.change_account(command)


async def test_a_new_account_can_sign_in_at_once(empty_desk: Desk) -> None:
    member = a_member()
    await empty_desk.keep(member)

    opened = await create(NewAccount("Grace@x.y", PASSWORD, ["librarian", "admin"], member.id), empty_desk)

    account = opened.account
    assert opened.activation_token is None
    assert (("admin", "librarian"), member.id, True) == (account.roles, account.member_id, account.activated)
    assert (await empty_desk.sign_in("grace@x.y")).access_token


async def test_without_a_password_its_owner_chooses_one(empty_desk: Desk) -> None:
    opened = await create(NewAccount("Grace@x.y", None, ["librarian"]), empty_desk)

    async with empty_desk.changing(opened.account.account_id) as account:
        account.activate(digest(opened.activation_token or ""), password_hash="own", now=NOW)

    assert (False, NOW + ACTIVATION_LASTS) == (opened.account.activated, opened.activation_expires_at)
    assert ("own", False) == (account.password_hash, account.password_from_desk)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (NewAccount("ADA@library.example", PASSWORD, ["admin"]), EmailTaken),
        (NewAccount("grace", PASSWORD, ["admin"]), InvalidEmail),
        (NewAccount("grace@x.y", "password1234", ["admin"]), PasswordTooCommon),
        (NewAccount("grace@x.y", PASSWORD, []), NoRole),
        (NewAccount("grace@x.y", PASSWORD, ["member"], new_id()), MemberNotFound),
    ],
)
async def test_an_account_that_cannot_be_is_refused(
    command: NewAccount, refusal: type[LibraryError], desk: Desk
) -> None:
    with pytest.raises(refusal):
        await create(command, desk)

    assert [] == await desk.audited()


async def test_disabling_an_account_ends_its_sessions(desk: Desk) -> None:
    await desk.sign_in()

    changed = await change(desk, await desk.account())

    assert changed.disabled
    assert [desk.clock.now()] == [session.ended_at for session in await desk.sessions()]


@pytest.mark.parametrize(
    ("before", "after", "goes_on"),
    [
        ({Role.MEMBER}, {Role.MEMBER, Role.ADMIN}, False),
        ({Role.LIBRARIAN}, {Role.LIBRARIAN, Role.MEMBER}, False),
        ({Role.LIBRARIAN}, {Role.MEMBER}, False),
        ({Role.ADMIN}, {Role.LIBRARIAN}, True),
        ({Role.ADMIN}, {Role.ADMIN, Role.LIBRARIAN}, True),
    ],
)
async def test_a_session_never_gets_rights_that_it_did_not_begin_with(
    before: set[Role], after: set[Role], goes_on: bool, empty_desk: Desk
) -> None:
    account = an_account(roles=frozenset(before))
    session = a_session(account_id=account.id)
    sid = session.sid
    await empty_desk.keep(account, an_admin("root@x.y"), session)

    await change(empty_desk, account, roles=sorted(after))

    [now] = await empty_desk.sessions()
    assert goes_on == (now.ended_at is None)
    assert not goes_on or sid != now.sid, "the access tokens of before are void"


async def test_another_address_takes_no_tries_along_and_leaves_none_behind(empty_desk: Desk) -> None:
    account = an_account()
    await empty_desk.keep(account)
    for _ in range(TRIES):
        with pytest.raises(LibraryError):
            await empty_desk.sign_in(account.email.address, "wrong")

    await change(empty_desk, account, email="hopper@x.y")

    assert "hopper@x.y" == (await empty_desk.account(account.id)).email.address
    await change(empty_desk, account, version=None, email="ada@library.example")
    assert (await empty_desk.sign_in("ada@library.example")).access_token


async def test_who_has_seen_an_older_version_changes_nothing(desk: Desk) -> None:
    with pytest.raises(OutOfDate):
        await change(desk, await desk.account(), version=0)

    assert not (await desk.account()).disabled


async def test_whoever_means_any_version_need_not_have_seen_one(desk: Desk) -> None:
    assert (await change(desk, await desk.account(), version=None)).disabled


async def test_the_last_admin_cannot_be_disabled_but_one_of_two_can(empty_desk: Desk) -> None:
    admin = an_admin()
    await empty_desk.keep(admin)

    with pytest.raises(LastAdmin):
        await change(empty_desk, admin)

    await empty_desk.keep(an_admin("grace@x.y"))
    assert (await change(empty_desk, admin)).disabled


async def test_an_admin_who_has_chosen_no_password_yet_cannot_take_over(empty_desk: Desk) -> None:
    admin, invited = an_admin(), an_admin("grace@x.y")
    invited.password_hash = None
    await empty_desk.keep(admin, invited)

    with pytest.raises(LastAdmin):
        await change(empty_desk, admin)
    assert (await change(empty_desk, invited)).disabled


async def test_nobody_is_no_account(empty_desk: Desk) -> None:
    with pytest.raises(AccountNotFound):
        await change(empty_desk, an_account())


async def test_the_holder_of_the_token_chooses_the_password_once(empty_desk: Desk) -> None:
    opened = await create(NewAccount("Grace@x.y", None, ["librarian"]), empty_desk)
    chosen = ChosenPassword(opened.activation_token or "", PASSWORD)

    account = await empty_desk.identity.accounts.activate_account(chosen)

    assert account.activated
    assert (await empty_desk.sign_in("grace@x.y")).access_token
    with pytest.raises(ActivationTokenInvalid):
        await empty_desk.identity.accounts.activate_account(chosen)


async def test_the_token_does_not_work_when_it_is_too_old(empty_desk: Desk) -> None:
    opened = await create(NewAccount("Grace@x.y", None, ["librarian"]), empty_desk)
    empty_desk.clock.pass_by(ACTIVATION_LASTS)

    with pytest.raises(ActivationTokenInvalid):
        await empty_desk.identity.accounts.activate_account(ChosenPassword(opened.activation_token or "", PASSWORD))


async def test_a_refused_password_leaves_the_token_as_it_is(empty_desk: Desk) -> None:
    opened = await create(NewAccount("Grace@x.y", None, ["librarian"]), empty_desk)
    token, activate_account = opened.activation_token or "", empty_desk.identity.accounts.activate_account

    with pytest.raises(PasswordTooCommon):
        await activate_account(ChosenPassword(token, "password1234"))

    assert (await activate_account(ChosenPassword(token, PASSWORD))).activated
