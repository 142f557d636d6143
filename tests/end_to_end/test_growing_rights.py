"""Somebody at the desk keeps a one-time token, and waits until the new colleague may do more."""

from uuid import uuid4

import httpx

from tests.end_to_end.library import Library, done

KEPT, OWN = "what the thief has chosen", "a long enough pass phrase"


async def activate(library: Library, token: str, password: str) -> httpx.Response:
    body = {"activation_token": token, "password": password}
    return await library.anybody.post(f"{library.members}/v1/auth/activate", body)


async def sign_in(library: Library, email: str, password: str) -> httpx.Response:
    form = {"grant_type": "password", "username": email, "password": password}
    return await library.http.post(f"{library.members}/v1/auth/token", data=form)


async def test_a_token_that_was_kept_at_the_desk_makes_nobody_an_admin(library: Library) -> None:
    email = f"colleague-{uuid4().hex}@library.example"
    desk, admin = await library.librarian(), await library.admin()
    body = {"name": "Grace Hopper", "email": email, "category": "staff"}
    enrolled = done(await desk.post(f"{library.members}/v1/members", body))
    reset = done(await desk.post(f"{library.members}/v1/members/{enrolled['member_id']}/password-reset"))
    [account] = done(await admin.get(f"{library.members}/v1/accounts", email=email))["items"]
    address = f"{library.members}/v1/accounts/{account['account_id']}"

    headers = {"Authorization": f"Bearer {admin.token}", "If-Match": "*"}
    promoted = await library.http.patch(address, json={"roles": ["member", "admin"]}, headers=headers)
    stolen = [await activate(library, one["activation_token"], KEPT) for one in (enrolled, reset)]
    handed_over = done(await admin.post(f"{address}/password-reset"))["activation_token"]
    chosen = await activate(library, handed_over, OWN)

    assert promoted.is_success, promoted.text
    assert [422, 422] == [answer.status_code for answer in stolen]
    assert 400 == (await sign_in(library, email, KEPT)).status_code
    assert chosen.is_success, chosen.text
    assert "admin" in done(await sign_in(library, email, OWN))["scope"].split()
