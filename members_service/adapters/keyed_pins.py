"""PINs, hashed under a key that is not in the database."""

from functools import cached_property
from secrets import token_hex

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from members_service.application.passwords_and_pins import SecretVerdict
from members_service.persistence.data_keys import DataKeys

_MEMORY_KIB, _PASSES = 1024, 1


class KeyedPins:
    """Implements `ports.Passwords` for PINs: Argon2id of a digest that needs the lookup key.

    Ten thousand PINs are soon tried, whatever one try costs: it is the key that protects the table of members, and the
    throttle that protects the machine (decision 120). So a hash takes less than a millisecond, in the loop's own
    thread.
    """

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys
        self._hasher = PasswordHash((Argon2Hasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=1),))

    async def hash(self, password: str) -> str:
        return self._hasher.hash(self._keyed(password))

    async def verify(self, password: str, password_hash: str | None) -> SecretVerdict:
        is_right = self._hasher.verify(self._keyed(password), password_hash or self._dummy_hash)
        return SecretVerdict(is_right and password_hash is not None)

    def _keyed(self, pin: str) -> str:
        return self._keys.digest(pin, purpose="pin").hex()

    @cached_property
    def _dummy_hash(self) -> str:
        """The hash to compare with when there is none, so that an unknown card costs what a wrong PIN does."""
        return self._hasher.hash(token_hex())
