"""The policy that ships with the service, read from its JSON file."""

import json
from importlib import resources
from typing import Any

from loans_service.domain.rules.policy import Policy
from loans_service.domain.rules.policy_document import read_policy


def default_document() -> dict[str, Any]:
    """Return the shipped policy as a document; its amounts name no currency."""
    text = (resources.files(__package__) / "default_policy.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def default_policy(*, currency: str = "EUR") -> Policy:
    """Return the shipped policy, in the library's `currency`, as the first version."""
    return read_policy(default_document(), version=1, currency=currency)
