"""Samples: typed values of what routes take and answer, from which the document shows every example.

A service keeps one for each such type. The pages of a list are shown by the sample of its items.
"""

from collections.abc import Iterable
from typing import Any

from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from shared.web.cursors import Listing

Samples = Iterable[object]


def rendered(samples: Samples, routes: Iterable[APIRoute]) -> dict[str, list[Any]]:
    """Return the samples as JSON values, by the name of their type; and pages of the lists that `routes` answer.

    A request is shown with what was given to it and without its defaults.
    """
    found: dict[str, list[Any]] = {}
    without_null = {route.response_model for route in routes if route.response_model_exclude_none}
    for sample in samples:
        kind = type(sample)
        value = TypeAdapter(kind).dump_python(
            sample, mode="json", by_alias=True, exclude_unset=True, exclude_none=kind in without_null
        )
        found.setdefault(kind.__name__, []).append(value)
    for route in routes:
        if (item := _item_of(route.response_model)) in found:
            found.setdefault(route.response_model.__name__, [{"items": found[item][:1], "next_cursor": None}])
    return found


def _item_of(shape: Any) -> str | None:
    """Return the name of the type whose pages these are, or None if they are none, or have a sample of their own."""
    if not (isinstance(shape, type) and issubclass(shape, Listing)):
        return None
    return next((item.__name__ for item in shape.__pydantic_generic_metadata__["args"]), None)
