"""Headers that a dependency reads and sets by itself, told to the OpenAPI document."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

_HEADER_READ = "takes_headers"
_SENT = "sends_header"

Dependency = TypeVar("Dependency", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Header:
    """A request header. `methods` are those in whose requests it means something; none: in all of them.

    Only a required one should have an `example`: the documentation page sends examples unless they are taken out.
    `rules` are what the schema says beside the type, such as a pattern.
    """

    name: str
    description: str
    example: str | None = None
    required: bool = False
    methods: Collection[str] = ()
    rules: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def as_parameter(self) -> dict[str, Any]:
        """Return it in the form of the OpenAPI document."""
        parameter = {
            "name": self.name,
            "in": "header",
            "required": self.required,
            "description": self.description,
            "schema": {"type": "string", **self.rules},
        }
        return parameter if self.example is None else {**parameter, "example": self.example}


def takes_header(header: Header) -> Callable[[Dependency], Dependency]:
    """Tell which header a dependency reads, where declaring it to the framework would cost every request."""

    def describe(dependency: Dependency) -> Dependency:
        setattr(dependency, _HEADER_READ, header)
        return dependency

    return describe


def header_of(dependency: object) -> Header | None:
    """Return the header that a dependency reads, if it told one."""
    return getattr(dependency, _HEADER_READ, None)


def sends_header(*names: str) -> Callable[[Dependency], Dependency]:
    """Tell which headers a dependency sets in an answer; their descriptions are in HEADERS."""

    def describe(dependency: Dependency) -> Dependency:
        setattr(dependency, _SENT, names)
        return dependency

    return describe


def sent_by(dependency: object) -> tuple[str, ...]:
    """Return the names of the headers that a dependency sets."""
    found: tuple[str, ...] = getattr(dependency, _SENT, ())
    return found


def located(status: int = 201, *others: str) -> dict[int | str, dict[str, Any]]:
    """Document, for `responses=` of a route, that the answer says in `Location` where it is what was made.

    `others` are further headers that this answer has.
    """
    return {status: {"headers": {name: {"schema": {"type": "string"}} for name in ("Location", *others)}}}
