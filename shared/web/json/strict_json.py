"""Strict requests: unknown members, doubtful JSON and repeated parameters are refused.

`StrictRoute` reads them. Models of requests and responses are built from `StrictJsonBody`, `ResponseModel`, `line`,
`paragraph`, `read_by`, `Moment` and `PlainDigits`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Self, get_args, get_origin

from fastapi import Query, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from starlette.requests import Request
from starlette.responses import Response

from shared.kernel.combining_marks import MOST_MARKS, MOST_PER_CHARACTER, has_too_many_marks
from shared.kernel.errors import InvalidValue
from shared.kernel.writing_direction import turns_direction
from shared.web.json.json_text import JsonObject, parse
from shared.web.json.unknown_fields import meant, of_unknown, read_strictly
from shared.web.negotiation import accepts
from shared.web.problems import MOST_DESCRIBED, REFUSAL, Problem

_ANY = "*/*"
_JSON = "application/json"
_MERGE_PATCH = "application/merge-patch+json"
_CHARSET = re.compile(r'charset\s*+=\s*+"?+([^";\s]++)')


class StrictRequest(Request):
    """A request whose JSON is parsed strictly."""

    async def json(self) -> Any:
        """Return the parsed body. Raises a Problem if it is not strict JSON."""
        if not hasattr(self, "_json"):
            self._json = parse(await self.body())
        return self._json


@dataclass(frozen=True, slots=True)
class _Expected:
    """What a route accepts: its query parameters, which of them may repeat, and the media types of its body.

    `bare`: it takes no body, so that members of one are refused. `shows_json`: it answers with JSON only;
    a route that documents other forms of its answer looks at `Accept` itself.
    """

    names: frozenset[str]
    repeatable: frozenset[str]
    media: tuple[str, ...]
    bare: bool
    shows_json: bool

    def check_accepted(self, request: Request) -> None:
        """Refuse a client that does not accept the answer, before anything is done."""
        accepted = ",".join(request.headers.getlist("accept"))
        if self.shows_json and accepted not in ("", _ANY, _JSON) and not accepts(accepted, _JSON):
            raise not_acceptable(_JSON)

    def check_query(self, request: Request) -> None:
        if not request.scope["query_string"]:
            return
        names = [name for name, _ in request.query_params.multi_items()]
        unknown = [name for name in dict.fromkeys(names) if name not in self.names]
        errors = [*self._unknown(unknown), *self._repeated(names)]
        if errors:
            raise RequestValidationError(errors)

    def _unknown(self, names: list[str]) -> Iterator[dict[str, Any]]:
        for number, name in enumerate(names):
            near = meant(name, self.names) if number < MOST_DESCRIBED else {}
            yield {"type": "unknown_parameter", "loc": ("query", name), "msg": "There is no such parameter", **near}

    def _repeated(self, names: list[str]) -> Iterator[dict[str, Any]]:
        for name, times in Counter(names).items():
            if times > 1 and name in self.names and name not in self.repeatable:
                yield {"type": "repeated_parameter", "loc": ("query", name), "msg": "Give this parameter once"}

    async def check_media(self, request: Request) -> None:
        if not self.media:
            return
        types = request.headers.getlist("content-type")
        if not types:
            if await request.body():
                raise self._wrong_media()
            return
        kind, _, parameters = types[0].lower().partition(";")
        charset = _CHARSET.search(parameters)
        accepted = kind.strip() in self.media and (charset is None or charset.group(1) in ("utf-8", "utf8"))
        if len(types) > 1 or not accepted:
            raise self._wrong_media()

    async def check_no_body(self, request: "StrictRequest") -> None:
        if not self.bare or not await request.body():
            return
        body = await request.json()
        if not isinstance(body, dict):
            raise RequestValidationError([{"type": "dict_type", "loc": ("body",), "msg": "This must be an object"}])
        if body:
            raise of_unknown({(name,): () for name in body}, "This takes no fields")

    def _wrong_media(self) -> Problem:
        return Problem(415, "unsupported-media-type", f"Send the body as {self.media[0]}, in UTF-8.")


def not_acceptable(*media: str) -> Problem:
    """Return the refusal of an `Accept` that matches none of the available types."""
    detail = f"The answer cannot be given in the form that Accept asks for. Ask for {' or '.join(media)}."
    return Problem(406, "not-acceptable", detail)


class StrictRoute(APIRoute):
    """A route that refuses unknown and repeated query parameters, other media types and ambiguous JSON.

    It also refuses clients that do not accept the JSON that it answers with.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Run the checks before FastAPI's own handler."""
        handle = super().get_route_handler()
        expected = _expected_by(self)

        async def strictly(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            expected.check_accepted(strict)
            expected.check_query(strict)
            await expected.check_media(strict)
            await expected.check_no_body(strict)
            return await handle(strict)

        return strictly


def _expected_by(route: APIRoute) -> _Expected:
    fields = [field for field in get_flat_params(route.dependant) if isinstance(field.field_info, params.Query)]
    media: tuple[str, ...] = ()
    if route.body_field is not None:
        kind = getattr(route.body_field.field_info, "media_type", _JSON)
        media = (_JSON, _MERGE_PATCH) if kind == _JSON else (kind,)
    return _Expected(
        names=frozenset(field.alias for field in fields),
        repeatable=frozenset(field.alias for field in fields if _takes_several(field.field_info.annotation)),
        media=media,
        shows_json=route.response_model is not None and "content" not in route.responses.get(200, {}),
        bare=not ((route.methods or set()) <= {"GET"} or media or "requestBody" in (route.openapi_extra or {})),
    )


def _takes_several(annotation: Any) -> bool:
    several = (list, tuple, set, frozenset)
    return any(get_origin(each) in several for each in (annotation, *get_args(annotation)))


class StrictJsonBody(BaseModel):
    """The base of request bodies: no unknown members, and JSON's own types (no `"1"` or `true` for a number)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate a parsed body from its original text.

        Only in JSON mode does pydantic accept strings for UUIDs and moments, and lists for sets, but refuse a number in
        quotes.
        """
        schema: CoreSchema = handler(source)
        found: Any = handler.resolve_ref_schema(schema)
        if found["type"] == "json-or-python":  # of a class that is complete and is used in another one
            return schema
        schema = {**found}
        name = schema.pop("ref", None)

        def from_text(value: Any, inner: core_schema.ValidatorFunctionWrapHandler) -> Any:
            if isinstance(value, JsonObject):
                return read_strictly(cls, value)
            return inner(value)

        from_python = core_schema.no_info_wrap_validator_function(from_text, schema)
        return core_schema.json_or_python_schema(json_schema=schema, python_schema=from_python, ref=name)


class ResponseModel(BaseModel):
    """What an answer shows. It has no defaults: what it promises is there."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    @classmethod
    def of(cls, view: object) -> Self:
        """Return the response with the attributes of a view."""
        return cls.model_validate(view)


@dataclass(frozen=True, slots=True)
class _Text:
    """Validates and normalises a text, as an annotation."""

    longest: int
    several_lines: bool
    empty: bool

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._tidy, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        described = handler(schema)
        described["maxLength"] = self.longest
        if not self.empty:
            described["minLength"] = 1
        return described

    def _tidy(self, text: str) -> str:
        text = text.strip()
        if len(text) > MOST_PER_CHARACTER * self.longest:  # before any work that is done for each character
            raise self._too_long()
        if not (text.isascii() and text.isprintable()):
            if has_too_many_marks(text):
                message = "A letter may carry {most} combining marks at most"
                raise PydanticCustomError("text_too_many_marks", message, {"most": MOST_MARKS})
            text = self._readable(unicodedata.normalize("NFC", text))
        if not text and not self.empty:
            raise PydanticCustomError("text_empty", "This may not be empty")
        if len(text) > self.longest:
            raise self._too_long()
        return text

    def _too_long(self) -> PydanticCustomError:
        return PydanticCustomError("text_too_long", "This may have {most} characters at most", {"most": self.longest})

    def _readable(self, text: str) -> str:
        allowed = "\n\t" if self.several_lines else ""
        if self.several_lines:
            text = text.replace("\r\n", "\n")
        if any(unicodedata.category(character) in ("Cc", "Cs") and character not in allowed for character in text):
            raise PydanticCustomError("text_control_character", "This may not hold control characters")
        if turns_direction(text):
            message = (
                "This may not hold characters that turn the direction of writing (U+202A to U+202E, U+2066 to U+2069)"
            )
            raise PydanticCustomError("text_turns_direction", message)
        return text


def line(max_length: int, *, empty: bool = False) -> _Text:
    """Annotation for one line of text: `Annotated[str, line(200)]`. NFC, no control characters, trimmed, not empty.

    Characters that turn the direction of writing are refused, too.
    """
    return _Text(max_length, several_lines=False, empty=empty)


def paragraph(max_length: int, *, empty: bool = False) -> _Text:
    """Annotation for text of several lines, otherwise like `line`; line ends become single line feeds."""
    return _Text(max_length, several_lines=True, empty=empty)


def read_by(read: Callable[[str], object]) -> AfterValidator:
    """Annotation for text that `read` accepts; its InvalidValue is listed with the other errors of the request."""

    def check(text: str) -> str:
        try:
            read(text)
        except InvalidValue as error:
            found = {"detail": error.detail, REFUSAL: error}
            raise PydanticCustomError(error.code, "{detail}", found) from None
        return text

    return AfterValidator(check)


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _moment(value: Any) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.upper()) if _RFC_3339.fullmatch(value) else None
        except ValueError:
            value = None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise PydanticCustomError("moment", "This must be a moment with its zone, such as 2026-03-01T09:30:00Z")
    if not 1400 <= value.year < 9000:
        raise PydanticCustomError("moment_out_of_range", "This must lie between the years 1400 and 9000")
    return value.astimezone(UTC)


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-01T09:30:00Z"]}),
]
"""A moment with its zone, between 1400 and 9000; always in UTC afterwards, and shown with `Z`."""


def _digits_only(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise PydanticCustomError("whole_number", "This must be a whole number in plain digits")
    return value


PlainDigits = BeforeValidator(_digits_only)
"""Means plain digits, in `Annotated[int, Query(ge=1), PlainDigits]`: Python alone also takes `1_0` and ` 5`."""

ShortNumber = Annotated[int, Query(ge=1, le=2**53 - 1), PlainDigits]
"""A number that people say, as a parameter; a larger one would not go through JSON unchanged."""
