from datetime import timedelta

import pytest

from members_service.application.identity.accounts.members_accounts import MembersAccounts
from members_service.domain.audit import AuditAction
from members_service.domain.email import Email
from members_service.domain.identity.one_time_token import digest
from members_service.domain.identity.roles import Role
from members_service.domain.owner_check import FRESH_FOR
from tests.members.fakes import FakeUnitOfWork
from tests.members.makers import ADA, NOW, a_session, an_account

OLD, NEW = Email.parse("ada@library.example"), Email.parse("countess@library.example")


@pytest.fixture
def uow() -> FakeUnitOfWork:
    return FakeUnitOfWork()


@pytest.fixture
def accounts(uow: FakeUnitOfWork) -> MembersAccounts:
    return MembersAccounts(uow)


def test_somebody_who_joins_gets_an_account_to_be_activated(uow: FakeUnitOfWork, accounts: MembersAccounts) -> None:
    until = accounts.open_for(ADA, OLD, token="secret", from_desk=True, by="desk", now=NOW)

    [account] = uow.accounts.kept
    assert (ADA, OLD, frozenset({Role.MEMBER}), False) == (
        account.member_id,
        account.email,
        account.roles,
        account.is_activated,
    )
    assert account.activation
    assert (digest("secret"), NOW + timedelta(days=14)) == (account.activation.digest, until)
    assert [(AuditAction.ACCOUNT_OPENED, "desk", account.id, ADA)] == [
        (record.action, record.by, record.account_id, record.member_id) for record in uow.audit.records
    ]


async def test_only_the_accounts_with_the_member_s_address_move(uow: FakeUnitOfWork, accounts: MembersAccounts) -> None:
    theirs, other_address, other_member = (
        an_account(member_id=ADA),
        an_account(member_id=ADA, email="work@library.example"),
        an_account(),
    )
    for account in (theirs, other_address, other_member):
        uow.accounts.add(account)
    uow.attempts.spent[OLD.key] = 4

    await accounts.move(ADA, old=OLD, new=NEW, by="desk", now=NOW)

    assert [NEW.address, "work@library.example", OLD.address] == [one.email.address for one in uow.accounts.kept]
    assert [(AuditAction.EMAIL_CHANGED, theirs.id)] == [(one.action, one.account_id) for one in uow.audit.records]
    assert {} == uow.attempts.spent


async def test_a_colleague_s_account_may_do_more_than_a_member_s(
    uow: FakeUnitOfWork, accounts: MembersAccounts
) -> None:
    uow.accounts.add(an_account(member_id=ADA))
    before = await accounts.do_more(ADA, OLD)
    uow.accounts.add(an_account(member_id=ADA, roles=frozenset({Role.MEMBER, Role.LIBRARIAN})))

    assert (False, True, False) == (before, await accounts.do_more(ADA, OLD), await accounts.do_more(ADA, NEW))


async def test_a_sign_in_is_of_just_now_for_five_minutes(uow: FakeUnitOfWork, accounts: MembersAccounts) -> None:
    session = a_session()
    uow.sessions.add(session)

    asked = [
        await accounts.signed_in_just_now(sid, now=now)
        for sid, now in [(session.sid, NOW), (session.sid, NOW + FRESH_FOR), ("no session", NOW)]
    ]

    assert [True, False, False] == asked
