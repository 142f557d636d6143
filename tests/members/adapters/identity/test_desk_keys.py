import base64
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec

from members_service.adapters.identity.desk_keys import derived_desk_keys


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "="))


def test_an_account_has_always_the_same_key_and_no_other_has_it() -> None:
    keys = derived_desk_keys(lambda: b"s" * 32)
    own, other = uuid4(), uuid4()

    assert keys(own) == derived_desk_keys(lambda: b"s" * 32)(own)
    assert keys(own).d != keys(other).d
    assert keys(own).d != derived_desk_keys(lambda: b"t" * 32)(own).d


def test_the_public_half_belongs_to_the_private_one() -> None:
    key = derived_desk_keys(lambda: b"s" * 32)(uuid4())

    public = ec.derive_private_key(number(key.d), ec.SECP256R1()).public_key().public_numbers()

    assert ("EC", "P-256", public.x, public.y) == (key.kty, key.crv, number(key.x), number(key.y))
