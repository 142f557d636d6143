"""Tokens that nobody may get in with: made up, stolen from other uses, bent, cut, overgrown.

Handed the key that signs real tokens, so that most of them carry a perfectly good signature and are wrong elsewhere.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from shared.tokens import SigningKey, sign

ISSUER = "library"
AUDIENCE = "library"


@dataclass(frozen=True, slots=True)
class HostileToken:
    """One of them. Those that no client library would put into a header cannot be tried over HTTP."""

    name: str
    token: str

    @property
    def fits_in_a_header(self) -> bool:
        return self.token.isascii() and self.token.isprintable() and 0 < len(self.token) <= 8_000


def good_claims(**changes: Any) -> dict[str, Any]:
    """The claims of a token that is accepted, with `changes`; a change to `...` leaves the claim out."""
    now = int(time.time())
    claims: dict[str, Any] = {"iss": ISSUER, "aud": AUDIENCE, "sub": "0198c0de-0000-7000-8000-000000000001"}
    claims |= {"jti": str(uuid4()), "client_id": "swagger", "scope": "things:write", "roles": ["librarian"]}
    claims |= {"iat": now, "nbf": now, "exp": now + 900} | changes
    return {name: value for name, value in claims.items() if value is not ...}


def a_token(key: SigningKey, **changes: Any) -> str:
    """A token that is accepted, unless `changes` make it bad."""
    return sign(key, good_claims(**changes))


def hostile_tokens(key: SigningKey) -> Iterator[HostileToken]:
    """Every one of them, to be tried on a service that trusts `key`."""
    forger = Forger(key)
    for group in (_algorithms, _headers, _claims, _methods, _times, _nested, _shapes, _signatures):
        for name, token in group(forger):
            yield HostileToken(name, token)


class Forger:
    """Signs anything, even what is not a token."""

    def __init__(self, key: SigningKey) -> None:
        self.key = key
        private = load_pem_private_key(key.to_pem(), password=None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        self.private = private
        self.stranger = SigningKey.generate()
        self.good = a_token(key)

    def header(self, **changes: Any) -> dict[str, Any]:
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid} | changes
        return {name: value for name, value in header.items() if value is not ...}

    def forge(self, header: Mapping[str, Any] | bytes, payload: Mapping[str, Any] | bytes | None = None) -> str:
        """A token with this header and payload, and a good signature over both."""
        signed = f"{_part(header)}.{_part(good_claims() if payload is None else payload)}"
        return f"{signed}.{encode(self.raw_signature(signed.encode()))}"

    def raw_signature(self, signed: bytes) -> bytes:
        r, s = decode_dss_signature(self.der_signature(signed))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def der_signature(self, signed: bytes) -> bytes:
        return self.private.sign(signed, ec.ECDSA(hashes.SHA256()))

    def with_hmac(self, secret: bytes, **header: Any) -> str:
        signed = f"{_part(self.header(alg='HS256', **header))}.{_part(good_claims())}"
        return f"{signed}.{encode(hmac.digest(secret, signed.encode(), hashlib.sha256))}"

    def public(self, encoding: Encoding) -> bytes:
        return self.private.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _part(value: Mapping[str, Any] | bytes) -> str:
    return encode(value if isinstance(value, bytes) else json.dumps(value).encode())


def _algorithms(forger: Forger) -> Iterator[tuple[str, str]]:
    claims = _part(good_claims())
    for spelling in ("none", "nOnE", "NONE", ""):
        yield f"algorithm {spelling!r}, no signature", f"{_part(forger.header(alg=spelling))}.{claims}."
    yield "algorithm none, with a signature", forger.forge(forger.header(alg="none"))
    yield "algorithm in small letters", forger.forge(forger.header(alg="es256"))
    yield "algorithm with a blank", forger.forge(forger.header(alg="ES256 "))
    yield "algorithm with a NUL", forger.forge(forger.header(alg="ES256\0"))
    yield "no algorithm", forger.forge(forger.header(alg=...))
    yield "a list of algorithms", forger.forge(forger.header(alg=["ES256"]))
    yield "another algorithm of the family", forger.forge(forger.header(alg="ES384"))
    yield "RSA named over an EC signature", forger.forge(forger.header(alg="RS256"))
    yield "HMAC with the public key as PEM", forger.with_hmac(forger.public(Encoding.PEM))
    yield "HMAC with the public key as DER", forger.with_hmac(forger.public(Encoding.DER))
    yield "HMAC with an empty secret", forger.with_hmac(b"")
    yield "HMAC with the key's name as secret", forger.with_hmac(forger.key.kid.encode())


def _headers(forger: Forger) -> Iterator[tuple[str, str]]:
    yield "unknown kid", forger.forge(forger.header(kid="nobody-knows-me"))
    yield "no kid", forger.forge(forger.header(kid=...))
    yield "kid is a number", forger.forge(forger.header(kid=1))
    yield "kid is a path", forger.forge(forger.header(kid="../../../../dev/null"))
    yield "kid is SQL", forger.forge(forger.header(kid="x' UNION SELECT 'key"))
    yield "kid is empty", forger.forge(forger.header(kid=""))
    yield "kid is null", forger.forge(forger.header(kid=None))
    yield "kid with a blank", forger.forge(forger.header(kid=f"{forger.key.kid} "))
    yield "kid in other letters", forger.forge(forger.header(kid=forger.key.kid.swapcase()))
    yield "kid is a list", forger.forge(forger.header(kid=[forger.key.kid]))
    yield "kid is very long", forger.forge(forger.header(kid="k" * 700))
    yield "jku points elsewhere", forger.forge(forger.header(jku="https://evil.example/jwks.json"))
    yield "jwk brings its own key", forger.forge(forger.header(jwk=forger.stranger.public_jwk()))
    yield "x5u points elsewhere", forger.forge(forger.header(x5u="https://evil.example/chain.pem"))
    yield "zip", forger.forge(forger.header(zip="DEF"))
    yield "unencoded payload", forger.forge(forger.header(b64=False))
    yield "unknown crit", forger.forge(forger.header(crit=["exp-of-the-future"]))
    yield "crit names b64", forger.forge(forger.header(crit=["b64"], b64=False))
    yield "typ JWT", forger.forge(forger.header(typ="JWT"))
    yield "cty says that there is a token inside", forger.forge(forger.header(cty="JWT"))
    yield "typ of a client's assertion", forger.forge(forger.header(typ="client-authentication+jwt"))
    yield "typ with its long name", forger.forge(forger.header(typ="application/at+jwt"))
    yield "typ of a refresh token", forger.forge(forger.header(typ="rt+jwt"))
    yield "no typ", forger.forge(forger.header(typ=...))
    twice = b'{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"%s"}' % forger.key.kid.encode()
    yield "a header member twice", forger.forge(twice)
    yield "header is a list", forger.forge(b'["ES256"]')
    yield "header is not JSON", forger.forge(b"ES256")
    yield "header is empty", forger.forge(b"")
    yield "header is not UTF-8", forger.forge(b'{"alg":"\xff"}')
    yield "header of 2 KiB", forger.forge(forger.header() | {"typ": "at+jwt" + " " * 2_000})


def _claims(forger: Forger) -> Iterator[tuple[str, str]]:
    for claim in ("iss", "aud", "sub", "jti", "client_id", "iat", "exp"):
        yield f"no {claim}", forger.forge(forger.header(), good_claims(**{claim: ...}))
        yield f"{claim} is null", forger.forge(forger.header(), good_claims(**{claim: None}))
    yield "wrong issuer", a_token(forger.key, iss="https://evil.example")
    yield "issuer with a slash", a_token(forger.key, iss=f"{ISSUER}/")
    yield "issuer in capitals", a_token(forger.key, iss=ISSUER.upper())
    yield "audience in capitals", a_token(forger.key, aud=AUDIENCE.upper())
    yield "wrong audience", a_token(forger.key, aud="another-library")
    yield "audience list without us", a_token(forger.key, aud=["a", "b"])
    yield "audience list with others", a_token(forger.key, aud=["library", "b"])
    yield "audience is an object", forger.forge(forger.header(), good_claims(aud={"library": 1}))
    yield "subject is a number", forger.forge(forger.header(), good_claims(sub=7))
    yield "subject is empty", a_token(forger.key, sub="")
    yield "subject with a line break", a_token(forger.key, sub="me\nadmin")
    yield "scope is a list", a_token(forger.key, scope=["admin"])
    yield "scope is a number", a_token(forger.key, scope=1)
    yield "roles is a text", a_token(forger.key, roles="admin")
    yield "roles holds numbers", a_token(forger.key, roles=[1])
    yield "member_id is no UUID", a_token(forger.key, member_id="1")
    yield "member_id is a number", a_token(forger.key, member_id=1)
    plain = json.dumps(good_claims())
    yield "a claim twice", forger.forge(forger.header(), f'{plain[:-1]},"sub":"admin"}}'.encode())
    escaped = f'{plain[:-1]},"\\u0073ub":"admin"}}'.encode()
    yield "a claim twice, once with its name escaped", forger.forge(forger.header(), escaped)
    yield "claims behind a byte order mark", forger.forge(forger.header(), b"\xef\xbb\xbf" + plain.encode())
    yield "claims and something more", forger.forge(forger.header(), f'{plain}{{"sub":"admin"}}'.encode())
    yield "claims are a list", forger.forge(forger.header(), json.dumps([good_claims()]).encode())
    yield "claims are not JSON", forger.forge(forger.header(), b"sub=admin")
    yield "claims are not UTF-8", forger.forge(forger.header(), b'{"sub":"\xff\xfe"}')
    yield "claims in UTF-16", forger.forge(forger.header(), plain.encode("utf-16"))


def _methods(forger: Forger) -> Iterator[tuple[str, str]]:
    for methods in ("pin", {"pin": 1}, [["pin"]], 1):
        yield f"ways of proving that are none: {methods}", forger.forge(forger.header(), good_claims(amr=methods))


def _times(forger: Forger) -> Iterator[tuple[str, str]]:
    now = int(time.time())
    yield "expired", a_token(forger.key, iat=now - 1_000, nbf=now - 1_000, exp=now - 100)
    yield "not yet valid", a_token(forger.key, nbf=now + 3_400, exp=now + 3_500)
    yield "issued in the future", a_token(forger.key, iat=now + 20_000, exp=now + 20_900)
    yield "valid for years", a_token(forger.key, exp=now + 10**8)
    yield "expires before it was issued", a_token(forger.key, iat=now + 20, exp=now + 10)
    for claim in ("exp", "iat", "nbf"):
        yield f"{claim} is a text", a_token(forger.key, **{claim: str(now)})
        yield f"{claim} is a fraction", forger.forge(forger.header(), good_claims(**{claim: now + 0.5}))
        yield f"{claim} is true", forger.forge(forger.header(), good_claims(**{claim: True}))
    for constant in ("Infinity", "-Infinity", "NaN"):
        text = json.dumps(good_claims(exp="WHEN")).replace('"WHEN"', constant)
        yield f"exp is {constant}", forger.forge(forger.header(), text.encode())
    huge = json.dumps(good_claims(exp="WHEN")).replace('"WHEN"', "9" * 400)
    yield "exp has 400 digits", forger.forge(forger.header(), huge.encode())
    yield "exp is 1e400", forger.forge(forger.header(), huge.replace("9" * 400, "1e400").encode())
    yield "exp is negative", a_token(forger.key, exp=-1)


def _nested(forger: Forger) -> Iterator[tuple[str, str]]:
    deep = b"[" * 900 + b"]" * 900
    yield "deep header", forger.forge(b'{"alg":"ES256","typ":"at+jwt","kid":' + deep[800:1000] + b"}")
    yield "deep claims", forger.forge(forger.header(), b'{"sub":' + deep + b"}")
    yield "deep unclosed header", forger.forge(b'{"kid":' + b"[" * 600)
    yield "very deep claims", forger.forge(forger.header(), b"[" * 100_000 + b"]" * 100_000)
    yield "deep objects", forger.forge(forger.header(), b'{"a":' * 60 + b"1" + b"}" * 60)


def _shapes(forger: Forger) -> Iterator[tuple[str, str]]:
    header, payload, signature = forger.good.split(".")
    yield "empty", ""
    yield "one dot", f"{header}.{payload}"
    yield "dots only", ".."
    yield "four parts", f"{forger.good}.{signature}"
    yield "five parts, like an encrypted token", f"{header}.{payload}.{signature}.{payload}.{signature}"
    yield "empty payload", f"{header}..{signature}"
    yield "a NUL", f"{header}.{payload}\0.{signature}"
    yield "not ASCII", f"{header}.{payload}é.{signature}"
    yield "full-width letters", f"{header}.{payload}.\uff21{signature[1:]}"
    yield "half a surrogate pair", f"{header}.{payload}\ud800.{signature}"
    yield "a line break at the end", f"{forger.good}\n"
    yield "a line break inside", f"{header}.\n{payload}.{signature}"
    yield "a blank inside", f"{header}. {payload}.{signature}"
    yield "padding", f"{header}=.{payload}=.{signature}="
    yield "standard base64 letters", f"{header}.{payload}.{signature[:-2]}+/"
    yield "two tokens", f"{forger.good},{forger.good}"
    yield "5 MB", f"{header}.{'A' * 5_000_000}.{signature}"
    yield "the claims as plain JSON", json.dumps(good_claims())
    yield "a random text", "let-me-in"


def _signatures(forger: Forger) -> Iterator[tuple[str, str]]:
    header, payload, signature = forger.good.split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    signed = f"{header}.{payload}".encode()
    yield "signed by a stranger", a_token(forger.stranger)
    posed = sign(forger.stranger, good_claims()).split(".")
    yield "signed by a stranger under our kid", forger.forge(forger.header()).rpartition(".")[0] + f".{posed[2]}"
    yield "payload changed", f"{header}.{_part(good_claims(scope='admin'))}.{signature}"
    yield "header changed", f"{_part(forger.header(zip='DEF'))}.{payload}.{signature}"
    yield "signature cut", f"{header}.{payload}.{signature[:-10]}"
    yield "signature empty", f"{header}.{payload}."
    yield "signature of zeros", f"{header}.{payload}.{encode(bytes(64))}"
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    yield "signature of the group's order", f"{header}.{payload}.{encode(order.to_bytes(32, 'big') * 2)}"
    yield "signature of nought and one", f"{header}.{payload}.{encode(bytes(63) + bytes([1]))}"
    yield "signature too long", f"{header}.{payload}.{encode(raw + bytes(8))}"
    yield "signature with one bit flipped", f"{header}.{payload}.{encode(bytes([raw[0] ^ 1]) + raw[1:])}"
    yield "signature in DER form", f"{header}.{payload}.{encode(forger.der_signature(signed))}"
    yield "signature of another token", f"{header}.{payload}.{a_token(forger.key).split('.')[2]}"
