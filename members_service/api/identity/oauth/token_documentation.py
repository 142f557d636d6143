"""The OpenAPI documentation of the forms in which tokens are requested and revoked."""

from typing import Any

from members_service.api.identity.oauth.request import ASSERTION_TYPE, MEDIA_TYPE

_TEXT = {"type": "string"}
_ASSERTION = {
    "client_assertion_type": {"type": "string", "enum": [ASSERTION_TYPE]},
    "client_assertion": {**_TEXT, "description": "Instead of a secret: what the client signed for us (RFC 7523)."},
}
_TOKEN_SCHEMA = {
    "title": "TokenRequest",
    "description": "What signs in: each grant type has fields of its own.",
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {**_TEXT, "enum": ["authorization_code", "password", "refresh_token", "client_credentials"]},
        "code": {**_TEXT, "description": "For `authorization_code`. It works once, for a minute."},
        "redirect_uri": {**_TEXT, "description": "For `authorization_code`: the one of the authorization request."},
        "code_verifier": {**_TEXT, "description": "For `authorization_code`: what the code_challenge was made from."},
        "username": {**_TEXT, "description": "The e-mail address or the card number, for `password`."},
        "password": {**_TEXT, "format": "password", "description": "For `password`."},
        "otp": {**_TEXT, "description": "For `password`, with a second factor: a code of the app, or a recovery code."},
        "end_user_address": {
            **_TEXT,
            "description": "For `password`, of a client that is registered for it: the IP address of whoever types.",
        },
        "refresh_token": {**_TEXT, "description": "For `refresh_token`. It works once."},
        "scope": {**_TEXT, "description": "Words with blanks between: less than everything that is allowed."},
        "client_id": {**_TEXT, "description": "Unless it comes by HTTP Basic."},
        "client_secret": {**_TEXT, "format": "password", "description": "Unless it comes by HTTP Basic."},
        **_ASSERTION,
    },
}
_REVOCATION_SCHEMA = {
    "title": "TokenRevocationRequest",
    "description": "The token that shall be void.",
    "type": "object",
    "required": ["token"],
    "properties": {
        "token": {**_TEXT, "description": "A refresh token, or an access token."},
        "token_type_hint": {**_TEXT, "description": "Not needed."},
        "client_id": _TEXT,
        "client_secret": {**_TEXT, "format": "password"},
        **_ASSERTION,
    },
}
_EXAMPLES = {
    "authorization_code": {
        "summary": "A person who signed in on the page",
        "value": {
            "grant_type": "authorization_code",
            "client_id": "swagger",
            "code": "…",
            "redirect_uri": "http://127.0.0.1:8001/docs/oauth2-redirect",
            "code_verifier": "…",
        },
    },
    "password": {
        "summary": "A person, where the password grant is offered",
        "value": {"grant_type": "password", "username": "ada@library.example", "password": "ada-demo-password"},
    },
    "client_credentials": {
        "summary": "A service",
        "value": {"grant_type": "client_credentials", "client_id": "loans", "client_secret": "…"},
    },
    "refresh_token": {"summary": "Going on", "value": {"grant_type": "refresh_token", "refresh_token": "0193c2f4….…"}},
}


def _form(schema: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}}}}


TOKEN_FORM = _form(_TOKEN_SCHEMA, _EXAMPLES)
REVOCATION_FORM = _form(
    _REVOCATION_SCHEMA, {"refresh_token": {"summary": "A refresh token", "value": {"token": "0193c2f4….…"}}}
)

SIGNED_OUT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Signed out; with a body only where a session goes on at an identity provider",
        "content": {
            "application/json": {
                "schema": {
                    "title": "SignedOut",
                    "description": "Where a browser ends its session at the identity provider.",
                    "type": "object",
                    "required": ["sign_out_at"],
                    "properties": {"sign_out_at": {"type": "string", "format": "uri"}},
                },
                "examples": {
                    "there": {"value": {"sign_out_at": "https://sign-in.town.example/logout?client_id=library"}}
                },
            }
        },
    }
}
