"""The rules for OpenAPI documents notice what they are there for."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.shared.openapi_rules import shortcomings
from tests.shared.web.sample import sample_app

DOCUMENT = sample_app().openapi()


def _spoil(change: Callable[[dict[str, Any]], Any]) -> list[str]:
    document = copy.deepcopy(DOCUMENT)
    change(document["paths"]["/v1/things"]["post"])
    return list(shortcomings(document))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda post: post.pop("operationId"), "has no operationId in snake_case"),
        (lambda post: post.update(operationId="addThing"), "has no operationId in snake_case"),
        (lambda post: post.update(operationId="list_things"), "shares its operationId"),
        (lambda post: post.pop("summary"), "has no summary"),
        (lambda post: post.pop("tags"), "has no tag"),
        (lambda post: post["responses"].pop("default"), "does not say what other problems look like"),
        (lambda post: post["responses"].pop("401"), "does not say what happens without a token"),
        (
            lambda post: post["responses"]["409"].update(content={"text/plain": {}}),
            "does not answer 409 with a problem document",
        ),
        (
            lambda post: post["requestBody"]["content"]["application/json"].update(schema={"type": "object"}),
            "has no example of its body",
        ),
    ],
)
def test_what_is_missing_is_noticed(change: Callable[[dict[str, Any]], Any], complaint: str) -> None:
    complaints = _spoil(change)

    assert 1 == len(complaints)
    assert complaint in complaints[0]
