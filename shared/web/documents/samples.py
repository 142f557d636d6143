"""Samples: typed values of requests and answers, from which all examples of the document are rendered.

A service has one for each type. The example of a list page is rendered from the sample of its items.
"""

from collections.abc import Iterable
from typing import Any

from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from shared.web.cursors import Listing

Samples = Iterable[object]


def rendered(samples: Samples, routes: Iterable[APIRoute]) -> dict[str, list[Any]]:
    """Return the samples as JSON by the name of their type, with pages of the lists that `routes` answer.

    Requests are rendered without their defaults.
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
    """Return the type of the items of a list page; None for other types, and for one with a sample of its own."""
    if not (isinstance(shape, type) and issubclass(shape, Listing)):
        return None
    return next((item.__name__ for item in shape.__pydantic_generic_metadata__["args"]), None)
