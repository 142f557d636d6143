from datetime import timedelta

import pytest

from members_service.domain.identity.account import ACTIVATION_LASTS, RESET_LASTS, ActivationTokenInvalid, LastAdmin
from members_service.domain.identity.attempts import SignInSource
from members_service.domain.identity.client import (
    DESK,
    Client,
    GrantNotForClient,
    ServiceClient,
    UnknownClient,
    scopes_through,
)
from members_service.domain.identity.identity_provider import BreakGlass, SignsInByProvider
from members_service.domain.identity.roles import ALL_SCOPES, SCOPES_OF_PEOPLE, SHIPPED, NoRole, Role
from members_service.domain.identity.session import ScopeNotGranted, granted
from members_service.domain.networks import network_of
from members_service.domain.one_time_token import digest
from tests.members.makers import NOW, an_account, an_account_to_activate, an_admin, scopes_of


def test_no_role_may_do_what_only_services_do() -> None:
    of_services = {
        "books:lending",
        "members:standing",
        "members:verify",
        "members:recover",
        "loans:offline",
        "fines:pay",
        "loans:facts",
    }

    assert not of_services & scopes_of(Role)
    assert set(ALL_SCOPES) == of_services | SCOPES_OF_PEOPLE


def test_the_activation_token_works_once() -> None:
    account = an_account_to_activate("token")

    account.activate(digest("token"), password_hash="hash", now=NOW)

    assert account.is_activated
    with pytest.raises(ActivationTokenInvalid):
        account.activate(digest("token"), password_hash="another", now=NOW)


@pytest.mark.parametrize(("token", "later"), [("another", timedelta()), ("token", ACTIVATION_LASTS)])
def test_neither_a_wrong_nor_an_old_token_activates(token: str, later: timedelta) -> None:
    account = an_account_to_activate("token")

    with pytest.raises(ActivationTokenInvalid):
        account.activate(digest(token), password_hash="hash", now=NOW + later)

    assert not account.is_activated


def test_a_changed_password_ends_a_pending_activation() -> None:
    account = an_account_to_activate("token")

    account.change_password("hash")

    with pytest.raises(ActivationTokenInvalid):
        account.activate(digest("token"), password_hash="another", now=NOW)


MORE = frozenset({Role.MEMBER, Role.LIBRARIAN})


@pytest.mark.parametrize("from_desk", [True, False])
@pytest.mark.parametrize("roles", [MORE, frozenset({Role.ADMIN}), frozenset({Role.LIBRARIAN})])
def test_a_token_made_before_the_rights_grew_is_void_whoever_made_it(
    roles: frozenset[Role], *, from_desk: bool
) -> None:
    account = an_account_to_activate("token", from_desk=from_desk)

    account.change(roles=roles, disabled=None, others_administer=True)

    with pytest.raises(ActivationTokenInvalid):
        account.activate(digest("token"), password_hash="hash", now=NOW)


def test_a_token_made_before_an_account_was_disabled_is_void_once_it_is_enabled() -> None:
    account = an_account_to_activate("token")

    for disabled in (True, False):
        account.change(roles=None, disabled=disabled, others_administer=True)

    with pytest.raises(ActivationTokenInvalid):
        account.activate(digest("token"), password_hash="hash", now=NOW)


def test_a_token_outlives_rights_that_shrink() -> None:
    account = an_account(roles=MORE)
    account.offer_reset(digest("token"), from_desk=False, now=NOW)

    gained = account.change(roles=frozenset({Role.MEMBER}), disabled=None, others_administer=True)
    account.activate(digest("token"), password_hash="new hash", now=NOW)

    assert (frozenset(), "new hash") == (gained, account.password_hash)


@pytest.mark.parametrize(("from_desk", "left"), [(True, None), (False, "hash")])
def test_a_password_chosen_with_a_token_from_the_desk_is_good_for_a_members_rights_only(
    from_desk: bool, left: str | None
) -> None:
    account = an_account_to_activate("token", from_desk=from_desk)
    account.activate(digest("token"), password_hash="hash", now=NOW)

    gained = account.change(roles=MORE, disabled=None, others_administer=True)

    assert SHIPPED[Role.LIBRARIAN].rights == gained
    assert left == account.password_hash


def test_a_password_from_the_desk_stays_one_when_it_is_changed_by_whoever_knows_it() -> None:
    account = an_account_to_activate("token", from_desk=True)
    account.activate(digest("token"), password_hash="hash", now=NOW)
    account.change_password("another")

    account.change(roles=MORE, disabled=None, others_administer=True)

    assert not account.is_activated


def test_a_token_of_an_admin_makes_the_password_good_again() -> None:
    account = an_account_to_activate("token", from_desk=True)
    account.activate(digest("token"), password_hash="hash", now=NOW)
    account.change(roles=MORE, disabled=None, others_administer=True)

    account.offer_reset(digest("new token"), from_desk=False, now=NOW)
    account.activate(digest("new token"), password_hash="own", now=NOW)
    account.change(roles=MORE | {Role.ADMIN}, disabled=None, others_administer=True)

    assert "own" == account.password_hash


@pytest.mark.parametrize("from_desk", [True, False])
def test_a_password_that_was_reset_while_its_account_was_disabled_does_not_come_back_with_it(from_desk: bool) -> None:
    account = an_account_to_activate("token", from_desk=False)
    account.activate(digest("token"), password_hash="known to others", now=NOW)
    account.change(roles=None, disabled=True, others_administer=True)

    offered = account.offer_reset(digest("new token"), from_desk=from_desk, now=NOW)
    account.change(roles=None, disabled=False, others_administer=True)

    assert NOW + RESET_LASTS == offered.expires_at
    assert not account.is_activated
    with pytest.raises(ActivationTokenInvalid):
        account.activate(digest("new token"), password_hash="of whoever kept the token", now=NOW)


def test_a_reset_that_was_not_wanted_locks_nobody_out() -> None:
    account = an_account_to_activate("token", from_desk=False)
    account.activate(digest("token"), password_hash="hash", now=NOW)

    account.offer_reset(digest("new token"), from_desk=False, now=NOW)

    assert "hash" == account.password_hash


def test_a_member_who_is_disabled_and_enabled_keeps_the_password_from_the_desk() -> None:
    account = an_account_to_activate("token", from_desk=True)
    account.activate(digest("token"), password_hash="hash", now=NOW)

    for disabled in (True, False):
        account.change(roles=None, disabled=disabled, others_administer=True)

    assert "hash" == account.password_hash


@pytest.mark.parametrize(("roles", "disabled"), [(frozenset({Role.LIBRARIAN}), None), (None, True)])
def test_the_last_admin_stays_admin(roles: frozenset[Role] | None, *, disabled: bool | None) -> None:
    with pytest.raises(LastAdmin):
        an_admin().change(roles=roles, disabled=disabled, others_administer=False)


def test_one_admin_of_several_may_go() -> None:
    admin = an_admin()

    admin.change(roles=None, disabled=True, others_administer=True)

    assert (True, False, 2) == (admin.disabled, admin.administers, admin.version)


def test_who_never_administered_may_be_disabled_when_nobody_administers() -> None:
    account = an_account()

    account.change(roles=None, disabled=True, others_administer=False)

    assert account.disabled


def test_a_change_that_changes_nothing_is_no_new_version() -> None:
    account = an_admin()

    account.change(roles=frozenset({Role.ADMIN}), disabled=False, others_administer=False)

    assert 1 == account.version


def test_an_account_without_a_role_is_refused() -> None:
    with pytest.raises(NoRole):
        an_account(roles=frozenset())
    with pytest.raises(NoRole):
        an_admin().change(roles=frozenset(), disabled=None, others_administer=True)


def test_a_wish_for_less_is_granted_and_one_for_more_is_cut() -> None:
    may = frozenset({"self", "loans:read"})

    assert may == granted(may, None)
    assert {"self"} == granted(may, frozenset({"self", "admin"}), None)
    with pytest.raises(ScopeNotGranted):
        granted(may, frozenset({"admin"}))


def test_only_a_registered_client_signs_in_for_itself() -> None:
    loans = ServiceClient("loans", digest("secret"), frozenset({"members:standing"}))

    assert loans == Client("loans", loans).for_itself()
    with pytest.raises(GrantNotForClient):
        Client("loans", loans).for_people()
    with pytest.raises(GrantNotForClient):
        Client("swagger").for_itself()
    with pytest.raises(UnknownClient):
        Client("library").for_itself()


def test_neighbours_in_a_network_count_as_one() -> None:
    assert network_of("192.0.2.1") == network_of("192.0.2.254") != network_of("192.0.3.1")
    assert network_of("2001:db8::1") == network_of("2001:db8:0:ff::1") != network_of("2001:db8:1::1")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1")
    assert network_of(None) == network_of("not an address")


def test_the_counts_of_one_account_and_of_one_network_lie_apart() -> None:
    source = SignInSource.at("192.0.2.1", name="ada@library.example")
    elsewhere = SignInSource.at("198.51.100.1", name="ada@library.example")

    assert source.account_bucket.key == elsewhere.account_bucket.key
    assert source.owner_bucket.key != elsewhere.owner_bucket.key
    assert 3 == len({source.account_bucket.key, source.owner_bucket.key, source.network_bucket.key})


def test_who_signs_in_elsewhere_has_no_password_here_until_that_ends() -> None:
    account = an_account()
    version = account.version

    account.sign_in_elsewhere(others_administer=False)
    assert (True, None, None, False, version + 1) == (
        account.signs_in_elsewhere, account.activation, account.password_hash, account.password_from_desk,
        account.version,
    )  # fmt: skip
    with pytest.raises(SignsInByProvider):
        account.expect_password()

    account.sign_in_here()
    assert (False, version + 2) == (account.signs_in_elsewhere, account.version)
    account.expect_password()


def test_the_last_who_administers_keeps_the_password_here() -> None:
    admin = an_admin()

    with pytest.raises(BreakGlass):
        admin.sign_in_elsewhere(others_administer=False)
    assert not admin.signs_in_elsewhere

    admin.sign_in_elsewhere(others_administer=True)
    assert admin.signs_in_elsewhere


def test_a_passkey_that_is_a_second_factor_is_noted_once() -> None:
    account = an_account()
    version = account.version

    for verified, versions in ((True, 1), (True, 1), (False, 2), (False, 2)):
        account.keep_passkeys(verified=verified)
        assert (verified, version + versions) == (account.has_passkey, account.version)


def test_a_role_that_means_more_now_gains_its_rights_for_whoever_has_it() -> None:
    account = an_account(roles=frozenset({Role.DESK}))

    gained = account.redefine({**SHIPPED, Role.DESK: SHIPPED[Role.LIBRARIAN]})

    assert SHIPPED[Role.LIBRARIAN].rights - SHIPPED[Role.DESK].rights == gained
    assert frozenset() == account.redefine(SHIPPED), "less is no gain"


@pytest.mark.parametrize(
    ("client", "scopes", "adds"),
    [(DESK, {"loans:write"}, {"loans:offline"}), (DESK, {"loans:read"}, set()), ("swagger", {"loans:write"}, set())],
)
def test_who_lends_may_say_at_the_librarys_own_desk_page_alone_what_was_done_without_a_line(
    client: str, scopes: set[str], adds: set[str]
) -> None:
    assert scopes | adds == scopes_through(client, frozenset(scopes))
