"""Clients as the settings of the members service register them."""

import json
import re
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator, model_validator

from members_service.domain.identity.roles import ALL_SCOPES, SCOPES_OF_PEOPLE
from members_service.domain.one_time_token import digest
from shared.configuration import SHORTEST_SECRET
from shared.tokens import usable_keys

_REDIRECT = re.compile(
    r"(?!(?i:javascript|data|vbscript|file|blob|about):)"
    r"(?:[A-Za-z][A-Za-z0-9+.-]*:(?://[^\s/?#\\@]+/|/(?!/))|/(?!/))[!$-;=?-Z_a-z~%\[\]]*"
)
_BRANCH = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,39}")
_SHA_256 = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")


class RegisteredClient(BaseModel):
    """A service or kiosk that signs in for itself, or an app for people.

    A service has a secret (here itself, in the file that `secret_file` names, or as its SHA-256 in hexadecimal), or it
    signs with a private key whose public half is `jwk`: an EC key on the curve P-256, or a list of them while one takes
    over from another. A secret has at least 32 characters, drawn at random; one of which only the SHA-256 is here
    cannot be checked.
    With `password` such a client may sign people in with what they type, wherever software may not: e-mail address and
    password, or card number and PIN.
    An app can keep no secret; it has `redirect_uris` instead, to which people come back who signed in on our page. Each
    is matched to the letter; one that is only a path is that path on the host where people sign in.
    `scopes` are what a client gets at most: for itself, and of whoever signs in with it. `branches` are the codes of
    those in which a machine acts for itself; all, if there is none. What is about the whole library it then cannot do.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    secret: SecretStr | None = None
    secret_hash: SecretStr | None = None
    jwk: tuple[dict[str, str], ...] = ()
    redirect_uris: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()
    password: bool = False
    branches: frozenset[str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _secret_from_its_file(cls, value: object) -> object:
        if not isinstance(value, dict) or "secret_file" not in value:
            return value
        if "secret" in value:
            raise ValueError("a client has a secret or a secret_file, not both")
        path = str(value["secret_file"])
        try:
            secret = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ValueError(f"secret_file points to {path}, which cannot be read: {reason}") from None
        return {name: one for name, one in value.items() if name != "secret_file"} | {"secret": secret}

    @field_validator("secret")
    @classmethod
    def _cannot_be_guessed(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and 0 < len(secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"a secret has at least {SHORTEST_SECRET} characters: `openssl rand -hex 32` draws one")
        return secret

    @field_validator("scopes", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return value.split() if isinstance(value, str) else value

    @field_validator("scopes")
    @classmethod
    def _existing(cls, scopes: frozenset[str]) -> frozenset[str]:
        unknown = sorted(scopes - ALL_SCOPES.keys())
        if unknown:
            raise ValueError(f"scopes are some of: {', '.join(ALL_SCOPES)}; there is no {' '.join(unknown)} here")
        return scopes

    @field_validator("branches")
    @classmethod
    def _in_capitals(cls, branches: frozenset[str] | None) -> frozenset[str] | None:
        codes = None if branches is None else frozenset(code.upper() for code in branches)
        if codes is not None and not (codes and all(map(_BRANCH.fullmatch, codes))):
            raise ValueError('branches are codes of branches, such as ["MAIN"]; leave them out for all branches')
        return codes

    @field_validator("jwk", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return [value] if isinstance(value, dict) else value

    @field_validator("jwk")
    @classmethod
    def _public(cls, keys: tuple[dict[str, str], ...]) -> tuple[dict[str, str], ...]:
        if any("d" in key for key in keys):
            raise ValueError("a jwk here is the public key only: take the private part (d) out, and draw a new key")
        try:
            usable = len(usable_keys(keys))
        except Exception:  # noqa: BLE001 - whatever the library makes of it
            usable = 0
        if usable != len(keys):
            raise ValueError("a jwk is a public EC key on the curve P-256; several need different kids")
        return keys

    @field_validator("redirect_uris")
    @classmethod
    def _can_be_gone_to(cls, redirects: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(_REDIRECT.fullmatch, redirects)):
            raise ValueError("redirect_uris are whole addresses without a fragment, or paths that begin with one slash")
        return redirects

    @model_validator(mode="after")
    def _proves_itself_in_one_way(self) -> Self:
        secrets = [found for found in (self.secret, self.secret_hash) if found and found.get_secret_value()]
        if len(secrets) + bool(self.jwk) + bool(self.redirect_uris) != 1:
            raise ValueError(
                "each client needs a secret, secret_file, secret_hash or jwk, or redirect_uris if people use it"
            )
        people = bool(self.redirect_uris) or self.password
        if not self.scopes and not people:
            raise ValueError("a client that signs in for itself needs scopes")
        if people and self.scopes.isdisjoint(SCOPES_OF_PEOPLE):
            how = "redirect_uris" if self.redirect_uris else "password"
            raise ValueError(
                f"a client with {how} needs scopes: what it may do at most in the name of whoever signs in, "
                f"such as self; some of {', '.join(sorted(SCOPES_OF_PEOPLE))}"
            )
        if self.redirect_uris and self.branches is not None:
            raise ValueError("branches are for machines; what people may do, and where, is granted to them")
        if self.redirect_uris and self.password:
            raise ValueError("a client with redirect_uris sends people to our page; it takes no password")
        if self.secret_hash and not _SHA_256.fullmatch(self.secret_hash.get_secret_value()):
            raise ValueError("a secret_hash is the SHA-256 of the secret, as 64 hexadecimal digits")
        return self

    def digest(self) -> bytes | None:
        """Return the SHA-256 of the secret, if there is one."""
        if self.secret:
            return digest(self.secret.get_secret_value())
        found = _SHA_256.fullmatch(self.secret_hash.get_secret_value()) if self.secret_hash else None
        return bytes.fromhex(found.group(1)) if found else None


def clients_from_json(value: object) -> object:
    """Read JSON where it is text. Raises ValueError when it is none."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError(
            "it must be a JSON object: client id → {secret, secret_file, secret_hash or jwk, scopes}, "
            "or {redirect_uris, scopes}"
        ) from None
