"""A client: the software that somebody signs in with, or that signs in for itself."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from members_service.domain.identity.roles import ALL_SCOPES, SCOPES_OF_PEOPLE
from members_service.domain.one_time_token import digest
from shared.kernel.errors import NotAllowed

FIRST_PARTY = "library"
"""Stands for software that names no client: a script at the desk, a command line."""

SWAGGER = "swagger"
"""The documentation pages of the three services, where people try things out."""

DESK = "desk"
"""The library's own page for the desk."""

OWN_PAGES = frozenset({SWAGGER, DESK})
"""The library's own pages: nobody stays signed in there for longer than a working day."""

BROWSER = "browser"
"""Not software, but a browser with a session, from which people sign in to each page without a password."""


def scopes_through(client_id: str, scopes: frozenset[str]) -> frozenset[str]:
    """Return what a person with these scopes gets through a client.

    Who lends may say afterwards, at the library's own desk page, what was lent and taken back without a line.
    """
    return scopes | {"loans:offline"} if client_id == DESK and "loans:write" in scopes else scopes


def part_of(may: frozenset[str] | None, requested: frozenset[str] | None) -> frozenset[str] | None:
    """Return what both allow; None allows everything."""
    if may is None or requested is None:
        return requested if may is None else may
    return may & requested


class UnknownClient(NotAllowed):
    code = "invalid_client"
    detail = "The client is not registered, or its secret is not right."


class GrantNotForClient(NotAllowed):
    code = "unauthorized_client"
    detail = "This client may not use this grant type."


@dataclass(frozen=True, slots=True)
class ServiceClient:
    """Another service or a kiosk, registered by whoever runs the library. Its secret is known by its digest only.

    One that signs with a key of its own has no secret. `may_sign_people_in`: it is trusted with what people type; a
    catalogue's front end, for instance, that cannot send them to our page. `scopes` bound what it gets, for itself and
    for whoever signs in there; `branches`, in capitals, what it does for itself, and None is all of them.
    """

    client_id: str
    secret_digest: bytes | None
    scopes: frozenset[str]
    may_sign_people_in: bool = False
    branches: frozenset[str] | None = None

    def knows(self, secret: str) -> bool:
        """Whether `secret` is this client's; takes the same time whatever is wrong with it."""
        return hmac.compare_digest(self.secret_digest or b"", digest(secret))


@dataclass(frozen=True, slots=True)
class PublicClient:
    """Software that runs in the hands of people and so can keep no secret. Where it lets people come back is fixed.

    A redirect address that is only a path stands for that path on the host where people sign in. `scopes` bound what it
    gets, whoever signs in; None, for the library's own pages alone, is whatever the person may do.
    """

    client_id: str
    redirects: frozenset[str]
    scopes: frozenset[str] | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it is a page of the library's own, for which people are not asked for consent."""
        return self.scopes is None

    def asks_for(self, requested: frozenset[str] | None) -> frozenset[str] | None:
        """Return what it gets of a request at most; None is everything that the person may do."""
        return part_of(self.scopes, requested)

    def rights(self, requested: frozenset[str] | None) -> tuple[str, ...]:
        """Return the scopes that it gets at most, in the order in which rights grow."""
        granted = self.asks_for(requested)
        return tuple(
            scope for scope in ALL_SCOPES if scope in SCOPES_OF_PEOPLE and (granted is None or scope in granted)
        )

    def may_redirect_to(self, address: str, *, hosts: Iterable[str]) -> bool:
        """Return whether `address` is one of its own, to the letter; `hosts` are the names that our page has now."""
        if "://" not in address:
            return not address.startswith("/") and address in self.redirects
        return address in self.redirects or any(
            address.removeprefix(host) in self.redirects for host in hosts if address.startswith(f"{host}/")
        )


@dataclass(frozen=True, slots=True)
class Client:
    """The client of one request, with its registration: `service`, if it signs in for itself, or `public`."""

    client_id: str
    service: ServiceClient | None = None
    public: PublicClient | None = None

    def asks_for(self, requested: frozenset[str] | None) -> frozenset[str] | None:
        """Return what it gets of a request for somebody else at most; None is everything that the person may do."""
        registered = self.service or self.public
        return part_of(None if registered is None else registered.scopes, requested)

    def for_people(self) -> str:
        """Return its id if people sign in with it. Raises GrantNotForClient."""
        if self.service is not None and not self.is_trusted:
            raise GrantNotForClient
        return self.client_id

    @property
    def is_trusted(self) -> bool:
        """Whether it may hand in what people type, where that is not offered to everybody."""
        return self.service is not None and self.service.may_sign_people_in

    def for_itself(self) -> ServiceClient:
        """Return its registration if it signs in for itself.

        Raises UnknownClient when it did not say who it is, GrantNotForClient when it can keep no secret.
        """
        if self.service is None:
            raise UnknownClient if self.client_id == FIRST_PARTY else GrantNotForClient
        return self.service
