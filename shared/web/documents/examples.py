"""Examples of answers whose model is a plain dataclass, which has no place for one."""

from collections.abc import Mapping
from typing import Any


def shown(*values: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Return, for `responses=` of a route, JSON values that its answer with this status may be."""
    examples = {str(number): {"value": value} for number, value in enumerate(values, start=1)}
    return {status: {"content": {"application/json": {"examples": examples}}}}


def together(*responses: Mapping[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    """Return all that several of them say of each status."""
    found: dict[int | str, dict[str, Any]] = {}
    for some in responses:
        for status, answer in some.items():
            found[status] = found.get(status, {}) | answer
    return found


def listed(*items: Any) -> dict[int | str, dict[str, Any]]:
    """Return, for `responses=` of a route that lists, a page with these items."""
    return shown({"items": list(items), "next_cursor": None})
