"""A second factor over HTTP: set up, asked for, turned off."""

from datetime import timedelta
from uuid import UUID

import pytest
import structlog
from sqlalchemy import select

from members_service.domain.identity.attempts import STRANGERS
from members_service.domain.identity.roles import Role
from members_service.domain.owner_check import FRESH_FOR
from members_service.persistence.tables import metadata
from tests.answers import error_of, problem_of
from tests.members.api.authenticator import MINE, NEVER_RIGHT, enrolled, offered, send_code, token_of
from tests.members.api.conftest import Service
from tests.members.api.identity.oauth.test_tokens import claims_of

A_STEP = timedelta(seconds=30)


async def actions(service: Service) -> list[str]:
    records = (await service.get("/v1/audit?limit=100")).json()["items"]
    return [record["deed"] for record in reversed(records)]


async def grace_s_account(service: Service) -> tuple[str, bool, str]:
    """Return its id, whether it has a second factor, and its version."""
    (shown,) = (await service.get("/v1/accounts?email=grace@x.y")).json()["items"]
    one = await service.get(f"/v1/accounts/{shown['account_id']}")
    assert one.json() == shown
    return shown["account_id"], shown["second_factor"], one.headers["etag"]


async def test_who_has_set_it_up_signs_in_with_password_and_code(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    _, before, first_version = await grace_s_account(service)

    app, _, recovery_codes = await enrolled(service)
    _, after, version = await grace_s_account(service)
    missing, wrong = await service.sign_in("grace@x.y"), await service.sign_in("grace@x.y", otp=app.wrong_code())
    used = await service.sign_in("grace@x.y", otp=app.code())
    service.clock.pass_by(A_STEP)
    right = await service.sign_in("grace@x.y", otp=app.code())
    recovered = await service.sign_in("grace@x.y", otp=recovery_codes[3])

    assert (False, True) == (before, after)
    assert first_version != version
    assert (400, "invalid_grant") == error_of(missing) == error_of(wrong) == error_of(used)
    assert "has a second factor" in missing.json()["error_description"]
    assert "The code is not right" in wrong.json()["error_description"]
    assert [200, 200] == [right.status_code, recovered.status_code]
    assert ["pwd", "otp"] == claims_of(right.json()["access_token"])["amr"]
    assert (400, "invalid_grant") == error_of(await service.sign_in("grace@x.y", otp=recovery_codes[3]))


async def test_nobody_learns_of_it_without_the_right_password(grace: Service) -> None:
    app, _, _ = await enrolled(grace)
    grace.clock.pass_by(A_STEP)

    with_it = await grace.sign_in("grace@x.y", "a wrong password", otp=app.code())
    nobody = await grace.sign_in("nobody@x.y", otp=app.code())

    assert with_it.json() == nobody.json()
    assert "code" not in with_it.json()["error_description"]


async def test_what_is_shown_once_is_nowhere_readable_afterwards(grace: Service) -> None:
    with structlog.testing.capture_logs() as logs:
        token = await token_of(grace)
        app = await offered(grace, token, Idempotency_Key="first")
        code = app.code()
        answer = await send_code(grace, token, "confirmation", code, Idempotency_Key="second")
        again = await send_code(grace, token, "confirmation", code, Idempotency_Key="second")
        await grace.sign_in("grace@x.y", otp=answer.json()["recovery_codes"][0])
    assert answer.json() == again.json()
    assert "no-store" == answer.headers["cache-control"]
    codes = answer.json()["recovery_codes"]

    kept = repr(logs)
    for table in metadata.sorted_tables:
        kept += repr(await grace.database.rows(select(table)))

    assert "second-factor-enrolled" in kept
    assert 10 == len(set(codes))
    for secret in (app.secret, f"'{code}'", *codes, *(one.replace("-", "") for one in codes)):
        assert secret not in kept


async def test_setting_it_up_ends_every_other_session_and_keeps_this_one(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    thief = (await service.sign_in("grace@x.y")).json()
    token = await token_of(service)
    app = await offered(service, token)

    assert 200 == (await send_code(service, token, "confirmation", app.code())).status_code

    assert 200 == (await service.get("/v1/accounts/me", token=token)).status_code
    assert 401 == (await service.get("/v1/accounts/me", token=thief["access_token"])).status_code
    refreshed = await service.ask_for_token(grant_type="refresh_token", refresh_token=thief["refresh_token"])
    assert 400 == refreshed.status_code


async def test_until_it_is_confirmed_nothing_is_asked_for(grace: Service) -> None:
    token = await token_of(grace)
    first, second = await offered(grace, token), await offered(grace, token)

    assert 200 == (await grace.sign_in("grace@x.y")).status_code
    old = await send_code(grace, token, "confirmation", first.code())
    assert (422, "wrong-code") == (old.status_code, problem_of(old)["code"])
    assert 200 == (await send_code(grace, token, "confirmation", second.code())).status_code


async def test_a_token_from_before_does_not_reach_it_nor_use_up_tries(grace: Service) -> None:
    app, token, _ = await enrolled(grace)
    grace.clock.pass_by(FRESH_FOR)

    for _ in range(STRANGERS.tries + 1):
        for what in ("removal", "recovery-codes"):
            answer = await send_code(grace, token, what, app.code())
            assert (401, "sign-in-too-old") == (answer.status_code, problem_of(answer)["code"])
    begun = await grace.request("POST", MINE, token=token)

    assert "sign-in-too-old" == problem_of(begun)["code"]
    assert 200 == (await grace.sign_in("grace@x.y", otp=app.code())).status_code


async def test_a_service_has_no_second_factor(service: Service) -> None:
    for method, path in (
        ("POST", MINE),
        ("POST", f"{MINE}/removal"),
        ("DELETE", f"/v1/accounts/{UUID(int=7)}{MINE[-14:]}"),
    ):
        answer = await service.request(method, path, {} if method == "POST" else None, token=service.token_for("x"))

        assert 403 == answer.status_code


@pytest.mark.parametrize("otp", ["", "x" * 101, 123456, None, "\N{OPEN LOCK}", "\u0000", "é" * 100, "-" * 100])
async def test_no_code_makes_it_fall_over(grace: Service, otp: object) -> None:
    _, token, _ = await enrolled(grace)

    answer = await grace.request("POST", f"{MINE}/removal", {"otp": otp}, token=token)

    assert 422 == answer.status_code, answer.text


async def test_with_the_right_password_few_codes_can_be_guessed(grace: Service) -> None:
    app, _, _ = await enrolled(grace)
    grace.http.cookies.clear()  # a stranger has no device that is known

    statuses = [
        (await grace.sign_in("grace@x.y", otp=app.wrong_code())).status_code for _ in range(STRANGERS.tries + 3)
    ]
    right = await grace.sign_in("grace@x.y", otp=app.code())

    assert [400] * STRANGERS.tries + [429] * 3 == statuses
    assert 429 == right.status_code


async def test_codes_for_other_things_share_the_tries_of_signing_in(grace: Service) -> None:
    app, token, _ = await enrolled(grace)
    for _ in range(STRANGERS.tries - 1):
        assert "wrong-code" == problem_of(await send_code(grace, token, "removal", app.wrong_code()))["code"]
    assert "wrong-code" == problem_of(await send_code(grace, token, "recovery-codes", NEVER_RIGHT))["code"]

    stopped = await send_code(grace, token, "removal", app.code())

    assert (429, "too-many-attempts") == (stopped.status_code, problem_of(stopped)["code"])
    grace.http.cookies.clear()
    assert 429 == (await grace.sign_in("grace@x.y")).status_code
    assert STRANGERS.tries == (await actions(grace)).count("second-factor-failed")


async def test_right_codes_use_up_no_tries(grace: Service) -> None:
    app, token, recovery_codes = await enrolled(grace)
    for _ in range(STRANGERS.tries + 1):
        grace.clock.pass_by(A_STEP)
        assert 200 == (await grace.sign_in("grace@x.y", otp=app.code())).status_code
        assert 400 == (await grace.sign_in("grace@x.y")).status_code

    assert 200 == (await send_code(grace, token, "removal", recovery_codes[0])).status_code


async def test_it_is_turned_off_with_a_code(grace: Service) -> None:
    app, token, _ = await enrolled(grace)
    grace.clock.pass_by(A_STEP)

    wrong = await send_code(grace, token, "removal", app.wrong_code())
    done = await send_code(grace, token, "removal", app.code())
    again = await send_code(grace, token, "removal", app.code())

    assert (422, 200, 409) == (wrong.status_code, done.status_code, again.status_code)
    assert done.json()["second_factor"] is False
    assert "second-factor-off" == problem_of(again)["code"]
    assert (await grace_s_account(grace))[1] is False
    assert 200 == (await grace.sign_in("grace@x.y")).status_code
    assert ["second-factor-failed", "second-factor-removed", "signed-in"] == (await actions(grace))[-3:]


async def test_new_recovery_codes_make_the_old_ones_void(grace: Service) -> None:
    app, token, old = await enrolled(grace)
    grace.clock.pass_by(A_STEP)

    answer = await send_code(grace, token, "recovery-codes", app.code())

    new = answer.json()["recovery_codes"]
    assert (201, "no-store") == (answer.status_code, answer.headers["cache-control"])
    assert set() == set(old) & set(new)
    assert (400, "invalid_grant") == error_of(await grace.sign_in("grace@x.y", otp=old[0]))
    assert 200 == (await grace.sign_in("grace@x.y", otp=new[0])).status_code
    assert "recovery-codes-drawn" in await actions(grace)


async def test_an_admin_lets_a_colleague_in_who_is_locked_out(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    _, token, _ = await enrolled(service)
    account_id, _, _ = await grace_s_account(service)
    at, boss = f"/v1/accounts/{account_id}/second-factor", UUID(int=7)
    admin = service.token(Role.ADMIN, subject=boss)

    refused = await service.request("DELETE", at, token=service.token(Role.LIBRARIAN))
    done = await service.request("DELETE", at, token=admin)
    again = await service.request("DELETE", at, token=admin)
    nobody = await service.request("DELETE", f"/v1/accounts/{boss}/second-factor")

    assert (403, 204, 404, 404) == tuple(answer.status_code for answer in (refused, done, again, nobody))
    assert ("second-factor-not-found", "account-not-found") == (problem_of(again)["code"], problem_of(nobody)["code"])
    assert 401 == (await service.get("/v1/members", token=token)).status_code, "all sessions have ended"
    assert 200 == (await service.sign_in("grace@x.y")).status_code
    (record,) = (await service.get("/v1/audit?deed=second-factor-removed")).json()["items"]
    assert (str(boss), account_id) == (record["by"], record["account_id"])


async def test_an_admin_s_own_one_needs_a_code_like_everybody_s(service: Service) -> None:
    account_id = await service.open_account("grace@x.y", Role.ADMIN)
    _, token, _ = await enrolled(service)

    answer = await service.request("DELETE", f"/v1/accounts/{account_id}/second-factor", token=token)

    assert (403, "own-second-factor") == (answer.status_code, problem_of(answer)["code"])
    assert (await grace_s_account(service))[1] is True


async def test_an_export_tells_that_there_is_one_and_nothing_of_it(service: Service) -> None:
    ada = await service.a_member_who_can_sign_in(email="ada@x.y")
    app, token, recovery_codes = await enrolled(service, "ada@x.y")

    answer = await service.get(f"/v1/members/{ada['member_id']}/export", token=token)

    (account,) = answer.json()["accounts"]
    assert account["second_factor"] is True
    for secret in (app.secret, *recovery_codes):
        assert secret not in answer.text
    assert "recovery_digests" not in answer.text
