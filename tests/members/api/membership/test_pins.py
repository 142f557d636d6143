"""Card and PIN over HTTP, and what the token is good for."""

from datetime import timedelta

import pytest

from members_service.domain.identity.roles import Role
from shared.tokens import StaticKeys, TokenVerifier
from tests.answers import problem_of
from tests.members.api.conftest import Service
from tests.members.api.membership.pins import verify


async def test_a_child_without_an_address_proves_by_card_and_pin_who_it_is(service_on_either: Service) -> None:
    service = service_on_either
    child = await service.enrol(email=None, category="child", pin="4819")

    answer = await verify(service, child["card_number"], "4819")

    told = answer.json()
    assert (200, child["member_id"], 120) == (answer.status_code, told["member_id"], told["expires_in"])
    assert "no-store" == answer.headers["cache-control"]
    own = await service.get("/v1/members/me", token=told["access_token"])
    assert (200, child["member_id"]) == (own.status_code, own.json()["member_id"])
    claims = await TokenVerifier(StaticKeys([service.key.public_jwk()]), issuer="library").verify(told["access_token"])
    assert ("library", frozenset({"self"})) == (claims.client_id, frozenset(claims.scopes))


async def test_wrong_card_and_wrong_pin_have_one_answer(service: Service) -> None:
    ada = await service.enrol(pin="4819")

    answers = [await verify(service, card, pin) for card, pin in ((ada["card_number"], "1111"), ("NOBODY", "4819"))]

    for answer in answers:
        assert (401, "wrong-card-or-pin") == (answer.status_code, problem_of(answer)["code"])
        assert "Bearer" in answer.headers["www-authenticate"]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


async def test_who_guesses_at_a_card_waits(service: Service) -> None:
    ada = await service.enrol(pin="4819")

    answers = [await verify(service, ada["card_number"], "1111") for _ in range(6)]
    service.clock.pass_by(timedelta(minutes=5))
    later = await verify(service, ada["card_number"], "4819")

    assert [401] * 5 + [429] == [answer.status_code for answer in answers]
    assert "pin-locked" == problem_of(answers[-1])["code"]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert 200 == later.status_code


@pytest.mark.parametrize(("card", "pin"), [("", ""), (None, "1"), ("A", 4819), ("A" * 61, "4819"), ("A", "1" * 21)])
async def test_what_is_no_card_or_pin_is_never_a_failure_of_ours(service: Service, card: object, pin: object) -> None:
    assert (await verify(service, card, pin)).status_code in (401, 422)


async def test_members_choose_their_own_pin_and_the_desk_gives_another(service: Service) -> None:
    ada = await service.a_member_who_can_sign_in(email="ada@x.y")
    own = (await service.sign_in("ada@x.y")).json()["access_token"]
    at = f"/v1/members/{ada['member_id']}/pin"

    first = await service.request("PUT", "/v1/members/me/pin", {"pin": "1379"}, token=own)
    wrong = await service.request("PUT", "/v1/members/me/pin", {"current_pin": "1", "pin": "4819"}, token=own)
    second = await service.request("PUT", "/v1/members/me/pin", {"current_pin": "1379", "pin": "4819"}, token=own)
    by_desk = await service.request("PUT", at, {"pin": "9753"}, token=service.token(Role.LIBRARIAN))
    by_member = await service.request("PUT", at, {"pin": "9753"}, token=own)

    answers = (first, wrong, second, by_desk, by_member)
    assert [204, 422, 204, 204, 403] == [answer.status_code for answer in answers]
    assert "wrong-pin" == problem_of(wrong)["code"]
    assert 200 == (await verify(service, ada["card_number"], "9753")).status_code
    assert "9753" not in (await service.get(f"/v1/members/{ada['member_id']}")).text


async def test_only_machines_that_were_registered_for_it_verify(service: Service) -> None:
    answer = await verify(service, "A", "4819", "loans:write")

    assert (403, "forbidden") == (answer.status_code, problem_of(answer)["code"])


async def test_who_forgot_the_pin_chooses_another_after_signing_in_with_the_password(service: Service) -> None:
    await service.a_member_who_can_sign_in(email="ada@x.y", card_number="20000000000018", pin="4819")
    signed_in = (await service.sign_in("ada@x.y")).json()["access_token"]
    unknown = {"pin": "9753"}

    chosen = await service.request("PUT", "/v1/members/me/pin", unknown, token=signed_in)

    assert 204 == chosen.status_code
    assert 200 == (await verify(service, "20000000000018", "9753")).status_code
