"""Use cases bound to other ports than wiring/ has bound them to."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

Bound = TypeVar("Bound")


def rebound(use_cases: Bound, **ports: Any) -> Bound:
    """Return the same use cases, with these ports in place of those of the same names, however deep they are bound."""
    if not is_dataclass(use_cases) or isinstance(use_cases, type):
        return use_cases
    changed: dict[str, Any] = {}
    for field in fields(use_cases):
        old = getattr(use_cases, field.name)
        new = ports[field.name] if field.name in ports else rebound(old, **ports)
        if new is not old:
            changed[field.name] = new
    return replace(use_cases, **changed) if changed else use_cases
