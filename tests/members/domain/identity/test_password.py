import gc
import sys

import pytest

from members_service.adapters.identity.common_passwords import CommonPasswords, password_rules
from members_service.domain.identity.password import (
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    PasswordTooSimple,
)
from shared.kernel.errors import InvalidValue

RULES = password_rules()


def refusal_of(password: str, *, email: str = "ada.lovelace@library.example") -> type[InvalidValue] | None:
    try:
        RULES.check(password, email=email)
    except InvalidValue as refused:
        return type(refused)
    return None


@pytest.mark.parametrize(
    "password",
    ["seven-quiet-otters-read", "correct horse battery staple", "пять тихих выдр", "五匹の静かなカワウソが読む",
     "x9$kQz2!wR4m", "🦦🦦🦦 read quietly", "tiger and a long walk", " leading and trailing "],
)  # fmt: skip
def test_a_long_and_unusual_password_is_good_whatever_it_is_made_of(password: str) -> None:
    assert refusal_of(password) is None


@pytest.mark.parametrize("name", ["admin", "librarian", "ada"])
def test_the_demo_passwords_are_good_enough_for_the_rules(name: str) -> None:
    assert refusal_of(f"{name}-demo-password", email=f"{name}@library.example") is None


def test_twelve_characters_are_enough_and_eleven_are_not() -> None:
    assert refusal_of("kQ7!zW3$pL9x") is None
    assert PasswordTooShort is refusal_of("kQ7!zW3$pL9")


def test_256_characters_may_be_and_257_may_not() -> None:
    long = "".join(f"{number:02x}-" for number in range(256))

    assert refusal_of(long[:256]) is None
    assert PasswordTooLong is refusal_of(long[:257])


@pytest.mark.parametrize(
    "password",
    ["password1234", "PassWord1234", "Administrator", "qwertyuiop123", "1q2w3e4r5t6y",
     "Library-2026!", "monkey!!!!!!", "2024-liverpool", "michaeljackson", "\uff50assword1234", "Password1234!",
     "P@ssw0rd1234", "P@$$w0rd!!!!", "W3lc0me-2026", "adm1n1strat0r", "unbelievable", "!!LiverPoo1!!", "chicken-2026!",
     "Librarian!!2026", "L1brary-2026!"],
)  # fmt: skip
def test_what_many_people_use_is_refused_even_with_digits_around_it(password: str) -> None:
    assert PasswordTooCommon is refusal_of(password)


@pytest.mark.parametrize(
    "password",
    ["aaaaaaaaaaaa", "abababababab", "kQ7!kQ7!kQ7!", "zyxwvutsrqpo", "lkjhgfdsapoi", "98765432109876", "aabbccddeeffgg",
     "passwordpassword", "ada.lovelace", "ada.lovelace2024", "ada.lovelace@library.example"],
)  # fmt: skip
def test_what_follows_a_pattern_or_repeats_the_address_is_refused(password: str) -> None:
    assert PasswordTooSimple is refusal_of(password)


def test_the_list_holds_far_more_than_ten_thousand_and_thousands_that_are_long_enough() -> None:
    common = CommonPasswords()

    assert len(common) >= 30_000
    assert sum(len(word) >= 12 for word in common.words()) >= 3_000
    assert all(word == word.casefold() for word in common.words())


def test_the_list_is_read_at_the_first_question_and_takes_little_room() -> None:
    common = CommonPasswords()
    begun = len(gc.get_objects())

    assert not vars(common)
    assert "password" in common

    assert "zxcvbn" not in sys.modules, "its tables would take 15 MB"
    assert sys.getsizeof(*vars(common).values()) < 1_000_000
    assert len(gc.get_objects()) - begun < 1_000


def test_a_question_is_for_one_whole_word() -> None:
    common = CommonPasswords()

    assert "asswor" not in common
    assert "" not in common
    assert "123456\n1234567" not in common
