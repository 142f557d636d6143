"""Checks tokens with the keys and revocations of their issuer over HTTP. Imported, with the client, only for that."""

from functools import partial

from shared.configuration import ServiceSettings
from shared.outgoing_http import NeighbourClient
from shared.outgoing_http.token_issuer import TokenIssuer
from shared.service.web import TokenCheck
from shared.tokens import KeyTable, TokenVerifier
from shared.web.health import Check


def checked_with_issuer(
    neighbour: NeighbourClient, settings: ServiceSettings, *, keys: KeyTable | None, required: bool = True
) -> TokenCheck:
    """Check tokens with the keys of the service that issues them, and with what it has revoked.

    With `keys` none are fetched. `required`: the service can answer nothing without keys.
    """
    issuer = TokenIssuer(neighbour, settings.auth_jwks_url)
    verifier = TokenVerifier(keys or issuer.keys, issuer=settings.auth_issuer, revoked=issuer.revoked)
    if keys is not None:
        return TokenCheck(verifier)
    return TokenCheck(
        verifier,
        readiness=(Check("keys", issuer.keys.load, required=required),),
        tasks={"revocations": partial(issuer.follow, settings.auth_revocations_every)},
    )
