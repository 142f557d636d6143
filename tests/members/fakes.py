"""Stand-ins for what membership needs from outside, kept in memory."""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import httpx

from members_service.application.identity.sessions.ports import Bearer
from members_service.application.passwords_and_pins import SecretVerdict
from members_service.domain.identity.identity_provider import Enrolment, ForeignPerson
from members_service.domain.identity.session import ACCESS_TOKEN_LASTS
from shared.kernel.errors import NeighbourUnavailable
from tests.members.makers import NOW


class FakeBranches:
    """The branches of the library; `asked` are the codes that it was asked for together."""

    def __init__(self, *codes: str) -> None:
        self.codes = codes or ("MAIN", "WEST")
        self.asked: list[set[str]] = []
        self.away = False
        self.closed_ones: dict[str, str] = {}

    async def closed(self) -> Mapping[str, str]:
        if self.away:
            raise NeighbourUnavailable("The books service does not answer.")
        return self.closed_ones

    async def spellings(self, codes: Collection[str]) -> Mapping[str, str]:
        self.asked.append(set(codes))
        if self.away:
            raise NeighbourUnavailable("The books service does not answer.")
        return {given: code for code in self.codes for given in codes if given.upper() == code.upper()}


class FakeLending:
    """Knows who borrows. On the line it is the loans service, and members that gives out the token for it."""

    def __init__(self) -> None:
        self.borrowing: set[UUID] = set()
        self.away = False
        self.meanwhile: list[Callable[[], Awaitable[None]]] = []
        """What happens while each of the next questions is on its way."""

    async def borrowers(self, member_ids: Collection[UUID]) -> Collection[UUID]:
        if self.away:
            raise NeighbourUnavailable("The loans service does not answer.")
        return self.borrowing & {*member_ids}

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            token = {"access_token": "t", "token_type": "bearer", "expires_in": 900, "scope": "loans:facts"}
            return httpx.Response(200, json=token)
        if self.meanwhile:
            await self.meanwhile.pop(0)()
        if self.away:
            return httpx.Response(503)
        asked = {UUID(each) for each in json.loads(request.content)["members"]}
        facts: dict[str, list[str]] = {"loans": [], "holds": [], "fines": [], "branches": []}
        return httpx.Response(200, json=facts | {"members": [str(each) for each in self.borrowing & asked]})


class Books:
    """A books service on the line that has branches, two of them on a page."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)
        self.closed: dict[str, str] = {}
        self.status = 200
        self.asked: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        first = int(request.url.params.get("cursor", "0"))
        codes = [*self.closed] if request.url.params.get("closed") == "true" else self.codes
        shown = [
            {"code": code, "name": code, "timezone": "UTC", "copies_to": self.closed.get(code)}
            for code in codes[first : first + 2]
        ]
        further = str(first + 2) if first + 2 < len(codes) else None
        return httpx.Response(self.status, json={"items": shown, "next_cursor": further})


class FakeSecrets:
    """A secret generator that can be foreseen: secrets count up, and so do digits after those that were put in."""

    def __init__(self, *digits: str) -> None:
        self._digits = list(digits)
        self._drawn = self._counted = 0

    def secret(self) -> str:
        self._drawn += 1
        return f"secret-{self._drawn}"

    def digits(self, count: int) -> str:
        if self._digits:
            return self._digits.pop(0)
        self._counted += 1
        return str(int("7" * count) + self._counted)


class FakePasswords:
    """A hash that anybody can read. `old` are hashes made with former parameters."""

    def __init__(self, *old: str) -> None:
        self.old = old
        self.verified = 0

    async def hash(self, password: str) -> str:
        return f"hash of {password}"

    async def verify(self, password: str, password_hash: str | None) -> SecretVerdict:
        self.verified += 1
        if password_hash not in (f"hash of {password}", f"old hash of {password}"):
            return SecretVerdict(is_right=False)
        return SecretVerdict(is_right=True, better_hash=f"hash of {password}" if password_hash in self.old else None)


class FakeTokens:
    """Tokens that show whom they are for."""

    def __init__(self) -> None:
        self.issued: list[Bearer] = []

    def issue(self, bearer: Bearer, *, now: datetime, lasts: timedelta = ACCESS_TOKEN_LASTS) -> str:
        self.issued.append(bearer)
        return f"token for {bearer.subject}"

    async def sid_of(self, token: str) -> str | None:
        return next((bearer.sid for bearer in self.issued if token == f"token for {bearer.subject}"), None)


class FakeAssertions:
    """An assertion that anybody can read: the client's name, a colon, and whom it is for."""

    async def client_of(self, assertion: str, *, audiences: Collection[str]) -> str | None:
        client_id, _, audience = assertion.partition(":")
        return client_id if audience in audiences else None


class FakeAuthenticator:
    """An app whose code is the number of minutes since it knows the time, and whose secrets count up."""

    def __init__(self) -> None:
        self._drawn = 0

    def new_secret(self) -> str:
        self._drawn += 1
        return f"SECRET{self._drawn}"

    def address(self, secret: str, *, account: str) -> str:
        return f"otpauth://totp/{account}?secret={secret}"

    def step_of(self, code: str, secret: str, *, now: datetime) -> int | None:
        return self.step(now) if code == self.code(secret, now) else None

    def code(self, secret: str, now: datetime) -> str:
        """Return what the app shows."""
        return f"{self.step(now) * 10 + int(secret[-1]):06d}"[-6:]

    @staticmethod
    def step(now: datetime) -> int:
        return int((now - NOW) / timedelta(minutes=1))


class FakeReaders:
    """Makes nobody a member."""

    async def enrol(self, person: ForeignPerson, terms: Enrolment) -> None:
        raise AssertionError("nobody is enrolled here")
