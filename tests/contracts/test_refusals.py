"""What use cases declare that they may refuse, clients can read in the document of the service."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from shared.kernel.errors import LibraryError, refusals_of
from shared.web.problems import MEDIA_TYPE, status_of
from tests.contracts.documents import kept

SERVICES = ["books", "loans", "members"]


def declared(service: str) -> Iterator[type[LibraryError]]:
    """Yield what anything in the application of a service declares; the routes have imported all of it."""
    modules = [module for name, module in [*sys.modules.items()] if name.startswith(f"{service}_service.application.")]
    things = [thing for module in modules for thing in vars(module).values()]
    parts = [part for thing in things if isinstance(thing, type) for part in vars(thing).values()]
    for thing in (*things, *parts):
        yield from refusals_of(thing) if hasattr(thing, "__refuses__") else ()


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
    kinds = set(declared(service))

    assert 20 < len(kinds)
    assert set() == {(str(status_of(kind)), kind.code) for kind in kinds} - published(
        json.loads(kept(service, "openapi"))
    )
