"""The OpenAPI documentation of the page on which people sign in."""

from typing import Any

from fastapi.responses import HTMLResponse

from members_service.api.identity.oauth.request import MEDIA_TYPE

_TEXT = {"type": "string"}
_PARAMETERS: dict[str, dict[str, Any]] = {
    "response_type": {"enum": ["code"], "description": "An authorization code is all that is given."},
    "client_id": {**_TEXT, "description": "The software that a person signs in with; registered."},
    "redirect_uri": {**_TEXT, "format": "uri", "description": "To the letter one of the client's own."},
    "code_challenge": {**_TEXT, "description": "base64url of SHA-256 of the code_verifier, without padding."},
    "code_challenge_method": {"enum": ["S256"], "description": "`plain` would give the secret away."},
    "scope": {**_TEXT, "description": "Words with blanks between: less than everything that is allowed."},
    "prompt": {
        **_TEXT,
        "enum": ["login"],
        "description": "The password is asked for, whatever the browser keeps.",
    },
    "then": {
        **_TEXT,
        "enum": ["passkeys"],
        "description": "The page on which people see to their passkeys comes before the way back.",
    },
    "state": {**_TEXT, "description": "Comes back as it is. Make it hard to guess, and compare it."},
}
_NEEDED = ("response_type", "client_id", "redirect_uri", "code_challenge", "code_challenge_method")
_FORM_FIELDS = {
    **{name: schema for name, schema in _PARAMETERS.items() if name != "prompt"},
    "username": {**_TEXT, "description": "The e-mail address."},
    "password": {**_TEXT, "format": "password"},
    "step": {**_TEXT, "description": "From the page that asks for a code: says that the password was right."},
    "secret": {**_TEXT, "description": "From the page that sets a second factor up."},
    "otp": {**_TEXT, "description": "A code of the authenticator app, or a recovery code."},
    "credential": {**_TEXT, "description": "What a passkey proves, as the JSON of WebAuthn, in place of a password."},
    "passkey_name": {**_TEXT, "description": "What a new passkey is called."},
    "form_token": {**_TEXT, "description": "From the page; it fits the page's cookie and all fields above."},
    "once": {**_TEXT, "enum": ["1"], "description": "The browser shall not keep this sign-in."},
    "action": {**_TEXT, "description": "The button that was pressed."},
}

_A_FORM = {
    "response_type": "code",
    "client_id": "swagger",
    "redirect_uri": "http://127.0.0.1:8001/docs/oauth2-redirect",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
    "state": "af0ifjsldkj",
    "username": "ada@library.example",
    "password": "ada-demo-password",
    "form_token": "…",
    "action": "sign_in",
}


def _documented(**more: Any) -> dict[str, Any]:
    page = {"content": {"text/html": {"schema": _TEXT}}}
    return {
        "response_class": HTMLResponse,
        "responses": {
            200: {"description": "The page to sign in on, or the page for the next step", **page},
            303: {"description": "Back to redirect_uri, with code, or error, and with state and iss"},
            400: {"description": "A page: there is no safe way back, or the sign-in failed", **page},
            403: {"description": "The page again: the form does not belong to this browser", **page},
            429: {"description": "The page again: too many attempts, with `Retry-After`", **page},
            503: {"description": "The page again: too many sign in at once, with `Retry-After`", **page},
        },
        "openapi_extra": more,
    }


SIGN_IN_PAGE = _documented(
    parameters=[
        {
            "name": name,
            "in": "query",
            "required": name in _NEEDED,
            "description": schema["description"],
            "schema": schema,
        }
        for name, schema in _PARAMETERS.items()
    ]
)
SIGN_IN_FORM = _documented(
    requestBody={
        "required": True,
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "title": "SignInForm",
                    "description": "What the page sends.",
                    "type": "object",
                    "properties": _FORM_FIELDS,
                    "required": [*_NEEDED, "form_token"],
                },
                "examples": {"form": {"value": _A_FORM}},
            }
        },
    }
)
