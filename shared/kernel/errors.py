"""Refusals. A subclass names one and carries its facts; from its category the edges derive a status."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, TypeVar


class LibraryError(Exception):
    """Something cannot be done, and the caller deserves to know why.

    `detail` is one sentence for a person; `figures` are the facts behind it, as JSON values; `code` is stable.
    A refusal without figures says its sentence in the class and is raised without arguments.
    """

    code: ClassVar[str] = "error"
    detail: str
    example: ClassVar[Mapping[str, Any] | None] = None
    """Arguments of an example for the documentation, which otherwise shows the first line of the docstring."""

    def __init__(self, detail: str | None = None, **figures: Any) -> None:
        if detail is not None:
            self.detail = detail
        super().__init__(self.detail)
        self.figures: Mapping[str, Any] = figures


class NotFound(LibraryError):
    """The thing is not there, or not for this caller."""

    code = "not-found"


class Conflict(LibraryError):
    """The present state of a thing is in the way; it may change."""

    code = "conflict"


class Refused(LibraryError):
    """A rule says no."""

    code = "refused"


class NotAllowed(LibraryError):
    """This caller may not do that."""

    code = "forbidden"


class NotProved(LibraryError):
    """What somebody showed does not prove who they claim to be."""

    code = "not-proved"


class ProvedTooLongAgo(LibraryError):
    """Who the caller is was proved more than `within` ago: good enough for most things, not for this one."""

    code = "proved-too-long-ago"
    within: timedelta


class InvalidValue(LibraryError):
    """A value that cannot be what it claims to be. `field` names it with the word that the caller used."""

    code = "invalid-value"
    field: str

    def __init__(self, detail: str | None = None, *, field: str | None = None, **figures: Any) -> None:
        super().__init__(detail, **figures)
        self.field = self.field if field is None else field


class OutOfDate(LibraryError):
    """The caller changed a version that is no longer the present one (a stale `If-Match`)."""

    code = "out-of-date"


class TooManyRequests(LibraryError):
    """The caller must slow down."""

    code = "too-many-requests"

    def __init__(self, detail: str | None = None, *, retry_after: timedelta, **figures: Any) -> None:
        super().__init__(detail, **figures)
        self.retry_after = retry_after


class Unavailable(LibraryError):
    """Something that this answer needs does not answer now; nothing was changed."""

    code = "unavailable"

    def __init__(self, detail: str, *, retry_after: timedelta = timedelta(seconds=1), **figures: Any) -> None:
        super().__init__(detail, **figures)
        self.retry_after = retry_after


class NotReady(Unavailable):
    """What this service needs has not been set up yet."""

    code = "not-ready"


class NeighbourUnavailable(Unavailable):
    """Another service does not answer in time."""

    code = "neighbour-unavailable"


class PeerFailed(LibraryError):
    """A system of others gave no answer that can be used; nothing was changed."""

    code = "peer-failed"


class PeerTooSlow(LibraryError):
    """A system of others gave no answer in time; nothing was changed."""

    code = "peer-too-slow"


class Refusals(LibraryError):
    """Several refusals at once, so that the caller meets all of them in one answer. Never empty."""

    code = "refusals"

    def __init__(self, refusals: Iterable[LibraryError]) -> None:
        self.refusals: tuple[LibraryError, ...] = tuple(refusals)
        if not self.refusals:
            raise ValueError("a collection of refusals needs at least one")
        super().__init__(" ".join(refusal.detail for refusal in self.refusals))


def together(refusals: Iterable[LibraryError]) -> LibraryError:
    """Return a single refusal itself, or several combined. There is at least one."""
    collected = tuple(refusals)
    return collected[0] if len(collected) == 1 else Refusals(collected)


def refuse_if_any(refusals: Iterable[LibraryError]) -> None:
    """Raise the refusals that were collected, a single one as itself; do nothing when there are none."""
    collected = tuple(refusals)
    if collected:
        raise together(collected)


def refuse_if_stale(seen: int | None, present: int, *, thing: str) -> None:
    """Raise OutOfDate unless `seen` is the present version of a thing, or None, which stands for any version."""
    if seen not in (None, present):
        raise OutOfDate(f"The {thing} was changed in the meantime. Read it again and repeat the change.")


Declaring = TypeVar("Declaring")
_DECLARED = "__refuses__"


def refuses(*kinds: type[LibraryError]) -> Callable[[Declaring], Declaring]:
    """Declare the refusals of a use case or a part of one; the OpenAPI document of its route publishes them."""

    def declared(use_case: Declaring) -> Declaring:
        setattr(use_case, _DECLARED, kinds)
        return use_case

    return declared


def refusals_of(use_case: object) -> tuple[type[LibraryError], ...]:
    """Return the refusals that a use case declares."""
    declared: tuple[type[LibraryError], ...] = getattr(use_case, _DECLARED)
    return declared
