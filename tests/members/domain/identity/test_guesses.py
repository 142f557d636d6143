from collections.abc import Callable
from hashlib import sha256

import pytest

from members_service.domain.identity.attempts import (
    CLIENT_SECRETS,
    EMAIL_CHANGES,
    NETWORK,
    ONE_TIME_TOKENS,
    PINS_OF_CARD,
    RECOVERIES,
    STRANGERS,
    WRONG_PINS_AT_MACHINE,
    Attempt,
    Bucket,
    Guess,
    Limit,
    SignInSource,
    buckets_of,
)
from shared.kernel.ids import new_id
from tests.members.makers import ADA

HERE, NEIGHBOUR, ELSEWHERE = "192.0.2.1", "192.0.2.2", "198.51.100.1"


@pytest.mark.parametrize(
    ("make", "name", "limit"),
    [
        (lambda: Guess.of_client_secret("kiosk", address=HERE), "client kiosk", CLIENT_SECRETS),
        (lambda: Guess.from_network(HERE), "network c00002", NETWORK),
        (lambda: Guess.of_one_time_token(address=HERE), "one-time token", ONE_TIME_TOKENS),
        (lambda: Guess.of_recovery(" 2000 0000 "), "recovery 20000000", RECOVERIES),
        (lambda: Guess.of_email(ADA), "e-mail address", EMAIL_CHANGES),
    ],
)
def test_a_guess_is_counted_in_one_bucket_and_nothing_becomes_familiar(
    make: Callable[[], Guess], name: str, limit: Limit
) -> None:
    guess = make()
    (bucket,) = guess.buckets([])

    assert (name, limit, ()) == (guess.name, bucket.limit, guess.origins)
    assert [bucket] == guess.buckets([bucket.key])


def key(attempt: Attempt) -> bytes:
    (bucket,) = attempt.buckets([])
    return bucket.key


def test_secrets_are_counted_for_each_client_and_each_machine_that_presents_them() -> None:
    one = Guess.of_client_secret("kiosk", address=HERE)

    assert key(one) == key(Guess.of_client_secret("kiosk", address=HERE))
    assert 4 == len({key(one), key(Guess.of_client_secret("desk", address=HERE)),
                     key(Guess.of_client_secret("kiosk", address=NEIGHBOUR)),
                     key(Guess.of_client_secret("kiosk", address=None))})  # fmt: skip


def test_tokens_are_counted_for_each_machine_and_what_is_wrong_for_each_network() -> None:
    assert key(Guess.of_one_time_token(address=HERE)) != key(Guess.of_one_time_token(address=NEIGHBOUR))
    assert key(Guess.from_network(HERE)) == key(Guess.from_network(NEIGHBOUR)) != key(Guess.from_network(ELSEWHERE))
    assert key(Guess.from_network(HERE)) == SignInSource.at(HERE, name="ada@library.example").network_bucket.key


@pytest.mark.parametrize(("one", "other"), [("2001:db8::1", "2001:db8::ffff:2"), ("::ffff:192.0.2.1", HERE)])
def test_a_machine_has_a_whole_network_of_version_6_to_itself(one: str, other: str) -> None:
    assert key(Guess.of_one_time_token(address=one)) == key(Guess.of_one_time_token(address=other))
    assert key(Guess.of_one_time_token(address="2001:db8:0:1::1")) != key(Guess.of_one_time_token(address=one))


def test_a_card_is_recovered_however_it_is_written_and_each_member_asks_for_addresses_alone() -> None:
    assert key(Guess.of_recovery("Ab 12")) == key(Guess.of_recovery("aB12")) != key(Guess.of_recovery("ab13"))
    assert key(Guess.of_email(ADA)) == key(Guess.of_email(ADA)) != key(Guess.of_email(new_id()))
    assert key(Guess.of_recovery("1" * 200)) == key(Guess.of_recovery("1" * 201)), "nobody writes a longer one"


def test_a_pin_is_counted_for_its_card_and_a_wrong_one_for_its_machine() -> None:
    guess, wrong = Guess.of_pin("20000000000018"), Guess.of_wrong_pin("kiosk")

    assert ("pin 20000000000018", ()) == (guess.name, guess.origins)
    assert "wrong pin at kiosk" == wrong.name
    assert key(guess) == key(Guess.of_pin(" 2000000 0000018")) != key(Guess.of_pin("20000000000026"))
    assert key(wrong) == key(Guess.of_wrong_pin("kiosk")) != key(Guess.of_wrong_pin("gate"))


NAME, V6 = " Ada@Library.example ", "2001:db8:0:1::1"
KEPT: list[tuple[Callable[[], Attempt], Limit, str]] = [
    (lambda: Guess.of_client_secret("kiosk", address=HERE), CLIENT_SECRETS, "client\nkiosk\nc0000201"),
    (lambda: Guess.of_client_secret("kiosk", address=V6), CLIENT_SECRETS, "client\nkiosk\n20010db800000001"),
    (lambda: Guess.of_client_secret("kiosk", address=None), CLIENT_SECRETS, "client\nkiosk\nelsewhere"),
    (lambda: Guess.from_network(HERE), NETWORK, "network\nc00002"),
    (lambda: Guess.from_network(None), NETWORK, "network\nelsewhere"),
    (lambda: Guess.of_one_time_token(address=HERE), ONE_TIME_TOKENS, "one-time token\nc0000201"),
    (lambda: Guess.of_recovery("Ab 12"), RECOVERIES, "recovery\nab12"),
    (lambda: Guess.of_email(ADA), EMAIL_CHANGES, "e-mail address\n0190000000007000800000000000ada0"),
    (lambda: Guess.of_pin("20000000000018"), PINS_OF_CARD, "pin of card\n20000000000018"),
    (lambda: Guess.of_wrong_pin("kiosk"), WRONG_PINS_AT_MACHINE, "pin at machine\nkiosk"),
    (lambda: SignInSource.at(HERE, name="ada"), STRANGERS, "account\nada"),
    (lambda: SignInSource.at(HERE, name="ada"), NETWORK, "network\nc00002"),
]


@pytest.mark.parametrize(("attempt", "limit", "words"), KEPT)
def test_what_was_counted_before_an_update_is_counted_on_because_its_key_stays(
    attempt: Callable[[], Attempt], limit: Limit, words: str
) -> None:
    assert Bucket(sha256(words.encode()).digest(), limit) in attempt().buckets([])


def test_where_somebody_signed_in_before_an_update_is_familiar_after_it() -> None:
    source = SignInSource.at(HERE, name="ada", device="her phone")

    kept = ("owner\nada\nc00002", "device\nada\nher phone")
    assert tuple(sha256(words.encode()).digest() for words in kept) == source.origins


def test_an_account_is_unlocked_by_its_name_or_the_card_and_with_an_address_the_network_too() -> None:
    account, card, network = buckets_of(NAME, address=HERE)

    assert (account, card) == buckets_of(NAME)
    assert SignInSource.at(HERE, name="ada@library.example").account_bucket == account
    assert SignInSource.at(HERE, name="").network_bucket == network
    assert buckets_of("Ab 12")[1] in Guess.of_pin("ab12").buckets([])
    assert buckets_of("1" * 201)[1] in Guess.of_pin("1" * 200).buckets([]), "nobody writes a longer one"
    assert PINS_OF_CARD == card.limit


def test_a_name_that_no_keyboard_types_is_counted_like_any_other() -> None:
    one, other = (SignInSource.at(HERE, name=name).account_bucket for name in ("\ud800", "\ud801"))

    assert one != other
