"""Somebody sees where the account is signed in, and ends what is not known: everywhere, and at once in members."""

from typing import Any

from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import ADMIN, LIBRARIAN, Library, Person, done
from tests.end_to_end.test_revocation import bearer, refused_everywhere, signed_in


async def sessions_of(library: Library, issued: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    answer = await library.http.get(f"{library.members}/v1/auth/sessions{query}", headers=bearer(issued))
    items: list[dict[str, Any]] = done(answer)["items"]
    return items


async def ended(library: Library, issued: dict[str, str], session_id: str) -> int:
    address = f"{library.members}/v1/auth/sessions/{session_id}"
    return (await library.http.delete(address, headers=bearer(issued))).status_code


async def refreshes(library: Library, issued: dict[str, str]) -> str | None:
    """Return the error word for a refresh, None when it goes on."""
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    word: str | None = (await library.http.post(f"{library.members}/v1/auth/token", data=form)).json().get("error")
    return word


async def test_a_member_ends_the_other_sign_in_and_keeps_this_one(library: Library) -> None:
    person: Person = (await library.enrol()).person
    lost, here = await signed_in(library, person), await signed_in(library, person)

    current, other = sorted(await sessions_of(library, here), key=lambda session: not session["current"])
    assert [True, False] == [current["current"], other["current"]]
    assert 204 == await ended(library, here, other["session_id"])
    await refused_everywhere(library, lost["access_token"])

    assert "invalid_grant" == await refreshes(library, lost)
    assert [current] == await sessions_of(library, here)
    assert await refreshes(library, here) is None


async def test_an_admin_ends_a_librarian_s_and_a_librarian_nobody_s(production: ProductionLibrary) -> None:
    librarian, admin = await signed_in(production, LIBRARIAN), await signed_in(production, ADMIN)
    (own,) = [one for one in await sessions_of(production, librarian) if one["current"]]
    (admins,) = [one for one in await sessions_of(production, admin) if one["current"]]
    address = f"{production.members}/v1/accounts?email={LIBRARIAN.email}"
    (account,) = done(await production.http.get(address, headers=bearer(admin)))["items"]

    assert 404 == await ended(production, librarian, admins["session_id"])
    seen = await sessions_of(production, admin, f"?account_id={account['account_id']}")
    assert own["session_id"] in {one["session_id"] for one in seen}
    assert 204 == await ended(production, admin, own["session_id"])

    await refused_everywhere(production, librarian["access_token"])
    assert "invalid_grant" == await refreshes(production, librarian)
