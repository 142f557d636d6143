import logging
from uuid import UUID

import pytest
import structlog

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service
from tests.shared.bad_input import BadRequest, Good, bad_bodies, bad_headers, bad_keys, bad_targets, check_answer
from tests.shared.hostile_tokens import hostile_tokens

MEMBER = {"name": "Ada Lovelace", "email": "ada@library.example", "category": "adult", "card_number": "ADA"}
ACCOUNT = {"email": "grace@library.example", "password": "seven-quiet-otters-read", "roles": ["admin"]}
ACTIVATION = {"activation_token": "x" * 43, "password": "seven-quiet-otters-read"}
NOBODY = UUID(int=7)
CODE = "/v1/accounts/me/second-factor/removal"
GOOD = [
    Good("/v1/members", MEMBER, text="name", longest_text=200),
    Good("/v1/accounts", {**ACCOUNT, "member_id": str(NOBODY)}, text="email", uuid="member_id", longest_text=254),
    Good(f"/v1/members/{NOBODY}/suspend", {"reason": "Shouting."}, text="reason", longest_text=500),
    Good(f"/v1/members/{NOBODY}/blocks", {"action": "hold", "reason": "Wet."}, text="reason", longest_text=500),
    Good(CODE, {"otp": "123456"}, text="otp", longest_text=100, accepted=frozenset({404})),  # nobody has this account
    Good("/v1/auth/activate", ACTIVATION, text="activation_token", longest_text=200, accepted=frozenset({200})),
]


@pytest.mark.parametrize("good", GOOD, ids=lambda good: good.path)
async def test_no_body_makes_a_post_fall_over(service_on_either: Service, good: Good) -> None:
    await send(service_on_either, [*bad_bodies(good), *bad_keys(good)])


async def test_no_address_makes_a_get_fall_over(service_on_either: Service) -> None:
    await send(service_on_either, [*bad_targets("/v1/members"), *bad_targets("/v1/members", item="/v1/accounts")])
    await send(service_on_either, [*bad_targets(f"/v1/members/{UUID(int=7)}/blocks", item="/v1/members")])


async def test_no_header_makes_a_get_fall_over(service_on_either: Service) -> None:
    service = service_on_either
    for bad in bad_headers("/v1/members"):
        token = "" if any(name == "Authorization" for name, _ in bad.headers) else service.token(Role.ADMIN)
        answer = await bad.send(service.http, {"Authorization": f"Bearer {token}"} if token else {})
        check_answer(bad, answer)


async def send(service: Service, requests: list[BadRequest]) -> None:
    token = service.token(Role.ADMIN)
    for bad in requests:
        answer = await bad.send(service.http, {"Authorization": f"Bearer {token}"})
        check_answer(bad, answer)


async def test_no_hostile_token_gets_in_anywhere(service: Service) -> None:
    routes = [
        ("POST", "/v1/members"),
        ("POST", "/v1/accounts"),
        ("GET", "/v1/members/standing"),
        ("GET", "/v1/members/me"),
    ]
    for hostile in hostile_tokens(service.key):
        if not hostile.fits_in_a_header:
            continue
        for method, path in routes:
            answer = await service.http.request(method, path, headers={"Authorization": f"Bearer {hostile.token}"})
            assert 401 == answer.status_code, (hostile.name, path, answer.text)
            problem_of(answer)


@pytest.mark.parametrize("name", ["name", "email", "external_id"])
async def test_strange_letters_are_kept_or_refused_but_never_break_anything(
    service_on_either: Service, name: str
) -> None:
    for text in ("\u202egnirts", "Zo\u0301e\u0308", "🦦", "a\u0301" * 80, "%_\\'\";--", "<script>", "ß", "İ", "\ufdfa"):
        body = MEMBER | {"card_number": None, name: f"{text}@x.y" if name == "email" else text}
        answer = await service_on_either.request("POST", "/v1/members", body)
        assert answer.status_code in (201, 409, 422), (text, answer.text)


async def test_nothing_personal_gets_into_the_log(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.WARNING, "httpx")  # the client of the test, not the service
    with structlog.testing.capture_logs() as events:
        ada = await service.a_member_who_can_sign_in(
            name="Canary Name", email="canary@library.example", phone="+44 canary", address={"street": "Canary Wharf"}
        )
        await service.sign_in("canary@library.example", "canary-password")
        await service.sign_in("canary@library.example")
        await service.enrol(email="other@library.example", card_number="canary-card")
        await service.standing(card_number="canary-card")
        await service.request("POST", "/v1/members", MEMBER | {"email": "Canary@library.example"})

    logged = f"{caplog.text} {events}"
    assert "canary" not in logged.casefold()
    assert ada["activation_token"] not in logged
