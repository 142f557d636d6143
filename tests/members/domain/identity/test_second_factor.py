import re
from datetime import timedelta

import pytest

from members_service.domain.identity.roles import Role, RoleDefinition
from members_service.domain.identity.second_factor import (
    MOST_WRONG_CODES,
    OFFER_LASTS,
    Code,
    Requirement,
    SecondFactor,
    recovery_code,
)
from shared.kernel.ids import new_id
from tests.members.makers import NOW, an_account


def a_factor() -> SecondFactor:
    return SecondFactor(account_id=new_id(), secret="the secret", now=NOW)


def test_the_code_of_a_time_step_is_taken_once_and_none_before_it_afterwards() -> None:
    factor = a_factor()

    assert [True, False, False, True] == [factor.takes_step(step) for step in (7, 7, 6, 8)]
    assert not factor.takes_step(None)


def test_a_recovery_code_is_taken_once_however_it_is_typed() -> None:
    factor = a_factor()
    first, second = recovery_code("one"), recovery_code("two")
    factor.keep_recovery_codes([first, second])

    assert factor.takes_recovery_code(f" {first.upper().replace('-', ' ')} ")
    assert not factor.takes_recovery_code(first)
    assert factor.takes_recovery_code(second.replace("-", ""))
    assert frozenset() == factor.recovery_digests


def test_who_has_just_set_it_up_goes_on_once_and_not_after_anything_else() -> None:
    factor, other = a_factor(), a_factor()
    before = factor.state

    assert [True, False] == [factor.goes_on_from(before) for _ in range(2)]
    other.takes_step(7)
    assert not other.goes_on_from(before)


def test_no_recovery_code_is_kept_readable() -> None:
    factor = a_factor()
    code = recovery_code("one")

    factor.keep_recovery_codes([code])

    assert code.replace("-", "") not in repr(vars(factor)).replace("-", "")


def test_a_recovery_code_has_more_than_112_random_bits() -> None:
    bits = len(recovery_code("any").replace("-", "")) * 5

    assert 120 == bits
    assert recovery_code("any") != recovery_code("other")


def test_after_too_many_wrong_codes_in_a_row_only_a_recovery_code_is_taken() -> None:
    factor, code = a_factor(), recovery_code("one")
    factor.keep_recovery_codes([code])
    for _ in range(MOST_WRONG_CODES):
        factor.takes_step(None)

    assert not factor.takes_step(7)
    assert factor.takes_recovery_code(code)
    assert factor.takes_step(8)


def test_right_codes_in_between_start_the_count_anew() -> None:
    factor = a_factor()
    for step in range(3):
        for _ in range(MOST_WRONG_CODES - 1):
            factor.takes_step(None)
        assert factor.takes_step(step)


def test_another_offer_makes_everything_of_the_one_before_void() -> None:
    factor, code = a_factor(), recovery_code("one")
    factor.keep_recovery_codes([code])
    factor.takes_step(7)

    factor.offer("another secret", now=NOW)

    assert factor.takes_step(7)
    assert not factor.takes_recovery_code(code)


def test_an_offer_lasts_an_hour() -> None:
    assert a_factor().is_offered(NOW + OFFER_LASTS - timedelta(seconds=1))
    assert not a_factor().is_offered(NOW + OFFER_LASTS)


@pytest.mark.parametrize(("typed", "is_of_app"), [("123456", True), ("123 456", True), ("12345", False),
                                                  ("١٢٣٤٥٦", False), ("", False), ("1234567", False)])  # fmt: skip
def test_six_digits_are_a_code_of_the_app(typed: str, is_of_app: bool) -> None:
    assert is_of_app == Code.parse(typed).is_of_app


@pytest.mark.parametrize(
    ("requirement", "asked"),
    [(Requirement.NONE, set()), (Requirement.ADMIN, {Role.ADMIN}), (Requirement.STAFF, {*Role} - {Role.MEMBER})],
)
def test_a_library_asks_of_whom_it_wants(requirement: Requirement, asked: set[Role]) -> None:
    assert asked == {role for role in Role if an_account(roles=frozenset({role})).needs_second_factor(requirement)}
    assert bool(asked) == an_account(roles=frozenset({Role.MEMBER, Role.ADMIN})).needs_second_factor(requirement)


@pytest.mark.parametrize(("right", "requirement"), [("accounts", Requirement.ADMIN), ("lend", Requirement.STAFF)])
def test_a_role_by_another_name_asks_for_one_as_well(right: str, requirement: Requirement) -> None:
    account = an_account(roles=frozenset({"chief"}))
    account.definitions = {"chief": RoleDefinition("chief", "Chief", frozenset({right}))}

    assert account.needs_second_factor(requirement)


def test_a_new_offer_begins_with_no_code_used_or_wrong_and_each_act_makes_one_new_version() -> None:
    factor, later = a_factor(), NOW + OFFER_LASTS
    begun = dict(vars(factor))
    factor.takes_step(7)
    factor.takes_step(None)
    factor.keep_recovery_codes(["one"])
    assert (4, 7, 1) == (factor.version, factor.last_step, factor.wrong_codes)

    factor.offer("another secret", now=later)

    assert begun | {"secret": "another secret", "offered_at": later, "version": 5} == vars(factor)
    assert factor.takes_step(0), "the first of all steps"


def test_a_recovery_code_is_six_groups_of_four_that_can_be_copied_by_hand() -> None:
    assert re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){5}", recovery_code("any"))


@pytest.mark.parametrize(("typed", "read"), [("12 34-56", "123456"), ("AB-cd", "abcd"), ("1" * 101, "1" * 100)])
def test_what_only_helps_to_read_a_code_is_left_out_and_so_is_what_nobody_types(typed: str, read: str) -> None:
    assert read == Code.parse(typed)


def test_a_code_that_no_keyboard_types_is_none() -> None:
    assert not a_factor().takes_recovery_code("\ud800")


def test_an_older_code_does_not_make_a_used_one_good_again() -> None:
    factor = a_factor()

    assert [True, False, False, False] == [factor.takes_step(step) for step in (7, 5, 6, 7)]
    assert 7 == factor.last_step


def test_a_factor_belongs_to_its_account_and_shares_its_secret() -> None:
    account_id = new_id()

    factor = SecondFactor(account_id=account_id, secret="the secret", now=NOW)

    assert (account_id, "the secret", NOW) == (factor.account_id, factor.secret, factor.offered_at)
