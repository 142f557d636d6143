"""Headers that a dependency reads and sets itself, declared for the OpenAPI document."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

_HEADER_READ = "takes_headers"
_SENT = "sends_header"

Dependency = TypeVar("Dependency", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Header:
    """A request header. `methods` are those to which it applies; empty for all.

    Only a required one should have an `example`, as the documentation page sends examples unless they are removed.
    `rules` are further keywords of its schema, such as a pattern.
    """

    name: str
    description: str
    example: str | None = None
    required: bool = False
    methods: Collection[str] = ()
    rules: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def as_parameter(self) -> dict[str, Any]:
        """Return it as a parameter of the OpenAPI document."""
        parameter = {
            "name": self.name,
            "in": "header",
            "required": self.required,
            "description": self.description,
            "schema": {"type": "string", **self.rules},
        }
        return parameter if self.example is None else {**parameter, "example": self.example}


def takes_header(header: Header) -> Callable[[Dependency], Dependency]:
    """Declare a header that a dependency reads; declaring it to FastAPI would slow down every request."""

    def describe(dependency: Dependency) -> Dependency:
        setattr(dependency, _HEADER_READ, header)
        return dependency

    return describe


def header_of(dependency: object) -> Header | None:
    """Return the header that a dependency declares to read, if any."""
    return getattr(dependency, _HEADER_READ, None)


def sends_header(*names: str) -> Callable[[Dependency], Dependency]:
    """Declare the headers that a dependency sets in an answer; their descriptions are in HEADERS."""

    def describe(dependency: Dependency) -> Dependency:
        setattr(dependency, _SENT, names)
        return dependency

    return describe


def sent_by(dependency: object) -> tuple[str, ...]:
    """Return the names of the headers that a dependency sets."""
    found: tuple[str, ...] = getattr(dependency, _SENT, ())
    return found


def located(status: int = 201, *others: str) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of a route whose answer has the address of what was created in `Location`.

    `others` are further headers of this answer.
    """
    return {status: {"headers": {name: {"schema": {"type": "string"}} for name in ("Location", *others)}}}
