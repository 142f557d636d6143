"""The keys of desks, derived from a secret of the library that rotations leave alone."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from members_service.application.identity.accounts.show_desk_key import DeskKey, DeskKeys

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve P-256
_BYTES = 32


def derived_desk_keys(secret: Callable[[], bytes]) -> DeskKeys:
    """Return what derives the key of an account from `secret`, 32 bytes of the library that serve this alone."""

    def key_of(account_id: UUID) -> DeskKey:
        wide = hmac.digest(secret(), account_id.bytes, hashlib.sha512)  # twice the order, so that no key is likelier
        number = int.from_bytes(wide) % (_ORDER - 1) + 1
        public = ec.derive_private_key(number, ec.SECP256R1()).public_key().public_numbers()
        return DeskKey("EC", "P-256", _text(public.x), _text(public.y), _text(number))

    return key_of


def _text(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(_BYTES)).decode().rstrip("=")
