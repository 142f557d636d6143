"""Each act of an account: what it keeps, and that it makes one new version."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.email import Email
from members_service.domain.identity.account import ACTIVATION_LASTS, RESET_LASTS, Account, Activation
from members_service.domain.identity.roles import SHIPPED, Role
from members_service.domain.identity.second_factor import Requirement
from members_service.domain.one_time_token import digest
from shared.kernel.ids import new_id
from tests.members.makers import ADA, NOW, an_account, an_account_to_activate, an_admin, scopes_of

BOTH = frozenset({Role.MEMBER, Role.LIBRARIAN})
OTHER = Email.parse("ada@elsewhere.example")

ACTS: list[tuple[Callable[[Account], object], str, object]] = [
    (lambda account: account.change_password("new"), "password_hash", "new"),
    (lambda account: account.keep_better_hash("better"), "password_hash", "better"),
    (lambda account: account.move(OTHER), "email", OTHER),
    (lambda account: account.belong_to(ADA), "member_id", ADA),
    (lambda account: account.turn_second_factor(on=True), "second_factor", True),
    (lambda account: account.change(roles=BOTH, disabled=None, others_administer=True), "roles", BOTH),
    (lambda account: account.change(roles=None, disabled=True, others_administer=True), "disabled", True),
]


@pytest.mark.parametrize(("act", "name", "fact"), ACTS)
def test_an_act_changes_one_thing_and_makes_one_new_version(
    act: Callable[[Account], object], name: str, fact: object
) -> None:
    account = an_account()
    account.version = 7
    before = dict(vars(account))

    act(account)

    assert before | {name: fact, "version": 8} == vars(account)


def test_a_new_account_is_enabled_and_asks_for_no_code() -> None:
    account = an_account()

    assert (frozenset({Role.MEMBER}), NOW, 1) == (account.roles, account.created_at, account.version)
    assert (False, False, False) == (account.disabled, account.second_factor, account.password_from_desk)
    assert (None, True) == (account.activation, account.is_activated)


def test_the_account_of_somebody_who_joins_is_a_members_and_waits_for_a_password() -> None:
    account = an_account_to_activate("token", from_desk=True)

    assert (ADA, frozenset({Role.MEMBER}), False) == (account.member_id, account.roles, account.is_activated)
    assert Activation(digest("token"), NOW + ACTIVATION_LASTS, from_desk=True) == account.activation
    assert timedelta(days=14) == ACTIVATION_LASTS


@pytest.mark.parametrize("from_desk", [True, False])
def test_an_activation_uses_the_token_up_and_remembers_whose_it_was(*, from_desk: bool) -> None:
    account = an_account_to_activate("token", from_desk=from_desk)
    account.version = 7

    account.activate(digest("token"), password_hash="hash", now=NOW + ACTIVATION_LASTS - timedelta(seconds=1))

    assert ("hash", from_desk, None, 8) == (
        account.password_hash, account.password_from_desk, account.activation, account.version,
    )  # fmt: skip


@pytest.mark.parametrize("from_desk", [True, False])
def test_a_reset_lasts_a_day_and_a_first_token_offered_anew_two_weeks(*, from_desk: bool) -> None:
    known, never = an_account(), an_account_to_activate("token", from_desk=not from_desk)
    known.version = never.version = 7
    later = NOW + timedelta(days=1)

    offered = [account.offer_reset(digest("new"), from_desk=from_desk, now=later) for account in (known, never)]

    assert [Activation(digest("new"), later + lasts, from_desk) for lasts in (RESET_LASTS, ACTIVATION_LASTS)] == offered
    assert ([known.activation, never.activation], 8, 8) == (offered, known.version, never.version)


def test_a_reset_of_a_disabled_account_takes_the_password_and_where_it_came_from() -> None:
    account = an_account_to_activate("token", from_desk=True)
    account.activate(digest("token"), password_hash="hash", now=NOW)
    account.change(roles=None, disabled=True, others_administer=True)

    account.offer_reset(digest("new"), from_desk=False, now=NOW)

    assert (None, False) == (account.password_hash, account.password_from_desk)


def test_rights_that_grow_take_a_password_from_the_desk_and_where_it_came_from() -> None:
    account = an_account_to_activate("token", from_desk=True)
    account.activate(digest("token"), password_hash="hash", now=NOW)

    account.change(roles=BOTH, disabled=None, others_administer=True)

    assert (None, False) == (account.password_hash, account.password_from_desk)


def test_a_disabled_account_may_nothing_and_gains_everything_when_it_is_enabled() -> None:
    account = an_account(roles=BOTH)

    assert frozenset() == account.change(roles=None, disabled=True, others_administer=True)
    assert frozenset() == account.scopes(NOW)
    assert SHIPPED[Role.LIBRARIAN].rights | {"self"} == account.change(
        roles=None, disabled=False, others_administer=True
    )
    assert scopes_of(BOTH) == account.scopes(NOW)


def test_an_admin_administers_until_the_account_is_disabled() -> None:
    admin = an_admin()
    assert (True, False) == (admin.administers, an_account(roles=BOTH).administers)

    admin.change(roles=None, disabled=True, others_administer=True)

    assert not admin.administers


@pytest.mark.parametrize(
    ("disabled", "second_factor", "requirement", "goes_on"),
    [
        (False, False, Requirement.NONE, True),
        (False, False, Requirement.STAFF, False),
        (False, True, Requirement.STAFF, True),
        (True, False, Requirement.NONE, False),
        (True, True, Requirement.STAFF, False),
    ],
)
def test_whoever_signed_in_goes_on_while_the_account_is_enabled_and_has_the_factor_that_is_asked_for(
    *, disabled: bool, second_factor: bool, requirement: Requirement, goes_on: bool
) -> None:
    account = an_account(roles=BOTH, member_id=new_id())
    account.disabled, account.second_factor = disabled, second_factor

    assert goes_on is account.may_go_on(requirement)


def test_an_account_is_found_by_its_id_and_signs_in_with_its_address() -> None:
    account = Account.for_member(id=ADA, email=OTHER, member_id=ADA, activation=None, now=NOW)

    assert (ADA, OTHER, NOW, None) == (account.id, account.email, account.created_at, account.activation)


def test_a_password_recovered_by_mail_ends_a_pending_activation_and_counts_as_one_from_the_desk() -> None:
    account = an_account_to_activate("token", from_desk=False)

    account.recover("new")

    assert ("new", True, None, 2) == (
        account.password_hash, account.password_from_desk, account.activation, account.version,
    )  # fmt: skip


def test_what_is_done_to_an_account_is_on_record_with_it_and_its_member() -> None:
    account = an_account(member_id=ADA)

    assert AuditRecord(
        AuditAction.ACCOUNT_DISABLED, NOW, by="admin", account_id=account.id, member_id=ADA, facts={"why": "left"}
    ) == account.record(AuditAction.ACCOUNT_DISABLED, NOW, by="admin", facts={"why": "left"})
