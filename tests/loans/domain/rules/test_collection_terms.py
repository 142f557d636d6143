"""What the policy says of collections."""

from dataclasses import replace

import pytest

from loans_service.domain.money import Money
from loans_service.domain.rules.lost_terms import CollectionTerms
from loans_service.domain.rules.policy import InvalidPolicy
from loans_service.domain.rules.policy_document import read_policy
from tests.loans.makers import POLICY, default_document, euros


@pytest.mark.parametrize(
    ("written", "terms"),
    [
        ({}, CollectionTerms()),
        ({"collections": {}}, CollectionTerms()),
        ({"collections": {"fee": None}}, CollectionTerms()),
        ({"collections": {"fee": {"amount": 1000}}}, CollectionTerms(fee=euros(1000))),
    ],
)
def test_a_policy_says_what_a_collection_costs_or_nothing(written: dict[str, object], terms: CollectionTerms) -> None:
    assert terms == read_policy(default_document() | written, version=1, currency="EUR").collections


def test_the_fee_is_in_the_currency_of_the_library() -> None:
    with pytest.raises(InvalidPolicy) as refused:
        replace(POLICY, collections=CollectionTerms(fee=Money(1000, "USD")))

    assert "collections.fee.currency" == refused.value.field
