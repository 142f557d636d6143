"""Lost PINs and passwords: the holder of a mailed token chooses anew, whether there ever was a password or not."""

from datetime import timedelta
from pathlib import Path

import pytest

from members_service.domain.identity.attempts import PINS
from members_service.domain.identity.roles import Role
from shared.persistence.database import Database
from tests.answers import error_of
from tests.members.api.conftest import Service, a_service
from tests.members.api.identity.recovering import CARD, choose, recover
from tests.members.api.membership.pins import verify
from tests.members.api.notices.sending import switch

PIN = "4819"


async def test_who_has_forgotten_the_password_chooses_another(service_on_either: Service) -> None:
    service = service_on_either
    await service.a_member_who_can_sign_in(email="ada@x.y", card_number=CARD)
    other = (await service.sign_in("ada@x.y")).json()["refresh_token"]

    answer = await recover(service, CARD, "ADA@x.y")
    chosen = await choose(service, answer.json()["recovery_token"])
    again = await choose(service, answer.json()["recovery_token"])

    assert (201, 200, "ada@x.y") == (answer.status_code, chosen.status_code, chosen.json()["email"])
    assert 200 == (await service.sign_in("ada@x.y", "eight-loud-badgers-sing")).status_code
    assert 422 == again.status_code, "it works once"
    ended = await service.ask_for_token(grant_type="refresh_token", refresh_token=other)
    assert (400, "invalid_grant") == error_of(ended)


async def test_who_never_had_a_password_chooses_a_pin_and_then_a_password_if_they_like(
    service_on_either: Service,
) -> None:
    service = service_on_either
    await service.enrol(email="ada@x.y", card_number=CARD, pin=PIN)
    for _ in range(PINS.tries):
        await verify(service, CARD, "1111")

    token = (await recover(service, CARD, "ada@x.y")).json()["recovery_token"]
    chosen = await choose(service, token, pin="9753")
    again = await choose(service, token, pin="8642")
    both = await choose(
        service,
        (await recover(service, CARD, "ada@x.y")).json()["recovery_token"],
        pin="7391",
        password="eight-loud-badgers-sing",
    )

    assert [(200, None), 422, (200, "ada@x.y")] == [
        (chosen.status_code, chosen.json()["email"]), again.status_code, (both.status_code, both.json()["email"])
    ]  # fmt: skip
    assert 200 == (await verify(service, CARD, "7391")).status_code, "and it is locked no longer"
    assert 200 == (await service.sign_in("ada@x.y", "eight-loud-badgers-sing")).status_code


async def test_a_child_at_the_family_s_address_has_a_pin_to_recover_and_no_password(service: Service) -> None:
    await service.a_member_who_can_sign_in(email="family@x.y")
    await service.enrol(email="family@x.y", card_number="KIM", category="child", pin=PIN)

    token = (await recover(service, "KIM", "family@x.y")).json()["recovery_token"]
    refused = await choose(service, token)
    chosen = await choose(service, token, pin="9753")

    assert (422, "no-password-to-recover") == (refused.status_code, refused.json()["code"])
    assert 200 == chosen.status_code, "what is refused leaves the token as it is"
    assert 200 == (await service.sign_in("family@x.y")).status_code, "the parent's password is another matter"


@pytest.mark.parametrize("chosen", [{}, {"pin": "1234"}, {"password": "short"}, {"pin": "9753", "password": "1234"}])
async def test_what_is_chosen_badly_changes_nothing(service: Service, chosen: dict[str, str]) -> None:
    await service.a_member_who_can_sign_in(email="ada@x.y", card_number=CARD, pin=PIN)
    token = (await recover(service, CARD, "ada@x.y")).json()["recovery_token"]
    body = {"recovery_token": token} | chosen

    refused = await service.request("POST", "/v1/auth/recover", body, token="")

    assert 422 == refused.status_code
    assert 200 == (await verify(service, CARD, PIN)).status_code
    assert 200 == (await choose(service, token, pin="9753")).status_code


async def test_a_token_lasts_a_day_and_no_longer_than_what_it_was_made_for(service: Service) -> None:
    ada = await service.enrol(email="ada@x.y", card_number=CARD)
    late, moved, changed = [(await recover(service, CARD, "ada@x.y")).json()["recovery_token"] for _ in range(3)]

    service.clock.pass_by(timedelta(days=1))
    answers = [await choose(service, late, pin="9753")]
    fresh = (await recover(service, CARD, "ada@x.y")).json()["recovery_token"]
    await service.request("PUT", f"/v1/members/{ada['member_id']}/pin", {"pin": "8642"})
    answers += [await choose(service, token, pin="9753") for token in (fresh, moved, changed)]

    assert {(422, "recovery-token-invalid")} == {(one.status_code, one.json()["code"]) for one in answers}


@pytest.mark.parametrize(("card", "email"), [(CARD, "eve@x.y"), ("20000000000026", "ada@x.y"), ("nonsense", "no")])
async def test_a_stranger_is_answered_alike_and_gets_nothing(service: Service, card: str, email: str) -> None:
    await service.a_member_who_can_sign_in(email="ada@x.y", card_number=CARD)

    right, answer = await recover(service, CARD, "ada@x.y"), await recover(service, card, email)
    refused = await choose(service, answer.json()["recovery_token"])

    assert (right.status_code, right.json().keys()) == (answer.status_code, answer.json().keys())
    assert len(right.text) == len(answer.text)
    assert 422 == refused.status_code
    assert 200 == (await service.sign_in("ada@x.y")).status_code, "the password goes on working"


async def test_staff_do_not_recover_by_card(service: Service) -> None:
    enrolled = await service.a_member_who_can_sign_in(email="ada@x.y", card_number=CARD)
    found = (await service.get("/v1/accounts?email=ada@x.y")).json()["items"][0]
    assert enrolled["member_id"] == found["member_id"]
    before = (await recover(service, CARD, "ada@x.y")).json()["recovery_token"]
    path = f"/v1/accounts/{found['account_id']}"
    await service.request("PATCH", path, {"roles": ["member", "librarian"]}, If_Match='"*"'.strip('"'))

    answer = await recover(service, CARD, "ada@x.y")

    assert 201 == answer.status_code
    for token in (before, answer.json()["recovery_token"]):
        assert [422, 422] == [(await choose(service, token, **one)).status_code for one in ({}, {"pin": "9753"})]


@pytest.mark.parametrize("token", ["x", "djE6MTpBQUVD", "é", "A" * 400, "djE6" * 50, "djE6MTpBQUVD="])
async def test_a_made_up_token_is_none(service: Service, token: str) -> None:
    assert 422 == (await choose(service, token, pin="9753")).status_code


async def test_it_takes_the_scope(service: Service) -> None:
    body = {"card_number": CARD, "email": "ada@x.y"}

    answer = await service.request("POST", "/v1/members/recovery", body, token=service.token(Role.LIBRARIAN))

    assert 403 == answer.status_code


@pytest.mark.parametrize(("mail_from", "is_shown"), [(None, True), ("Library <notices@library.example>", False)])
async def test_a_code_is_in_the_answer_unless_it_goes_by_mail(
    mail_from: str | None, is_shown: bool, sqlite_database: Database, tmp_path: Path
) -> None:
    async for service in a_service(sqlite_database, tmp_path, mail_from=mail_from):
        await service.enrol(email="ada@x.y", card_number=CARD, pin=PIN)
        await switch(service, "on")

        answer = await recover(service, CARD, "ada@x.y")

        assert 201 == answer.status_code
        assert is_shown is (answer.json()["recovery_token"] is not None)
