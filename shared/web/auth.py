"""Who is calling: the bearer token of a request, checked once, as a Principal in the route's signature."""

from typing import Annotated

from fastapi import Depends, params
from starlette.requests import Request

from shared.tokens import Principal, TokenRejected, TokenVerifier
from shared.web.problems import Problem

SCHEME = "library"
"""The name of the security scheme in the OpenAPI document."""

_CHALLENGE = 'Bearer realm="library"'
_KEPT = "shared.web.principal"


async def principal_of(request: Request) -> Principal | None:
    """Return who calls, or None without a token. A token that is not valid is a 401 even where none is needed."""
    if _KEPT not in request.scope:
        request.scope[_KEPT] = await _verified(request)
    found: Principal | None = request.scope[_KEPT]
    return found


async def _verified(request: Request) -> Principal | None:
    given = request.headers.getlist("authorization")
    if not given:
        return None
    scheme, _, token = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer":
        raise _unauthorized("Send one Authorization header of the form: Bearer TOKEN.", error="invalid_request")
    verifier: TokenVerifier = request.app.state.verifier
    try:
        return await verifier.verify(token.strip(" "))
    except TokenRejected as error:
        raise _unauthorized(
            "The access token is not valid, or no longer. Get a new one.", error="invalid_token"
        ) from error


def _unauthorized(detail: str, *, error: str | None = None) -> Problem:
    challenge = _CHALLENGE if error is None else f'{_CHALLENGE}, error="{error}"'
    code = "not-authenticated" if error is None else error.replace("_", "-")
    return Problem(401, code, detail, headers={"www-authenticate": challenge})


class Access:
    """A dependency that lets a request in or not, and says in the OpenAPI document what it asks for.

    Any one of `scopes` is enough; none at all means: any valid token. `anonymous` lets requests without a token in.
    """

    def __init__(self, *scopes: str, anonymous: bool = False) -> None:
        self.scopes = scopes
        self.anonymous = anonymous

    async def __call__(self, request: Request) -> Principal | None:
        principal = await principal_of(request)
        if principal is None:
            if self.anonymous:
                return None
            raise _unauthorized("This needs an access token.")
        if self.scopes and principal.scopes.isdisjoint(self.scopes):
            wanted = " ".join(self.scopes)
            challenge = f'{_CHALLENGE}, error="insufficient_scope", scope="{wanted}"'
            detail = f"This needs one of the scopes: {', '.join(self.scopes)}."
            raise Problem(403, "forbidden", detail, headers={"www-authenticate": challenge})
        return principal

    @property
    def security(self) -> list[dict[str, list[str]]]:
        """The alternatives that the OpenAPI document offers."""
        alternatives: list[dict[str, list[str]]] = [{SCHEME: [scope]} for scope in self.scopes] or [{SCHEME: []}]
        return [{}, *alternatives] if self.anonymous else alternatives


def needs(*scopes: str) -> params.Depends:
    """Ask for a token with one of `scopes`: `Annotated[Principal, needs("a:write")]`, or in `dependencies=[…]`.

    Without a token, or with a bad one: 401. Without any of the scopes: 403 `forbidden`.
    """
    return params.Depends(Access(*scopes))


Caller = Annotated[Principal, Depends(Access())]
"""The caller, whoever it is; 401 without a valid token."""

MaybeCaller = Annotated[Principal | None, Depends(Access(anonymous=True))]
"""The caller, or None without a token. A token that is not valid is still a 401."""
