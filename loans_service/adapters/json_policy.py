"""The policy that ships with the service, read from its JSON file."""

import json
from importlib import resources

from loans_service.domain.policy import CategoryTerms, LendingRule, Policy


def default_policy() -> Policy:
    """Read the default policy. Raises when the file is not a complete policy."""
    text = (resources.files(__package__) / "default_policy.json").read_text(encoding="utf-8")
    table = json.loads(text)
    return Policy(
        version=table["version"],
        rules=tuple(LendingRule(**rule) for rule in table["rules"]),
        terms=tuple(CategoryTerms(**terms) for terms in table["terms"]),
    )
