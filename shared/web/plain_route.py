"""Routes outside of the documented interface: health, metrics, documents, pages."""

from starlette.routing import Match, Route
from starlette.types import Scope


class PlainRoute(Route):
    """A route that, like a documented one, puts itself into the scope, from which metrics take its name."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a request is for this route."""
        match, found = super().matches(scope)
        if match is not Match.NONE:
            found["route"] = self
        return match, found
