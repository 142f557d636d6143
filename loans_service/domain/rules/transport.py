"""Which branches send copies to which for holds, and from where copies are sent first."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Ways from one branch to another. None in `origin`, `to` or `item_type` matches any. Codes are in capitals."""

    origin: str | None = None
    to: str | None = None
    item_type: str | None = None

    def covers(self, item_type: str, *, origin: str, to: str) -> bool:
        """Return whether a copy of this type takes it."""
        asked = ((self.origin, origin.upper()), (self.to, to.upper()), (self.item_type, item_type))
        return all(wanted in (None, found) for wanted, found in asked)


@dataclass(frozen=True, slots=True)
class Sources:
    """The branches from which copies are sent to the branch `to` before all others, the best first; in capitals."""

    to: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """How copies travel for holds: `never` are ways on which none is sent. A copy that goes home takes any way."""

    never: tuple[Route, ...] = ()
    sources: tuple[Sources, ...] = ()

    def sends(self, item_type: str, origin: str, to: str | None) -> bool:
        """Return whether such a copy is sent from `origin` to a pickup branch; None: it is fetched where it is."""
        if to is None or origin.upper() == to.upper():
            return True
        return not any(route.covers(item_type, origin=origin, to=to) for route in self.never)

    def brings(self, item_type: str, to: str | None, *, lent_in: str, home: str) -> bool:
        """Return whether such a copy, which is on loan, can be brought to a pickup branch once it is back.

        Back where it was lent it is sent from there, or else goes home and is sent from there.
        """
        return any(self.sends(item_type, origin, to) for origin in (lent_in, home))

    def rank(self, origin: str, to: str | None) -> int:
        """Return the place of `origin` among the sources of a pickup branch; of all that are not named the last one."""
        origins = next((each.origins for each in self.sources if to is not None and each.to == to.upper()), ())
        return origins.index(origin.upper()) if origin.upper() in origins else len(origins)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield the place of each fault, and what is wrong there."""
        for place, route in enumerate(self.never):
            if route.origin is None and route.to is None:
                yield f"never.{place}", "Name a branch that does not send, or one to which nothing is sent, or both."
        for place, each in enumerate(self.sources):
            if any(each.to == other.to for other in self.sources[:place]):
                yield f"sources.{place}.to", "An earlier line names the sources of this branch."
