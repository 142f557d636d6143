from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from members_service.application.identity.accounts.account_views import ResetOffered
from members_service.application.identity.accounts.activate_account import ActivateAccount, activate_account
from members_service.application.identity.accounts.offer_reset import offer_reset, offer_reset_to_member
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import Account, AccountNotFound, ActivationTokenInvalid, ResetNeedsAdmin
from members_service.domain.identity.attempts import SignInSource
from members_service.domain.identity.roles import Role
from members_service.domain.membership.member import Member
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.ids import new_id
from tests.members.fakes import FakeAccountViews, FakePasswords, FakeSecrets, FakeUnitOfWork, SteppingClock
from tests.members.makers import COMMON, NOW, PASSWORD, a_member, a_session, an_account

NEW = "eight-loud-badgers-sing"


@dataclass
class Desk:
    """A desk with one member, who has an account."""

    roles: frozenset[Role] = frozenset({Role.MEMBER})
    uow: FakeUnitOfWork = field(default_factory=FakeUnitOfWork)
    secret_generator: FakeSecrets = field(default_factory=FakeSecrets)

    def __post_init__(self) -> None:
        self.ada: Member = a_member()
        self.account: Account = an_account(member_id=self.ada.id, roles=self.roles)
        self.uow.members.add(self.ada)
        self.uow.accounts.add(self.account)

    async def reset(self) -> ResetOffered:
        return await offer_reset_to_member(
            self.ada.id,
            by="grace",
            by_admin=False,
            uow=self.uow,
            secret_generator=self.secret_generator,
            clock=SteppingClock(),
        )

    async def use(self, token: str, *, now: datetime = NOW) -> None:
        await activate_account(
            ActivateAccount(token, NEW, "192.0.2.1", "a phone"),
            uow=self.uow,
            accounts=FakeAccountViews(self.uow.accounts),
            throttle=self.uow.attempts,
            passwords=FakePasswords(),
            rules=COMMON,
            clock=SteppingClock(now),
        )


async def test_a_member_chooses_a_new_password_with_the_token_from_the_desk() -> None:
    desk = Desk()
    desk.uow.sessions.add(session := a_session(account_id=desk.account.id))

    offered = await desk.reset()
    assert f"hash of {PASSWORD}" == desk.account.password_hash, "until then the present one goes on working"
    await desk.use(offered.activation_token)

    assert f"hash of {NEW}" == desk.account.password_hash
    assert session.ended_at is not None
    assert [AuditAction.PASSWORD_RESET_OFFERED, AuditAction.ACCOUNT_ACTIVATED] == [
        one.action for one in desk.uow.audit.records
    ]
    assert "grace" == desk.uow.audit.records[0].by


async def test_who_chose_a_password_is_known_from_then_on() -> None:
    desk = Desk()

    await desk.use((await desk.reset()).activation_token)

    assert [SignInSource.at("192.0.2.1", name="ada@library.example", device="a phone")] == desk.uow.attempts.welcomed


async def test_a_token_works_once_for_a_day_and_until_there_is_another() -> None:
    desk = Desk()
    first, second = await desk.reset(), await desk.reset()

    with pytest.raises(ActivationTokenInvalid):
        await desk.use(first.activation_token)
    with pytest.raises(ActivationTokenInvalid):
        await desk.use(second.activation_token, now=NOW + timedelta(days=1))
    await desk.use(second.activation_token, now=NOW + timedelta(hours=23))
    with pytest.raises(ActivationTokenInvalid):
        await desk.use(second.activation_token)


async def test_who_lost_the_first_token_gets_another_that_lasts_as_long() -> None:
    desk = Desk()
    desk.account.password_hash = None

    offered = await desk.reset()

    assert NOW + timedelta(days=14) == offered.activation_expires_at


@pytest.mark.parametrize("more", [Role.LIBRARIAN, Role.ADMIN])
async def test_the_desk_gets_no_more_rights_by_a_reset(more: Role) -> None:
    desk = Desk(roles=frozenset({Role.MEMBER, more}))

    with pytest.raises(ResetNeedsAdmin):
        await desk.reset()

    offered = await offer_reset(
        desk.account.id, by="root", uow=desk.uow, secret_generator=desk.secret_generator, clock=SteppingClock()
    )
    await desk.use(offered.activation_token)
    assert f"hash of {NEW}" == desk.account.password_hash


async def test_an_account_that_only_belongs_to_the_member_is_not_reset_instead() -> None:
    desk = Desk()
    desk.account.email = an_account(email="another@library.example").email

    with pytest.raises(AccountNotFound):
        await desk.reset()


async def test_nobody_has_no_password() -> None:
    desk = Desk()

    with pytest.raises(MemberNotFound):
        await offer_reset_to_member(
            new_id(),
            by="x",
            by_admin=False,
            uow=desk.uow,
            secret_generator=desk.secret_generator,
            clock=SteppingClock(),
        )
    with pytest.raises(AccountNotFound):
        await offer_reset(new_id(), by="x", uow=desk.uow, secret_generator=desk.secret_generator, clock=SteppingClock())
