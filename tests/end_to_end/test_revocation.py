"""Who signs out, or is put out, is out everywhere: within a minute, and without a broker."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from tests.end_to_end.gears import ProductionLibrary, account_of
from tests.end_to_end.library import Library, Person, done

WITHIN = 60.0  # seconds


async def refused_everywhere(library: Library, token: str) -> float:
    """Return after how many seconds books and loans no longer take the token; members must refuse at once."""
    doors = {"books": "/v1/books", "loans": "/v1/loans/mine", "members": "/v1/members/me"}
    headers = {"Authorization": f"Bearer {token}"}
    assert 401 == (await library.http.get(f"{library.members}{doors['members']}", headers=headers)).status_code
    began = time.monotonic()
    while time.monotonic() - began < WITHIN:
        answers = [
            await library.http.get(f"{library.services[service]}{doors[service]}", headers=headers)
            for service in ("books", "loans")
        ]
        if [401, 401] == [answer.status_code for answer in answers]:
            return time.monotonic() - began
        await asyncio.sleep(0.2)
    raise AssertionError(f"still taken after {WITHIN} seconds")


async def signed_in(library: Library, person: Person) -> dict[str, str]:
    form = {"grant_type": "password", "username": person.email, "password": person.password}
    issued: dict[str, str] = done(await library.http.post(f"{library.members}/v1/auth/token", data=form))
    return issued


async def test_who_signs_out_is_out_everywhere_within_a_minute(library: Library) -> None:
    member = await library.enrol()
    issued, other = await signed_in(library, member.person), await signed_in(library, member.person)
    assert (await library.http.get(f"{library.loans}/v1/loans/mine", headers=bearer(issued))).is_success

    form = {"token": issued["refresh_token"]}
    assert (await library.http.post(f"{library.members}/v1/auth/revoke", data=form)).is_success
    seconds = await refused_everywhere(library, issued["access_token"])

    print(f"{type(library).__name__}: out everywhere after {seconds:.1f} s")
    assert (await library.http.get(f"{library.loans}/v1/loans/mine", headers=bearer(other))).is_success


def bearer(issued: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {issued['access_token']}"}


async def test_other_roles_and_another_password_void_what_was_issued_before(production: ProductionLibrary) -> None:
    person = Person("fired@library.example", "a long enough pass phrase")
    admin = await production.admin()
    account = done(await admin.post(f"{production.members}/v1/accounts", account_of(person, "librarian", "member")))
    issued = await signed_in(production, person)
    assert (await production.http.get(f"{production.loans}/v1/loans", headers=bearer(issued))).is_success

    changed = await production.http.patch(
        f"{production.members}/v1/accounts/{account['account_id']}",
        json={"roles": ["member"]},
        headers={"Authorization": f"Bearer {admin.token}", "If-Match": "*"},
    )
    assert changed.is_success, changed.text
    await refused_everywhere(production, issued["access_token"])
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    newer = done(await production.http.post(f"{production.members}/v1/auth/token", data=form))
    assert "self" == newer["scope"]

    new = {"current_password": person.password, "password": "another long enough pass phrase"}
    address = f"{production.members}/v1/accounts/me/password"
    assert (await production.http.put(address, json=new, headers=bearer(newer))).is_success
    await refused_everywhere(production, newer["access_token"])


async def test_while_members_is_down_nobody_is_put_out_and_who_was_out_stays_out(production: ProductionLibrary) -> None:
    member = await production.enrol()
    out, still_in = await signed_in(production, member.person), await signed_in(production, member.person)
    assert (await production.http.get(f"{production.loans}/v1/loans/mine", headers=bearer(still_in))).is_success
    await production.http.post(f"{production.members}/v1/auth/revoke", data={"token": out["access_token"]})
    await refused_everywhere(production, out["access_token"])

    await production.stop("members")
    await asyncio.sleep(3)

    for address in (f"{production.loans}/v1/loans/mine", f"{production.books}/v1/books"):
        assert 401 == (await production.http.get(address, headers=bearer(out))).status_code
        assert (await production.http.get(address, headers=bearer(still_in))).is_success


STAFF_DOORS = {"books": "/v1/import-profiles", "members": "/v1/members", "loans": "/v1/loans"}


async def at_the_doors(library: Library, issued: dict[str, str]) -> list[int]:
    """Return what the three services answer to staff with this token."""
    return [
        (await library.http.get(f"{library.services[service]}{door}", headers=bearer(issued))).status_code
        for service, door in STAFF_DOORS.items()
    ]


async def test_a_grant_that_is_withdrawn_or_has_ended_counts_nowhere_within_twenty_seconds(library: Library) -> None:
    person = Person(f"let-go-{time.monotonic_ns()}@library.example", "a long enough pass phrase")
    admin = await library.admin()
    account = done(await admin.post(f"{library.members}/v1/accounts", account_of(person, "librarian", "member")))
    grant = f"{library.members}/v1/accounts/{account['account_id']}/grants/librarian"
    issued = await signed_in(library, person)
    assert [200, 200, 200] == await at_the_doors(library, issued)

    given = {"Authorization": f"Bearer {admin.token}"}
    assert (await library.http.delete(grant, headers=given)).is_success
    seconds = await refused_everywhere(library, issued["access_token"])
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    without = done(await library.http.post(f"{library.members}/v1/auth/token", data=form))
    refused = await at_the_doors(library, without)

    soon = (datetime.now(UTC) + timedelta(seconds=10)).isoformat()
    granted = await library.http.put(grant, json={"branches": None, "until": soon}, headers=given)
    assert granted.is_success, granted.text
    for_a_while = await signed_in(library, person)
    while_it_lasts = await at_the_doors(library, for_a_while)
    await asyncio.sleep(11)
    afterwards = await at_the_doors(library, for_a_while)

    print(f"{type(library).__name__}: withdrawn everywhere after {seconds:.1f} s")
    assert seconds < 20
    assert [403, 403, 403] == refused
    assert ([200, 200, 200], [403, 403, 403]) == (while_it_lasts, afterwards)
