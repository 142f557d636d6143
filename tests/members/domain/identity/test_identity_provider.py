"""Whom an identity provider says somebody is: what is believed of its claims, and what is not."""

from typing import Any

import pytest

from members_service.domain.identity.identity_provider import Audience, ClaimNames, ForeignPerson, IdentityProvider
from shared.kernel.ids import new_id

TOWN_HALL = IdentityProvider(
    id=new_id(),
    code="town",
    title="Town hall",
    issuer="https://town.example",
    client_id="library",
    client_secret="what the town gave the library",
    audience=Audience.STAFF,
    mail_domains=("town.example",),
    claims=ClaimNames(),
    groups={},
    enrol=None,
    max_age=None,
    enabled=True,
    version=1,
)


def read(**claims: Any) -> ForeignPerson:
    return TOWN_HALL.read({"sub": "grace", "email": "grace@town.example", **claims})


@pytest.mark.parametrize("verified", [True, "true"])
def test_an_address_counts_where_the_provider_says_so(verified: object) -> None:
    assert read(email_verified=verified).email_verified


@pytest.mark.parametrize("verified", [False, None, 1, 1.0, "True", "yes", [True], {"true": True}])
def test_an_address_counts_in_no_other_words(verified: object) -> None:
    assert not read(email_verified=verified).email_verified


@pytest.mark.parametrize("methods", [["mfa"], ["fido"], ["sc"], ["pwd", "otp"], ["pin", "hwk"], ["face", "swk"]])
def test_two_factors_are_two_kinds_or_what_is_two_by_itself(methods: list[str]) -> None:
    assert read(amr=methods).second_factor


@pytest.mark.parametrize(
    "methods",
    [
        None,
        [],
        "mfa",
        {"mfa": 1},
        ["pwd"],
        ["otp"],
        ["hwk"],
        ["otp", "hwk"],
        ["pwd", "pin"],
        ["pwd", "sms"],
        ["MFA"],
        [7],
    ],
)
def test_one_factor_alone_or_twice_is_no_second_one(methods: object) -> None:
    assert not read(amr=methods).second_factor
