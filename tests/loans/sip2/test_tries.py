"""Whoever guesses the logins of machines soon guesses in vain, and no machine is locked out for it."""

import asyncio

import pytest
from structlog.testing import capture_logs

from loans_service.sip2.tries import TRIES_OF_A_LOGIN, TRIES_OF_AN_ADDRESS, LoginTries
from tests.loans.sip2.fake_services import Room

HALL, ELSEWHERE = "10.0.0.7", "192.0.2.9"


class Hours:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def tries(hours: Hours) -> LoginTries:
    return LoginTries(hours)


def guess(tries: LoginTries, login: str, address: str, times: int) -> int:
    """Return how many of the wrong logins were looked at."""
    looked_at = 0
    for _ in range(times):
        if tries.may_try(login, address):
            looked_at += 1
            tries.failed(login, address)
    return looked_at


def test_after_ten_wrong_logins_an_address_is_not_listened_to(tries: LoginTries) -> None:
    assert TRIES_OF_AN_ADDRESS == guess(tries, "selfcheck", ELSEWHERE, 100)
    assert not tries.may_try("sorter", ELSEWHERE)


def test_a_login_is_not_guessed_from_many_addresses(tries: LoginTries) -> None:
    looked_at = sum(guess(tries, "selfcheck", f"192.0.2.{number}", 5) for number in range(100))

    assert TRIES_OF_A_LOGIN == looked_at


def test_a_machine_that_has_signed_in_before_is_not_locked_out_by_guesses(tries: LoginTries) -> None:
    tries.succeeded("selfcheck", HALL)
    guess(tries, "selfcheck", ELSEWHERE, 100)
    guess(tries, "another", HALL, 100)

    assert tries.may_try("selfcheck", HALL)


def test_tries_come_back_one_a_minute(tries: LoginTries, hours: Hours) -> None:
    guess(tries, "selfcheck", ELSEWHERE, 100)

    hours.seconds = 180.0

    assert 3 == guess(tries, "selfcheck", ELSEWHERE, 100)


def test_many_machines_behind_one_address_start_at_once(tries: LoginTries) -> None:
    for number in range(5 * TRIES_OF_AN_ADDRESS):
        assert tries.may_try(f"machine-{number}", HALL)
        tries.failed(f"machine-{number}", HALL)  # counted until the secret was found right
        tries.succeeded(f"machine-{number}", HALL)


async def test_many_connections_do_not_make_more_tries(room: Room) -> None:
    strangers = [await room.connect() for _ in range(4)]

    with capture_logs() as lines:
        for stranger in strangers:
            for _ in range(3):
                await stranger.send(b"9300CNselfcheck|COguessed-thousands-of-times|\r")
        heard = await asyncio.gather(*(stranger.hear() for stranger in strangers))
        late = await room.connect()
        refused = await late.ask("9300CNselfcheck|COsecret-of-the-hall|")

    assert {b"940"} == {answer[:3] for answer in heard}
    assert "940" == refused[:3]
    assert b"" == await late.hear()
    told = [line for line in lines if line["event"] == "a machine did not sign in"]
    assert TRIES_OF_AN_ADDRESS == len(told)
    assert {("selfcheck", "127.0.0.1")} == {(line["login"], line["address"]) for line in told}
