"""Check the authorization request of a client, before the page to sign in on is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from members_service.domain.identity.authorization_code import Challenge
from members_service.domain.identity.client import PublicClient
from shared.kernel.errors import InvalidValue, NotAllowed

__all__ = ["AuthorizationRequest", "CheckAuthorization", "InvalidRequest", "NoWayBack", "PublicClient"]


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a client sends; all of it may be missing.

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
    """The client is registered, but its request is wrong; `word` is the `error` at its redirect address."""

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

    def __call__(self, request: AuthorizationRequest) -> PublicClient:
        client = self.clients.get(request.client_id or "")
        if client is None:
            raise NoWayBack("client_id is missing, or there is no such client for people.", field="client_id")
        if not client.may_redirect_to(request.redirect_uri or "", hosts=request.hosts):
            detail = "redirect_uri is missing, or it is not, to the letter, one that this client is registered with."
            raise NoWayBack(detail, field="redirect_uri")
        if request.response_type is None:
            raise InvalidRequest("response_type is missing.")
        if request.response_type != "code":
            raise InvalidRequest("Only the response_type code is offered.", word="unsupported_response_type")
        if (
            request.challenge_method != "S256"
            or request.challenge is None
            or Challenge.parse(request.challenge) is None
        ):
            raise InvalidRequest(
                "PKCE is needed: a code_challenge of 43 characters, made with the code_challenge_method S256."
            )
        if client.asks_for(request.scopes) == frozenset():
            raise InvalidRequest("This client is registered for none of these scopes.", word="invalid_scope")
        return client
