"""Whether an account exists is nobody's to find out: neither by what is answered, nor by how long the answer takes."""

import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from random import sample
from statistics import median
from uuid import UUID

import httpx
import pytest

from members_service.adapters.identity.argon2_passwords import Argon2Cost, Argon2Passwords
from members_service.domain.identity.attempts import Attempt
from members_service.domain.identity.roles import Role
from shared.persistence.database import Database
from tests.members.api.conftest import Service, a_service

TRIES, LARGEST_DIFFERENCE, ROUNDS = 100, 0.05, 3
OWN = {"x-request-id", "date"}


class OpenSignInThrottle:
    """Lets everybody try as often as they like."""

    async def admit(self, attempt: Attempt, *, now: datetime) -> None:
        return

    async def admit_email_change(self, member_id: UUID, *, now: datetime) -> None:
        return


@pytest.fixture
async def service_of_full_cost(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    """The service with the password hashes of production, and without a limit to tries."""
    async for service in a_service(sqlite_database, tmp_path):
        passwords = Argon2Passwords(Argon2Cost())
        service.rebind(passwords=passwords, throttle=OpenSignInThrottle())
        yield service
        passwords.close()


async def _seconds(service: Service, email: str) -> float:
    """Return the processor time of one try: how long it takes besides is the business of the machine's other work."""
    began = time.process_time()
    answer = await service.sign_in(email, "not the password")
    seconds = time.process_time() - began
    assert 400 == answer.status_code
    return seconds


async def test_a_wrong_name_takes_as_long_as_a_wrong_password(service_of_full_cost: Service) -> None:
    service = service_of_full_cost
    await service.open_account("known@library.example", Role.LIBRARIAN)
    differences = []

    for _ in range(ROUNDS):
        known, other = await _pairs_of_seconds(service, "known@library.example", "other@library.example")
        differences.append(abs(median(known) - median(other)) / median(known))
        if differences[-1] < LARGEST_DIFFERENCE:
            break

    print(f"medians of {TRIES} failing sign-ins differ by {min(differences):.2%}")
    assert min(differences) < LARGEST_DIFFERENCE


async def _pairs_of_seconds(service: Service, *emails: str) -> list[list[float]]:
    """Try all in turn, in an order that changes, so that a busy moment of the machine meets all of them alike."""
    seconds: dict[str, list[float]] = {email: [] for email in emails}
    for _ in range(TRIES):
        for email in sample(emails, len(emails)):
            seconds[email].append(await _seconds(service, email))
    return list(seconds.values())


async def test_every_failure_looks_the_same_until_tries_are_used_up(service: Service) -> None:
    await service.open_account("known@library.example", Role.LIBRARIAN)
    disabled = await service.open_account("disabled@library.example", Role.LIBRARIAN)
    account = f"/v1/accounts/{disabled}"
    tag = (await service.get(account)).headers["etag"]
    assert 200 == (await service.request("PATCH", account, {"disabled": True}, if_match=tag)).status_code
    await service.enrol(email="waiting@library.example")
    names = ["known", "other", "disabled", "waiting"]

    answers = {name: [await service.sign_in(f"{name}@library.example", "wrong") for _ in range(10)] for name in names}

    shown = {name: [_seen(answer) for answer in given] for name, given in answers.items()}
    assert shown["other"] == shown["known"] == shown["disabled"] == shown["waiting"]
    assert [400, 429] == sorted({status for status, _, _ in shown["known"]})


def _seen(answer: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    """Return all that can be seen of an answer, its length among the headers."""
    return answer.status_code, answer.text, [pair for pair in answer.headers.items() if pair[0] not in OWN]
