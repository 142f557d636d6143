"""Samples of what clients find out by themselves."""

from members_service.api.identity.discovery import AuthorizationServerResponse, KeyResponse, KeysResponse

_HERE = "https://library.example/members"
_WAYS = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
OF_DISCOVERY = (
    KeysResponse(
        keys=[
            KeyResponse(
                kty="EC",
                crv="P-256",
                x="eR1p-cKx6-q2sxcGCb0zQVwPRQxXtfjytVcnmZqG7eo",
                y="TOstQLDcB40G_Io1Ek29IXi6nv4gir0ArUy9nYrsOFE",
                kid="xsXa9aw4DYojkghQ5rR79I2syazHKST8in-b2mJfDUQ",
                use="sig",
                alg="ES256",
            )
        ]
    ),
    AuthorizationServerResponse(
        issuer="library",
        authorization_endpoint=f"{_HERE}/v1/auth/authorize",
        token_endpoint=f"{_HERE}/v1/auth/token",
        revocation_endpoint=f"{_HERE}/v1/auth/revoke",
        jwks_uri=f"{_HERE}/.well-known/jwks.json",
        scopes_supported=["self", "loans:read"],
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=["authorization_code", "client_credentials", "refresh_token"],
        token_endpoint_auth_methods_supported=_WAYS,
        token_endpoint_auth_signing_alg_values_supported=["ES256"],
        revocation_endpoint_auth_methods_supported=_WAYS,
        revocation_endpoint_auth_signing_alg_values_supported=["ES256"],
        code_challenge_methods_supported=["S256"],
        authorization_response_iss_parameter_supported=True,
        ui_locales_supported=["en", "fr"],
        service_documentation=f"{_HERE}/docs",
    ),
)
