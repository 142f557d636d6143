"""Passkeys: what a device has to have proved, and when a proof counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from members_service.domain.identity.account import Account
from members_service.domain.identity.passkey import (
    CEREMONY_LASTS,
    MOST_PASSKEYS,
    Ceremony,
    OwnerNotVerified,
    Passkey,
    PasskeyCopied,
    PasskeyRefused,
    Shown,
    TooManyPasskeys,
    expect_room,
)
from members_service.domain.identity.roles import Role
from tests.members.makers import NOW, a_passkey, an_account

KEY = b"a key"
SHOWN = Shown(counter=5, verified=True, backed_up=False)
A_MOMENT = timedelta(seconds=1)


def staff() -> Account:
    return an_account(roles=frozenset({Role.LIBRARIAN}))


def used(passkey: Passkey, account: Account, shown: Shown = SHOWN) -> Passkey:
    return passkey.used(account, shown, begun=NOW + A_MOMENT, now=NOW + 2 * A_MOMENT)


def test_a_sign_in_is_noted_with_what_the_device_says_of_itself() -> None:
    after = used(a_passkey(), staff())

    assert (5, False, NOW + 2 * A_MOMENT, 2) == (after.counter, after.backed_up, after.last_used_at, after.version)


def test_a_proof_counts_once() -> None:
    first = used(a_passkey(), staff())

    with pytest.raises(PasskeyRefused):
        used(first, staff(), replace(SHOWN, counter=6))


@pytest.mark.parametrize("counter", [0, 3, 4])
def test_a_counter_that_goes_back_keeps_staff_out_and_readers_in(counter: int) -> None:
    passkey, shown = a_passkey(), replace(SHOWN, counter=counter)

    assert passkey.went_back(shown)
    with pytest.raises(PasskeyCopied):
        used(passkey, staff(), shown)
    assert 4 == used(passkey, an_account(), shown).counter


def test_a_device_that_never_counts_goes_back_nowhere() -> None:
    assert not a_passkey(counter=0).went_back(replace(SHOWN, counter=0))


def test_staff_and_whoever_has_a_second_factor_prove_that_they_hold_the_device() -> None:
    unverified, careful = replace(SHOWN, verified=False), an_account()
    careful.turn_second_factor(on=True)

    for account in (staff(), careful):
        with pytest.raises(OwnerNotVerified):
            used(a_passkey(), account, unverified)
    assert not used(a_passkey(verified=False), an_account(), unverified).verified


def test_one_that_was_added_with_a_password_from_the_desk_gives_a_member_s_rights_alone() -> None:
    with pytest.raises(PasskeyRefused):
        used(a_passkey(from_desk=True), staff())
    assert 5 == used(a_passkey(from_desk=True), an_account()).counter


def test_a_disabled_account_and_one_that_signs_in_elsewhere_let_nobody_in() -> None:
    disabled, elsewhere = an_account(), an_account()
    disabled.disabled, elsewhere.signs_in_elsewhere = True, True

    for account in (disabled, elsewhere):
        with pytest.raises(PasskeyRefused):
            used(a_passkey(), account)


def test_a_challenge_is_good_in_its_browser_for_its_purpose_and_its_hour() -> None:
    mine = Ceremony.of_sign_in("my browser")
    challenge = mine.challenge(KEY, "drawn", now=NOW)

    assert NOW == mine.begun_at(challenge, KEY, now=NOW)
    assert mine.begun_at(challenge, KEY, now=NOW + CEREMONY_LASTS) is None
    assert mine.begun_at(challenge, KEY, now=NOW - A_MOMENT) is None
    assert mine.begun_at(challenge, b"another key", now=NOW) is None
    assert mine.begun_at(challenge[:-1], KEY, now=NOW) is None
    assert Ceremony.of_sign_in("another browser").begun_at(challenge, KEY, now=NOW) is None
    assert Ceremony("register", "my browser").begun_at(challenge, KEY, now=NOW) is None
    assert challenge != mine.challenge(KEY, "drawn again", now=NOW)


def test_nobody_has_passkeys_without_end() -> None:
    expect_room(MOST_PASSKEYS - 1)
    with pytest.raises(TooManyPasskeys):
        expect_room(MOST_PASSKEYS)
