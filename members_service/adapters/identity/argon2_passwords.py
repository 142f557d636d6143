"""Passwords hashed with Argon2id, in a few threads of their own."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import BoundedSemaphore
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from members_service.application.passwords_and_pins import SecretVerdict
from shared.kernel.errors import Unavailable

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """What one hash costs. The defaults are OWASP's: about 20 ms, and 19 MiB for as long."""

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1


class Argon2Passwords:
    """Implements `ports.Passwords`.

    `threads` hash at once and `waiting` more may wait; beyond that, callers get Unavailable: hashing for those who have
    given up would only delay the others.
    """

    def __init__(self, cost: Argon2Cost | None = None, *, threads: int = 2, waiting: int = 20) -> None:
        cost = cost or Argon2Cost()
        hasher = Argon2Hasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes)
        self._hasher = PasswordHash((hasher,))
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._places = BoundedSemaphore(threads + waiting)
        # Compared with when there is no account, so that a wrong name costs what a wrong password does.
        self._dummy_hash = self._hasher.hash(secrets.token_urlsafe(32))

    async def hash(self, password: str) -> str:
        return await self._slowly(lambda: self._hasher.hash(_spelling(password)))

    async def verify(self, password: str, password_hash: str | None) -> SecretVerdict:
        return await self._slowly(lambda: self._verdict(_spelling(password), password_hash))

    def close(self) -> None:
        """Stop the threads; jobs that still wait are dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verdict(self, password: str, password_hash: str | None) -> SecretVerdict:
        is_right, better_hash = self._hasher.verify_and_update(password, password_hash or self._dummy_hash)
        return (
            SecretVerdict(is_right, better_hash)
            if is_right and password_hash is not None
            else SecretVerdict(is_right=False)
        )

    async def _slowly(self, work: Callable[[], Result]) -> Result:
        if not self._places.acquire(blocking=False):
            detail = "Too many people sign in at this moment. Try again in a second."
            raise Unavailable(detail, retry_after=timedelta(seconds=1))
        job = self._threads.submit(work)
        job.add_done_callback(lambda _: self._places.release())  # also when the caller was cancelled meanwhile
        return await asyncio.wrap_future(job)


def _spelling(password: str) -> str:
    """Return one spelling for all keyboards: what looks the same to its owner is the same password."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()
