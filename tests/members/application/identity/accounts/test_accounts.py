from typing import Any

import pytest

from members_service.application.identity.accounts.account_views import AccountView, OpenedAccount
from members_service.application.identity.accounts.change_account import ChangeAccount, change_account
from members_service.application.identity.accounts.create_account import CreateAccount, create_account
from members_service.domain.email import EmailTaken, InvalidEmail
from members_service.domain.identity.account import ACTIVATION_LASTS, Account, AccountNotFound, LastAdmin
from members_service.domain.identity.one_time_token import digest
from members_service.domain.identity.password import PasswordTooCommon
from members_service.domain.identity.roles import NoRole, Role
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.errors import LibraryError, OutOfDate
from shared.kernel.ids import new_id
from tests.members.fakes import FakePasswords, FakeSecrets, FakeUnitOfWork, SteppingClock
from tests.members.makers import COMMON, NOW, PASSWORD, a_member, a_session, an_account, an_admin


async def create(command: CreateAccount, uow: FakeUnitOfWork) -> OpenedAccount:
    return await create_account(
        command,
        uow=uow,
        passwords=FakePasswords(),
        rules=COMMON,
        secret_generator=FakeSecrets(),
        clock=SteppingClock(),
    )


async def change(uow: FakeUnitOfWork, account: Account, *, version: int | None = 1, **changes: Any) -> AccountView:
    command = ChangeAccount(account.id, version, **(changes or {"disabled": True}))
    return await change_account(command, uow=uow, clock=SteppingClock())


async def test_a_new_account_can_sign_in_at_once() -> None:
    uow = FakeUnitOfWork()
    member = a_member()
    uow.members.add(member)

    opened = await create(CreateAccount("Grace@x.y", PASSWORD, ["librarian", "admin"], member.id), uow)

    account = opened.account
    assert opened.activation_token is None
    assert (("admin", "librarian"), member.id, True) == (account.roles, account.member_id, account.activated)
    assert f"hash of {PASSWORD}" == uow.accounts.kept[0].password_hash


async def test_without_a_password_its_owner_chooses_one() -> None:
    uow = FakeUnitOfWork()

    opened = await create(CreateAccount("Grace@x.y", None, ["librarian"]), uow)
    [account] = uow.accounts.kept
    account.activate(digest(opened.activation_token or ""), password_hash="own", now=NOW)

    assert (False, NOW + ACTIVATION_LASTS) == (opened.account.activated, opened.activation_expires_at)
    assert ("own", False) == (account.password_hash, account.password_from_desk)
    assert [opened] == uow.answers


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (CreateAccount("ADA@library.example", PASSWORD, ["admin"]), EmailTaken),
        (CreateAccount("grace", PASSWORD, ["admin"]), InvalidEmail),
        (CreateAccount("grace@x.y", "password1234", ["admin"]), PasswordTooCommon),
        (CreateAccount("grace@x.y", PASSWORD, []), NoRole),
        (CreateAccount("grace@x.y", PASSWORD, ["member"], new_id()), MemberNotFound),
    ],
)
async def test_an_account_that_cannot_be_is_refused(command: CreateAccount, refusal: type[LibraryError]) -> None:
    uow = FakeUnitOfWork()
    uow.accounts.add(an_account(email="ada@library.example"))

    with pytest.raises(refusal):
        await create(command, uow)

    assert 0 == uow.commits


async def test_disabling_an_account_ends_its_sessions() -> None:
    uow = FakeUnitOfWork()
    account = an_account(roles=frozenset({Role.LIBRARIAN}))
    session = a_session(account_id=account.id)
    uow.accounts.add(account)
    uow.sessions.add(session)

    changed = await change(uow, account)

    assert changed.disabled
    assert session.ended_at is not None


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
    before: set[Role], after: set[Role], goes_on: bool
) -> None:
    uow = FakeUnitOfWork()
    account = an_account(roles=frozenset(before))
    session = a_session(account_id=account.id)
    sid = session.sid
    for thing in (account, an_admin("root@x.y")):
        uow.accounts.add(thing)
    uow.sessions.add(session)

    await change(uow, account, roles=sorted(after))

    assert goes_on == (session.ended_at is None)
    assert not goes_on or sid != session.sid, "the access tokens of before are void"


async def test_another_address_takes_no_tries_along_and_leaves_none_behind() -> None:
    uow = FakeUnitOfWork()
    uow.accounts.add(account := an_account())
    uow.attempts.spent[account.email.key] = 3

    await change(uow, account, email="hopper@x.y")

    assert "hopper@x.y" == account.email.address
    assert not uow.attempts.spent


async def test_who_has_seen_an_older_version_changes_nothing() -> None:
    uow = FakeUnitOfWork()
    uow.accounts.add(account := an_account())

    with pytest.raises(OutOfDate):
        await change(uow, account, version=0)

    assert (False, 0) == (account.disabled, uow.commits)


async def test_whoever_means_any_version_need_not_have_seen_one() -> None:
    uow = FakeUnitOfWork()
    uow.accounts.add(account := an_account())

    assert (await change(uow, account, version=None)).disabled


async def test_the_last_admin_cannot_be_disabled_but_one_of_two_can() -> None:
    uow = FakeUnitOfWork()
    uow.accounts.add(admin := an_admin())

    with pytest.raises(LastAdmin):
        await change(uow, admin)

    second = FakeUnitOfWork()
    second.accounts.add(admin := an_admin())
    second.accounts.add(an_admin("grace@x.y"))
    assert (await change(second, admin)).disabled


async def test_nobody_is_no_account() -> None:
    with pytest.raises(AccountNotFound):
        await change(FakeUnitOfWork(), an_account())
