"""Keys that sign, built once, since a PEM text would be parsed and checked at each call."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jose import jwk, jwt
from jose.backends import ECKey
from jose.backends.cryptography_backend import CryptographyECKey

ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - the media type of an access token (RFC 9068), not a secret

if ECKey is not CryptographyECKey:
    raise ImportError("python-jose needs its cryptography backend: install python-jose[cryptography]")


class SigningKey:
    """A private EC P-256 key. `kid` is its RFC 7638 thumbprint, so the same key has the same name everywhere."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        if not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("a signing key must be an EC key on the curve P-256")
        numbers = key.public_key().public_numbers()
        self._key = key
        self._x, self._y = (encode(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        self._jose = jwk.construct(self.to_pem(), ALGORITHM)
        self.kid = _thumbprint(x=self._x, y=self._y)

    @classmethod
    def from_pem(cls, pem: bytes | str) -> Self:
        """Read an unencrypted PEM private key. Raises ValueError when it is not one, or not on the curve P-256."""
        try:
            key = load_pem_private_key(pem.encode() if isinstance(pem, str) else pem, password=None)
        except (TypeError, ValueError) as error:
            raise ValueError("not an unencrypted PEM private key") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("a signing key must be an EC key on the curve P-256")
        return cls(key)

    @classmethod
    def generate(cls) -> Self:
        """Make a new random key."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    def to_pem(self) -> bytes:
        """Return the private key as unencrypted PKCS 8 PEM: for a file that only its owner may read."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def public_jwk(self) -> dict[str, str]:
        """Return the public half, as a member of a JWK set."""
        point = {"kty": "EC", "crv": "P-256", "x": self._x, "y": self._y}
        return {**point, "kid": self.kid, "use": "sig", "alg": ALGORITHM}

    def signed(self, claims: Mapping[str, Any]) -> str:
        """Return `claims` as a signed access token."""
        headers = {"kid": self.kid, "typ": TOKEN_TYPE}
        return str(jwt.encode(dict(claims), self._jose, algorithm=ALGORITHM, headers=headers))


def sign(key: SigningKey, claims: Mapping[str, Any]) -> str:
    """Return `claims` as an access token signed with `key`."""
    return key.signed(claims)


def _thumbprint(*, x: str, y: str) -> str:
    canonical = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    return encode(hashlib.sha256(canonical.encode()).digest())


def encode(raw: bytes) -> str:
    """Return base64url without padding, as JOSE writes everything."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
