"""What use cases declare that they may refuse, clients can read in the document of the service."""

import json
from typing import Any

import pytest

from shared.kernel.errors import refusals_of
from shared.web.problems import MEDIA_TYPE, status_of
from tests.contracts.documents import kept
from tests.refusals import declaring

SERVICES = ["books", "loans", "members"]


def published(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the status and code of each refusal of any operation."""
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    answers = [pair for operation in operations for pair in operation.get("responses", {}).items()]
    return {
        (status, code)
        for status, answer in answers
        for code in answer.get("content", {}).get(MEDIA_TYPE, {}).get("examples", ())
    }


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_declared_is_published(service: str) -> None:
    kinds = {kind for act in declaring(f"{service}_service") for kind in refusals_of(act)}

    assert 20 < len(kinds)
    assert set() == {(str(status_of(kind)), kind.code) for kind in kinds} - published(
        json.loads(kept(service, "openapi"))
    )
