"""Whom an identity provider says somebody is: what is believed of its claims, and what is not."""

from dataclasses import replace
from typing import Any

import pytest

from members_service.domain.identity.foreign_identity import may_join
from members_service.domain.identity.identity_provider import (
    Audience,
    ClaimNames,
    ClaimsRejected,
    ForeignPerson,
    IdentityProvider,
    InvalidIssuer,
)
from shared.kernel.ids import new_id
from tests.members.makers import an_account

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


def test_a_provider_vouches_for_verified_addresses_of_its_own_domains_alone() -> None:
    for email, verified, proved in (
        ("grace@town.example", True, True),
        ("grace@TOWN.example", True, True),
        ("grace@town.example", False, False),
        ("grace@nottown.example", True, False),
        ("town.example@other.example", True, False),
        (None, True, False),
    ):
        assert proved is TOWN_HALL.vouches_for(read(email=email, email_verified=verified)), (email, verified)


def test_groups_bring_roles_each_in_all_its_branches_together() -> None:
    east, west = frozenset({"EAST"}), frozenset({"WEST"})
    provider = replace(TOWN_HALL, groups={
        "desk-east": {"desk": east}, "desk-west": {"desk": west}, "heads": {"desk": None, "librarian": east},
    })  # fmt: skip

    def roles(*groups: str) -> object:
        return provider.roles_of(read(groups=list(groups)))

    assert {"desk": east | west} == roles("desk-east", "desk-west")
    assert {"desk": None, "librarian": east} == roles("desk-east", "heads", "desk-west")
    assert {} == roles("gardeners") == roles()
    assert TOWN_HALL.roles_of(read(groups=["heads"])) is None, "groups decide nothing there"


def test_a_provider_of_readers_is_for_nobody_who_may_do_more() -> None:
    readers = replace(TOWN_HALL, audience=Audience.READERS)
    member, both = frozenset({"member"}), frozenset({"member", "desk"})

    assert [True, False, False] == [readers.is_for(roles) for roles in (member, both, frozenset({"desk"}))]
    assert [True, True] == [TOWN_HALL.is_for(roles) for roles in (member, both)]


def test_a_provider_is_asked_over_https_at_a_public_address_unless_its_host_is_allowed() -> None:
    inside = replace(TOWN_HALL, issuer="http://keycloak.internal/realms/town")

    TOWN_HALL.expect_issuer(lambda _: False)
    inside.expect_issuer({"keycloak.internal"}.__contains__)
    with pytest.raises(InvalidIssuer):
        inside.expect_issuer({"other.internal"}.__contains__)
    assert "keycloak.internal" == inside.host


def test_why_claims_are_rejected_is_for_the_log_alone() -> None:
    refusal = ClaimsRejected("the nonce is another one")

    assert "the nonce is another one" == refusal.why
    assert "nonce" not in str(refusal)


@pytest.mark.parametrize(
    ("change", "joins"),
    [
        ({}, True),
        ({"email": "ada@town.example"}, False),
        ({"email_verified": False}, False),
        ({"email": None}, False),
    ],
)
def test_who_comes_for_the_first_time_joins_the_account_of_the_address_that_is_proved(
    change: dict[str, Any], joins: bool
) -> None:
    account = an_account(email="grace@town.example", roles=frozenset({"librarian"}))

    assert joins is may_join(TOWN_HALL, read(**{"email_verified": True} | change), account)


def test_nobody_joins_an_account_that_is_disabled_used_by_another_or_not_meant() -> None:
    person = read(email_verified=True)
    disabled, elsewhere, staff = (
        an_account(email="grace@town.example", roles=frozenset({"librarian"})) for _ in range(3)
    )
    disabled.disabled = True
    elsewhere.sign_in_elsewhere(others_administer=True)

    assert not may_join(TOWN_HALL, person, disabled)
    assert not may_join(TOWN_HALL, person, elsewhere)
    assert not may_join(replace(TOWN_HALL, audience=Audience.READERS), person, staff)
