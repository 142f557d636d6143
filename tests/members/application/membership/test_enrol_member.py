from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from members_service.application.identity.accounts.account_views import AccountView
from members_service.application.identity.accounts.activate_account import ActivateAccount, ChosenPassword
from members_service.application.membership.enrol_member import EnrolMember, enrol_member
from members_service.application.membership.views import EnrolledMember
from members_service.domain.email import EmailTaken
from members_service.domain.identity.account import ActivationTokenInvalid
from members_service.domain.identity.one_time_token import digest
from members_service.domain.identity.password import PasswordTooCommon
from members_service.domain.identity.roles import Role
from members_service.domain.membership.card import CardNumberTaken
from shared.kernel.errors import Refusals
from tests.members.fakes import FakeAccountViews, FakePasswords, FakeSecrets, FakeUnitOfWork, SteppingClock
from tests.members.makers import (
    CATEGORIES,
    COMMON,
    NOW,
    PASSWORD,
    UTC_ZONE,
    YESTERDAY,
    a_member,
    an_account,
    an_enrolment,
)


async def enrol(
    command: EnrolMember,
    uow: FakeUnitOfWork,
    *,
    secret_generator: FakeSecrets | None = None,
    zone: ZoneInfo = UTC_ZONE,
) -> EnrolledMember:
    return await enrol_member(
        command,
        uow=uow,
        secret_generator=secret_generator or FakeSecrets(),
        categories=CATEGORIES,
        clock=SteppingClock(),
        zone=zone,
    )


async def activate(token: str, uow: FakeUnitOfWork, *, password: str = PASSWORD, now: datetime = NOW) -> AccountView:
    activate_account = ActivateAccount(
        lambda receipt=None: uow,
        FakeAccountViews(uow.accounts),
        uow.attempts,
        FakePasswords(),
        COMMON,
        SteppingClock(now),
    )
    return await activate_account(ChosenPassword(token, password))


async def test_who_joins_is_a_member_with_an_account_that_waits_for_a_password() -> None:
    uow = FakeUnitOfWork()

    enrolled = await enrol(an_enrolment(), uow)

    [member], [account] = uow.members.kept, uow.accounts.kept
    assert (enrolled.member.member_id, frozenset({Role.MEMBER})) == (member.id, account.roles)
    assert (member.id, False) == (account.member_id, account.is_activated)
    assert [enrolled] == uow.answers
    assert 1 == len(uow.events)


async def test_only_the_digest_of_the_activation_token_is_kept() -> None:
    uow = FakeUnitOfWork()

    enrolled = await enrol(an_enrolment(), uow)

    activation = uow.accounts.kept[0].activation
    assert activation is not None
    assert digest(enrolled.activation_token) == activation.digest


async def test_a_membership_lasts_a_year_from_the_day_that_the_library_writes() -> None:
    enrolled = await enrol(an_enrolment(), FakeUnitOfWork(), zone=ZoneInfo("Pacific/Kiritimati"))

    assert date(2027, 3, 3) == enrolled.member.expires_on


async def test_an_old_membership_is_taken_over_as_it_is() -> None:
    enrolled = await enrol(an_enrolment(expires_on=YESTERDAY), FakeUnitOfWork())

    assert (YESTERDAY, "expired") == (enrolled.member.expires_on, enrolled.member.status)


async def test_a_drawn_card_number_that_somebody_has_is_drawn_again() -> None:
    uow = FakeUnitOfWork()
    await enrol(an_enrolment(), uow, secret_generator=FakeSecrets("000000000001"))

    second = await enrol(
        an_enrolment(email="kim@x.y"), uow, secret_generator=FakeSecrets("000000000001", "000000000002")
    )

    assert second.member.card_number.startswith("2000000000002")


async def test_a_taken_card_and_a_taken_address_are_both_told() -> None:
    uow = FakeUnitOfWork()
    uow.members.add(a_member(card="ABC", email="ada@library.example"))

    with pytest.raises(Refusals) as refused:
        await enrol(an_enrolment(email="ADA@library.example", card_number="abc"), uow)

    assert [CardNumberTaken, EmailTaken] == [type(one) for one in refused.value.refusals]
    assert 0 == uow.commits


async def test_an_address_that_already_signs_in_is_taken() -> None:
    uow = FakeUnitOfWork()
    uow.accounts.add(an_account(email="ada@library.example"))

    with pytest.raises(EmailTaken):
        await enrol(an_enrolment(email="Ada@Library.Example"), uow)


async def test_the_holder_of_the_token_chooses_the_password() -> None:
    uow = FakeUnitOfWork()
    enrolled = await enrol(an_enrolment(), uow)

    account = await activate(enrolled.activation_token, uow)

    assert (True, enrolled.member.member_id) == (account.activated, account.member_id)
    assert f"hash of {PASSWORD}" == uow.accounts.kept[0].password_hash


async def test_the_token_does_not_work_twice() -> None:
    uow = FakeUnitOfWork()
    enrolled = await enrol(an_enrolment(), uow)
    await activate(enrolled.activation_token, uow)

    with pytest.raises(ActivationTokenInvalid):
        await activate(enrolled.activation_token, uow)


async def test_the_token_does_not_work_when_it_is_too_old() -> None:
    uow = FakeUnitOfWork()
    enrolled = await enrol(an_enrolment(), uow)

    with pytest.raises(ActivationTokenInvalid):
        await activate(enrolled.activation_token, uow, now=enrolled.activation_expires_at)


async def test_a_refused_password_leaves_the_token_as_it_is() -> None:
    uow = FakeUnitOfWork()
    enrolled = await enrol(an_enrolment(), uow)

    with pytest.raises(PasswordTooCommon):
        await activate(enrolled.activation_token, uow, password="password1234")

    assert (await activate(enrolled.activation_token, uow)).activated
