"""Bodies with thousands of fields that nobody knows: counted, and only the first of them put into words.

Otherwise the refusal of a body would cost a hundred times what reading it does.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from shared.web.json.json_text import JsonObject
from shared.web.problems import INVALID_REQUEST, MOST_DESCRIBED, Problem, invalid_fields

_MOST_MADE = 1_000  # errors of other kinds: the validator knows no smaller number than all

Model = TypeVar("Model", bound=BaseModel)
_Place = tuple[object, ...]


class TooManyErrors(Problem):
    """More is wrong with a body than anybody wants to read: a few of its errors, and how many there are."""

    def __init__(self, described: Sequence[Mapping[str, Any]], count: int) -> None:
        super().__init__(422, "invalid-request", INVALID_REQUEST, errors=invalid_fields(described, count=count))


def read_strictly(model: type[Model], value: JsonObject) -> Model:
    """Return what a body says. Raises pydantic's ValidationError, or TooManyErrors before all are put into words."""
    unknown = list(_unknown_fields(value, model))
    if len(unknown) > MOST_DESCRIBED:
        raise of_unknown(unknown, "There is no such field")
    try:
        read: Model = model.__pydantic_validator__.validate_json(value.text, strict=True)
    except ValidationError as error:
        if error.error_count() > _MOST_MADE:
            raise TooManyErrors((), error.error_count()) from None
        raise
    return read


def of_unknown(places: Iterable[_Place], message: str) -> TooManyErrors:
    """Return the refusal of fields that nobody knows."""
    found = list(places)
    described = [
        {"type": "extra_forbidden", "loc": ("body", *place), "msg": message} for place in found[:MOST_DESCRIBED]
    ]
    return TooManyErrors(described, len(found))


def _unknown_fields(value: Any, model: type[BaseModel], place: _Place = ()) -> Iterator[_Place]:
    """Yield the places of the fields that neither `model` nor a model inside of it knows."""
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _unknown_fields(each, model, (*place, number))
    elif isinstance(value, dict):
        known = _fields_of(model)
        for name, each in value.items():
            if name not in known:
                yield (*place, name)
            elif (inner := known[name]) is not None:
                yield from _unknown_fields(each, inner, (*place, name))


@cache
def _fields_of(model: type[BaseModel]) -> Mapping[str, type[BaseModel] | None]:
    """Return the names of a model's fields, and for each the model of what stands there, if there is one."""
    return {field.alias or name: _model_in(field.annotation) for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if get_origin(annotation) is dict:  # its names are anybody's
        return None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = [inner for each in get_args(annotation) if (inner := _model_in(each)) is not None]
    return found[0] if len(found) == 1 else None
