"""Examples of answers whose model is a plain dataclass, which has no place for one."""

from typing import Any

from shared.web.documents.described import located


def shown(*values: Any, status: int = 200, at_its_address: bool = False) -> dict[int | str, dict[str, Any]]:
    """Return, for `responses=` of a route, JSON values that its answer with this status may be.

    `at_its_address`: the answer says with `Location` where the thing is.
    """
    examples = {str(number): {"value": value} for number, value in enumerate(values, start=1)}
    answer = {"content": {"application/json": {"examples": examples}}}
    return {status: answer | located(status)[status] if at_its_address else answer}


def listed(*items: Any) -> dict[int | str, dict[str, Any]]:
    """Return, for `responses=` of a route that lists, a page with these items."""
    return shown({"items": list(items), "next_cursor": None})
