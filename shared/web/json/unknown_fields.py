"""Unknown fields of bodies, each with a suggestion of a known one with a similar name.

Thousands of them are counted, and only the first are described: otherwise the refusal of a body would cost a hundred
times as much as parsing it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from shared.web.json.json_text import JsonObject
from shared.web.problems import INVALID_REQUEST, MEANT, MOST_DESCRIBED, Problem, invalid_fields

_MOST_OTHER_ERRORS = 1_000  # errors of other kinds; the validator cannot be asked for fewer than all

Model = TypeVar("Model", bound=BaseModel)
_Location = tuple[object, ...]
_LONGEST_NAME = 40  # length of names that are compared, as the cost grows with it
_NEARLY = 0.7


class TooManyErrors(Problem):
    """A body has too many errors to describe: it has the first of them, and their number."""

    def __init__(self, described: Sequence[Mapping[str, Any]], count: int) -> None:
        super().__init__(422, "invalid-request", INVALID_REQUEST, errors=invalid_fields(described, count=count))


def read_strictly(model: type[Model], value: JsonObject) -> Model:
    """Return the validated body. Raises pydantic's ValidationError, or TooManyErrors without describing all."""
    unknown = dict(_unknown_fields(value, model))
    if len(unknown) > MOST_DESCRIBED:
        raise of_unknown(unknown, "There is no such field")
    try:
        read: Model = model.__pydantic_validator__.validate_json(value.text, strict=True)
    except ValidationError as error:
        if error.error_count() > _MOST_OTHER_ERRORS:
            raise TooManyErrors((), error.error_count()) from None
        errors = [_with_meant(each, unknown) for each in error.errors()] if unknown else []
        if not any(MEANT in each.get("ctx", ()) for each in errors):
            raise
        raise ValidationError.from_exception_data(error.title, list(map(_raised_again, errors))) from None
    return read


def of_unknown(locations: Mapping[_Location, Iterable[str]], message: str) -> TooManyErrors:
    """Return the refusal of unknown fields; `locations` has for each the known names at its location."""
    first = list(locations.items())[:MOST_DESCRIBED]
    described = [
        {"type": "extra_forbidden", "loc": ("body", *location), "msg": message, **meant(location[-1], known)}
        for location, known in first
    ]
    return TooManyErrors(described, len(locations))


def meant(name: object, known: Iterable[str]) -> dict[str, Any]:
    """Return the `ctx` of an error about an unknown name, with a known one that is similar."""
    if not isinstance(name, str) or len(name) > _LONGEST_NAME:
        return {}
    near = get_close_matches(name, list(known), n=1, cutoff=_NEARLY)
    return {"ctx": {MEANT: near[0]}} if near else {}


def _with_meant(error: Mapping[str, Any], unknown: Mapping[_Location, Iterable[str]]) -> dict[str, Any]:
    location = tuple(error["loc"])
    return {**error, **meant(location[-1], unknown[location])} if location in unknown else {**error}


def _raised_again(error: Mapping[str, Any]) -> InitErrorDetails:
    kind = PydanticCustomError(error["type"], error["msg"], error.get("ctx"))
    return InitErrorDetails(type=kind, loc=error["loc"], input=error["input"])


def _unknown_fields(
    value: Any, model: type[BaseModel], location: _Location = ()
) -> Iterator[tuple[_Location, Mapping[str, object]]]:
    """Yield the locations of fields that `model` and its nested models lack, with the names known there."""
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _unknown_fields(each, model, (*location, number))
    elif isinstance(value, dict):
        known = _fields_of(model)
        for name, each in value.items():
            if name not in known:
                yield (*location, name), known
            elif (inner := known[name]) is not None:
                yield from _unknown_fields(each, inner, (*location, name))


@cache
def _fields_of(model: type[BaseModel]) -> Mapping[str, type[BaseModel] | None]:
    """Return the fields of a model by name, each with its nested model, if it has one."""
    return {field.alias or name: _model_in(field.annotation) for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if get_origin(annotation) is dict:  # a mapping, whose names are free
        return None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = [inner for each in get_args(annotation) if (inner := _model_in(each)) is not None]
    return found[0] if len(found) == 1 else None
