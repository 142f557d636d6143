"""A device that keeps passkeys, and the browser that speaks for it: what a phone or a security key does."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT, _VERIFIED, _MAY_BE_BACKED_UP, _BACKED_UP, _ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Device:
    """It holds one passkey. `verifies`: it asks for a PIN or a finger; `counts`: it counts how often it is used."""

    origin: str = "http://members.test"
    verifies: bool = True
    counts: bool = True
    counter: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = b"the id of a passkey on a device"
    user: bytes = b""

    def make(self, options: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
        """Make a passkey as a page asks for it, and return what the page gets."""
        self.user = decoded(options["user"]["id"])
        public = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32), -3: public.y.to_bytes(32)}
        credential = len(self.credential_id).to_bytes(2) + self.credential_id + cbor2.dumps(cose)
        data = self._data(options["rp"]["id"], _ATTESTED) + bytes(16) + credential
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options["challenge"], changes)
        return self._credential({"clientDataJSON": encoded(client_data), "attestationObject": encoded(made)})

    def show(self, options: Mapping[str, Any], **changes: Any) -> str:
        """Show the passkey as a page asks for it, and return what the page gets, as JSON."""
        data = self._data(changes.pop("host", options["rpId"]))
        client_data = self._client_data("webauthn.get", options["challenge"], changes)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return json.dumps(
            self._credential(
                {
                    "clientDataJSON": encoded(client_data),
                    "authenticatorData": encoded(data),
                    "signature": encoded(signature),
                    "userHandle": encoded(self.user),
                }
            )
        )

    def _data(self, host: str, flags: int = 0) -> bytes:
        self.counter += self.counts
        flags |= _PRESENT | _MAY_BE_BACKED_UP | _BACKED_UP | (_VERIFIED if self.verifies else 0)
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4)

    def _client_data(self, kind: str, challenge: str, changes: Mapping[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin} | dict(changes)).encode()

    def _credential(self, response: Mapping[str, str]) -> dict[str, Any]:
        name = encoded(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": dict(response),
        }
