"""What could be guessed or asked through is tried only so often: secrets of clients, one-time tokens, addresses."""

from datetime import timedelta

import httpx
import pytest

from members_service.domain.identity.attempts import CLIENT_SECRETS, EMAIL_CHANGES, NETWORK, ONE_TIME_TOKENS
from members_service.domain.identity.roles import Role
from tests.answers import error_of, problem_of
from tests.members.api.conftest import LOANS_SECRET, Service
from tests.members.api.identity.sign_in.test_guessing import somebody_at
from tests.members.makers import PASSWORD


async def change(service: Service, token: str, email: str) -> httpx.Response:
    return await service.request("PATCH", "/v1/members/me", {"email": email}, token=token, if_match="*")


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, problem_of(answer)["code"]


async def test_an_old_token_does_not_tell_who_is_registered(service_on_either: Service) -> None:
    service = service_on_either
    await service.a_member_who_can_sign_in(email="ada@x.y")
    await service.enrol(email="mary@x.y")
    await service.open_account("root@x.y", Role.ADMIN)
    token = (await service.sign_in("ada@x.y")).json()["access_token"]
    service.clock.pass_by(timedelta(minutes=5))

    answers = [await change(service, token, email) for email in ("mary@x.y", "root@x.y", "nobody@x.y") * 10]

    assert {(401, "sign-in-too-old")} == {code_of(answer) for answer in answers}


async def test_a_fresh_token_asks_for_few_addresses_in_an_hour_others_or_not(service_on_either: Service) -> None:
    service = service_on_either
    await service.a_member_who_can_sign_in(email="ada@x.y")
    await service.enrol(email="mary@x.y")
    token = (await service.sign_in("ada@x.y")).json()["access_token"]

    asked = ["mary@x.y", *(f"nobody{number}@x.y" for number in range(1, 30))]
    answers = [await change(service, token, email) for email in asked]
    answer = answers[-1]

    assert [200] * EMAIL_CHANGES.tries == [answer.status_code for answer in answers[: EMAIL_CHANGES.tries]]
    assert {(429, "too-many-attempts")} == {code_of(answer) for answer in answers[EMAIL_CHANGES.tries :]}
    assert int(answer.headers["retry-after"]) > 0
    current = asked[EMAIL_CHANGES.tries - 1]
    other = await service.request(
        "PATCH",
        "/v1/members/me",
        {"phone": "1", "email": current.upper()},
        token=token,
        if_match="*",
    )
    assert 200 == other.status_code, "everything else may still be changed"


async def test_an_address_that_is_free_costs_a_try_too(service: Service) -> None:
    await service.a_member_who_can_sign_in(email="ada@x.y")
    token = (await service.sign_in("ada@x.y")).json()["access_token"]

    answers = [await change(service, token, f"ada{number}@x.y") for number in range(EMAIL_CHANGES.tries + 1)]

    assert [200] * EMAIL_CHANGES.tries + [429] == [answer.status_code for answer in answers]


async def ask(service: Service, secret: str, client_id: str = "loans") -> httpx.Response:
    return await service.ask_for_token(grant_type="client_credentials", client_id=client_id, client_secret=secret)


async def test_who_guesses_the_secret_of_a_client_gets_no_right_one_either_and_locks_nobody_else_out(
    service_on_either: Service,
) -> None:
    async with (
        somebody_at("10.1.2.3", service_on_either) as guesser,
        somebody_at("10.1.2.4", service_on_either) as neighbour,
        somebody_at("2001:db8::1", service_on_either) as elsewhere,
    ):
        guesses = [await ask(guesser, f"guess {number} that is at least as long as it must be") for number in range(35)]
        lucky = await ask(guesser, LOANS_SECRET)
        others = [await ask(somebody, LOANS_SECRET) for somebody in (neighbour, elsewhere) for _ in range(40)]
        guesser.clock.pass_by(CLIENT_SECRETS.every)
        later = await ask(guesser, LOANS_SECRET)

    assert [401] * CLIENT_SECRETS.tries + [429] * 5 == [answer.status_code for answer in guesses]
    assert (429, "too_many_attempts") == error_of(lucky)
    assert {200} == {answer.status_code for answer in others}
    assert 200 == later.status_code


async def test_made_up_clients_are_counted_by_the_network(service: Service) -> None:
    answers = [await ask(service, "x" * 40, f"client {number}") for number in range(NETWORK.tries + 5)]

    assert [401] * NETWORK.tries + [429] * 5 == [answer.status_code for answer in answers]
    assert 200 == (await ask(service, LOANS_SECRET)).status_code


async def choose(service: Service, token: str, password: str = PASSWORD) -> httpx.Response:
    body = {"activation_token": token, "password": password}
    return await service.request("POST", "/v1/auth/activate", body, token="")


async def test_one_time_tokens_are_not_guessed_without_end(service_on_either: Service) -> None:
    ada = await service_on_either.enrol()
    async with (
        somebody_at("10.1.2.3", service_on_either) as guesser,
        somebody_at("10.1.2.4", service_on_either) as ada_at,
    ):
        guesses = [await choose(guesser, f"guess-{number}") for number in range(ONE_TIME_TOKENS.tries + 3)]
        lucky = await choose(guesser, ada["activation_token"])
        chosen = await choose(ada_at, ada["activation_token"])

    assert [422] * ONE_TIME_TOKENS.tries + [429] * 3 == [answer.status_code for answer in guesses]
    assert (429, "too-many-attempts") == code_of(lucky)
    assert 200 == chosen.status_code


@pytest.mark.parametrize("password", [PASSWORD, "password1234"])
async def test_a_right_one_time_token_costs_nothing(service: Service, password: str) -> None:
    for _ in range(ONE_TIME_TOKENS.tries + 1):
        ada = await service.enrol()
        assert (await choose(service, ada["activation_token"], password)).status_code == (
            200 if password == PASSWORD else 422
        )

    assert 200 == (await choose(service, (await service.enrol())["activation_token"])).status_code
