"""Find out whether software may ask for somebody to sign in, before anybody is shown where to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from members_service.domain.identity.authorization_code import Challenge
from members_service.domain.identity.client import PublicClient
from shared.kernel.errors import InvalidValue, NotAllowed

__all__ = ["AuthorizationRequest", "CheckAuthorization", "InvalidRequest", "NoWayBack", "PublicClient"]


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What the software says of itself, and what it asks for; all of it may be missing.

    `hosts` are the names that our own page has now.
    """

    client_id: str | None
    redirect_uri: str | None
    response_type: str | None
    challenge: str | None
    challenge_method: str | None
    hosts: Iterable[str] = ()
    scopes: frozenset[str] | None = None


class NoWayBack(InvalidValue):
    """The software is not known, or the address is not its own: nobody is sent there, not even with an error."""

    code = "invalid_request"


class InvalidRequest(NotAllowed):
    """The software is known, but asks for what cannot be; `word` is what it is told at its own address."""

    code = "invalid_request"

    def __init__(self, detail: str, *, word: str = "invalid_request") -> None:
        super().__init__(detail)
        self.word = word


@dataclass(frozen=True, slots=True)
class CheckAuthorization:
    """Return the software that asks for a code, with PKCE, at its own address.

    Raises NoWayBack where it is not known, or the address is not its own.
    """

    clients: Mapping[str, PublicClient]

    def __call__(self, asked: AuthorizationRequest) -> PublicClient:
        client = self.clients.get(asked.client_id or "")
        if client is None:
            raise NoWayBack("client_id is missing, or there is no such client for people.", field="client_id")
        if not client.may_redirect_to(asked.redirect_uri or "", hosts=asked.hosts):
            detail = "redirect_uri is missing, or it is not, to the letter, one that this client is registered with."
            raise NoWayBack(detail, field="redirect_uri")
        if asked.response_type is None:
            raise InvalidRequest("response_type is missing.")
        if asked.response_type != "code":
            raise InvalidRequest("Only the response_type code is offered.", word="unsupported_response_type")
        if asked.challenge_method != "S256" or asked.challenge is None or Challenge.parse(asked.challenge) is None:
            raise InvalidRequest(
                "PKCE is needed: a code_challenge of 43 characters, made with the code_challenge_method S256."
            )
        if client.asks_for(asked.scopes) == frozenset():
            raise InvalidRequest("This client is registered for none of these scopes.", word="invalid_scope")
        return client
