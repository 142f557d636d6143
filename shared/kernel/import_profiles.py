"""How an import treats its records: by which keys it matches them, which fields it leaves alone, saved under a name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.kernel.errors import InvalidValue, NotFound, OutOfDate, refuses


class InvalidMatch(InvalidValue):
    """Records have no such key."""

    code = "invalid-match"

    def __init__(self, known: Sequence[str]) -> None:
        names = ", ".join(known) or "none"
        super().__init__(f"Choose each once from the keys by which these records match: {names}.", field="match")


class InvalidProtect(InvalidValue):
    """Records have no such field."""

    code = "invalid-protect"

    def __init__(self, known: Sequence[str]) -> None:
        names = ", ".join(known) or "none"
        super().__init__(f"Choose from the fields that can be protected: {names}.", field="protect")


class ProfileNotFound(NotFound):
    """There is no such profile."""

    code = "import-profile-not-found"
    detail = "There is no import profile with this name. See GET /v1/import-profiles."


@dataclass(frozen=True, slots=True)
class ImportRules:
    """What an import does with records that are here already.

    It looks for them by the keys of `match`, best first; without any, by all in their usual order. A field in `protect`
    that has a value here keeps it.
    """

    match: tuple[str, ...] = ()
    protect: tuple[str, ...] = ()


NO_RULES = ImportRules()


@dataclass(frozen=True, slots=True)
class Importable:
    """What rules may name of records of one kind: their keys, best first, and their fields.

    Fields with this `prefix` have names of the library's own.
    """

    keys: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    prefix: str | None = None

    def check(self, rules: ImportRules) -> None:
        """Raise InvalidMatch or InvalidProtect for a name that there is not."""
        if not set(rules.match) <= set(self.keys) or len(set(rules.match)) < len(rules.match):
            raise InvalidMatch(self.keys)
        own = () if self.prefix is None else (f"{self.prefix}…",)
        if any(name not in self.fields and not self._is_own(name) for name in rules.protect):
            raise InvalidProtect((*self.fields, *own))

    def _is_own(self, name: str) -> bool:
        return self.prefix is not None and name.startswith(self.prefix)


@dataclass(frozen=True, slots=True)
class ImportProfile:
    """How files of one kind are imported, under a name; `version` counts the changes."""

    name: str
    what: str
    format: str
    mapping: Mapping[str, Any] = field(default_factory=dict[str, Any])
    match: tuple[str, ...] = ()
    protect: tuple[str, ...] = ()
    version: int = 0


class ImportProfiles(Protocol):
    """The profiles that are saved; each call is a transaction of its own."""

    async def after(self, name: str | None, *, limit: int) -> Sequence[ImportProfile]:
        """Return profiles in the order of their names, from behind this one."""
        ...

    @refuses(ProfileNotFound)
    async def get(self, name: str) -> ImportProfile:
        """Raises ProfileNotFound."""
        ...

    @refuses(OutOfDate)
    async def put(self, profile: ImportProfile, *, in_place_of: int | None) -> ImportProfile:
        """Save a profile in place of this version (0: there is none; None: any). Raises OutOfDate."""
        ...

    @refuses(ProfileNotFound, OutOfDate)
    async def remove(self, name: str, *, seen: int | None) -> None:
        """Remove it if this is its version (None: any). Raises ProfileNotFound or OutOfDate."""
        ...
