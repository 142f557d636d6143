"""How somebody signed in, by the names of RFC 8176."""

import pytest

from members_service.domain.identity.authentication import LONGEST_METHODS, PASSWORD, PASSWORD_AND_CODE, Authentication


@pytest.mark.parametrize(
    ("verified", "backed_up", "methods"),
    [
        (True, False, ("hwk", "user", "mfa")),
        (False, False, ("hwk", "user")),
        (True, True, ("swk", "user", "mfa")),
        (False, True, ("swk", "user")),
    ],
)
def test_a_passkey_is_a_second_factor_where_the_device_asked_who_holds_it(
    verified: bool, backed_up: bool, methods: tuple[str, ...]
) -> None:
    authentication = Authentication.of_passkey(verified=verified, backed_up=backed_up)

    assert (methods, verified) == (authentication.methods, authentication.second_factor)
    assert "pwd" not in authentication.methods


@pytest.mark.parametrize("second_factor", [True, False])
def test_of_a_provider_no_more_is_told_than_is_known(second_factor: bool) -> None:
    authentication = Authentication.of_provider(second_factor=second_factor)

    assert (("mfa",) if second_factor else (), second_factor) == (authentication.methods, authentication.second_factor)


@pytest.mark.parametrize(
    "authentication",
    [
        PASSWORD,
        PASSWORD_AND_CODE,
        Authentication.of_passkey(verified=True, backed_up=True),
        Authentication.of_provider(second_factor=False),
        Authentication.of_provider(second_factor=True),
    ],
)
def test_what_is_kept_is_what_was_proved(authentication: Authentication) -> None:
    assert len(authentication.kept) <= LONGEST_METHODS
    assert authentication == Authentication.of_kept(authentication.kept, second_factor=authentication.second_factor)


def test_what_is_of_before_methods_were_kept_was_a_password() -> None:
    assert [PASSWORD, PASSWORD_AND_CODE] == [Authentication.of_kept(None, second_factor=one) for one in (False, True)]
