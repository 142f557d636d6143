"""The attributes of members, checked by a JSON Schema of the library's."""

import json
from collections.abc import Mapping
from typing import Any

import jsonschema
import referencing

from members_service.domain.membership.personal_details import InvalidAttributes
from shared.kernel.errors import refuse_if_any

MOST_BYTES = 8_192
_MOST_ERRORS = 10


class JsonSchemaAttributeRules:
    """Implements `AttributeRules`. A schema refers only to what is in it."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        formats = jsonschema.Draft202012Validator.FORMAT_CHECKER
        registry: referencing.Registry[Any] = referencing.Registry()
        self._validator = jsonschema.Draft202012Validator(schema, registry=registry, format_checker=formats)

    def check(self, attributes: Mapping[str, Any]) -> None:
        if len(json.dumps(attributes)) > MOST_BYTES:
            raise InvalidAttributes("attributes", f"they may have {MOST_BYTES} bytes at most")
        found = list(self._validator.iter_errors(dict(attributes)))[:_MOST_ERRORS]
        refuse_if_any(
            [
                InvalidAttributes(".".join(["attributes", *map(str, error.absolute_path)]), _why(error))
                for error in found
            ]
        )


def _why(error: jsonschema.ValidationError) -> str:
    """Return what is wrong, quoting the rule and never the value that was sent."""
    rule: Any = error.validator_value
    match error.validator:
        case "required":
            sent: Any = error.instance
            return f"{', '.join(name for name in rule if name not in sent)} is missing"
        case "type":
            return f"it must be a {rule}"
        case "enum":
            return f"it must be one of {', '.join(map(str, rule))}"
        case "additionalProperties" | "unevaluatedProperties":
            return "it has a name that the library does not know"
        case _:
            return f"it breaks the rule {error.validator} ({rule!s:.100})"
