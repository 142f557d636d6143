"""Samples of what the routes of identity providers take and answer."""

from uuid import UUID

from members_service.api.identity.providers import (
    GroupGrantRequest,
    IdentityProviderList,
    IdentityProviderRequest,
    IdentityProviderResponse,
    TrialResponse,
)
from members_service.domain.identity.identity_provider import Audience, IdentityProvider

_A_PROVIDER = IdentityProviderRequest(
    title="Town hall",
    issuer="https://sign-in.town.example",
    client_id="library",
    client_secret="given out by the provider",  # noqa: S106 - a sample
    audience=Audience.STAFF,
    mail_domains=["town.example"],
    groups={"library-desk": [GroupGrantRequest(role="desk", branches=["MAIN"])]},
)
_SHOWN = IdentityProviderResponse.of_provider(
    IdentityProvider(id=UUID(int=7), code="town", version=1, client_secret="", **_A_PROVIDER.values())
)
OF_PROVIDERS = (
    _A_PROVIDER,
    _SHOWN,
    IdentityProviderList(items=[_SHOWN]),
    TrialResponse(authorize_url="https://sign-in.town.example/authorize?response_type=code&client_id=library&state=…"),
)
