"""Headers that a dependency reads by itself, told to the OpenAPI document."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

_TOLD = "takes_headers"

Dependency = TypeVar("Dependency", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Header:
    """A request header. `methods` are those in whose requests it means something; none: in all of them.

    Only a required one should have an `example`: the documentation page sends examples unless they are taken out.
    """

    name: str
    description: str
    example: str | None = None
    required: bool = False
    methods: Collection[str] = ()

    def as_parameter(self) -> dict[str, Any]:
        """Return it in the form of the OpenAPI document."""
        parameter = {
            "name": self.name,
            "in": "header",
            "required": self.required,
            "description": self.description,
            "schema": {"type": "string"},
        }
        return parameter if self.example is None else {**parameter, "example": self.example}


def takes_header(header: Header) -> Callable[[Dependency], Dependency]:
    """Tell which header a dependency reads, where declaring it to the framework would cost every request."""

    def told(dependency: Dependency) -> Dependency:
        setattr(dependency, _TOLD, header)
        return dependency

    return told


def header_of(dependency: object) -> Header | None:
    """Return the header that a dependency reads, if it told one."""
    return getattr(dependency, _TOLD, None)
