from collections.abc import Callable
from hashlib import sha256
from uuid import UUID

import pytest

from members_service.domain.identity.attempts import (
    APPLICATIONS,
    APPLICATIONS_OF_CLIENT,
    APPLICATIONS_WITH_ADDRESS,
    CLIENT_SECRETS,
    EMAIL_CHANGES,
    NETWORK,
    ONE_TIME_TOKENS,
    PINS,
    RECOVERIES,
    STRANGERS,
    WRONG_PINS_AT_CLIENT,
    WRONG_PINS_OF_END_USER,
    ApplicationTry,
    Attempt,
    Bucket,
    GuessableSecret,
    Limit,
    PinTry,
    SignInSource,
    buckets_of,
)
from shared.kernel.ids import new_id
from tests.members.makers import ADA

HERE, NEIGHBOUR, ELSEWHERE = "192.0.2.1", "192.0.2.2", "198.51.100.1"


@pytest.mark.parametrize(
    ("make", "name", "limit"),
    [
        (lambda: GuessableSecret.of_client_secret("kiosk", address=HERE), "client kiosk", CLIENT_SECRETS),
        (lambda: GuessableSecret.from_network(HERE), "network c00002", NETWORK),
        (lambda: GuessableSecret.of_one_time_token(address=HERE), "one-time token", ONE_TIME_TOKENS),
        (lambda: GuessableSecret.of_recovery(" 2000 0000 "), "recovery 20000000", RECOVERIES),
        (lambda: GuessableSecret.of_email(ADA), "e-mail address", EMAIL_CHANGES),
    ],
)
def test_a_guess_is_counted_in_one_bucket_and_nothing_becomes_familiar(
    make: Callable[[], GuessableSecret], name: str, limit: Limit
) -> None:
    guess = make()
    (bucket,) = guess.buckets([])

    assert (name, limit, ()) == (guess.name, bucket.limit, guess.origins)
    assert [bucket] == guess.buckets([bucket.key])


def limits(tried: ApplicationTry) -> dict[bytes, Limit]:
    assert () == tried.origins
    return {bucket.key: bucket.limit for bucket in tried.buckets([])}


def test_an_application_is_counted_for_whom_it_is_mailed_to_and_for_the_network_that_it_comes_from() -> None:
    one, same = ApplicationTry("eve@x.y", ELSEWHERE, HERE), ApplicationTry("Eve@X.Y", None, NEIGHBOUR)
    other = ApplicationTry("ann@x.y", ELSEWHERE, ELSEWHERE)

    assert limits(one) == limits(same)
    assert not limits(one).keys() & limits(other).keys()
    assert {APPLICATIONS_WITH_ADDRESS, APPLICATIONS} == {*limits(one).values()}


def test_visitors_of_a_website_that_does_not_name_them_are_counted_together() -> None:
    one, other = ApplicationTry("eve@x.y", HERE), ApplicationTry("ann@x.y", HERE)

    (together,) = limits(one).keys() & limits(other).keys()
    assert APPLICATIONS_OF_CLIENT == limits(one)[together]
    assert together not in limits(ApplicationTry("may@x.y", NEIGHBOUR))


def key(attempt: Attempt) -> bytes:
    (bucket,) = attempt.buckets([])
    return bucket.key


def test_secrets_are_counted_for_each_client_and_each_machine_that_presents_them() -> None:
    one = GuessableSecret.of_client_secret("kiosk", address=HERE)

    assert key(one) == key(GuessableSecret.of_client_secret("kiosk", address=HERE))
    assert 4 == len({key(one), key(GuessableSecret.of_client_secret("desk", address=HERE)),
                     key(GuessableSecret.of_client_secret("kiosk", address=NEIGHBOUR)),
                     key(GuessableSecret.of_client_secret("kiosk", address=None))})  # fmt: skip


def test_tokens_are_counted_for_each_machine_and_what_is_wrong_for_each_network() -> None:
    assert key(GuessableSecret.of_one_time_token(address=HERE)) != key(
        GuessableSecret.of_one_time_token(address=NEIGHBOUR)
    )
    assert (
        key(GuessableSecret.from_network(HERE))
        == key(GuessableSecret.from_network(NEIGHBOUR))
        != key(GuessableSecret.from_network(ELSEWHERE))
    )
    assert (
        key(GuessableSecret.from_network(HERE)) == SignInSource.at(HERE, name="ada@library.example").network_bucket.key
    )


@pytest.mark.parametrize(("one", "other"), [("2001:db8::1", "2001:db8::ffff:2"), ("::ffff:192.0.2.1", HERE)])
def test_a_machine_has_a_whole_network_of_version_6_to_itself(one: str, other: str) -> None:
    assert key(GuessableSecret.of_one_time_token(address=one)) == key(GuessableSecret.of_one_time_token(address=other))
    assert key(GuessableSecret.of_one_time_token(address="2001:db8:0:1::1")) != key(
        GuessableSecret.of_one_time_token(address=one)
    )


def test_a_card_is_recovered_however_it_is_written_and_each_member_asks_for_addresses_alone() -> None:
    assert (
        key(GuessableSecret.of_recovery("Ab 12"))
        == key(GuessableSecret.of_recovery("aB12"))
        != key(GuessableSecret.of_recovery("ab13"))
    )
    assert (
        key(GuessableSecret.of_email(ADA))
        == key(GuessableSecret.of_email(ADA))
        != key(GuessableSecret.of_email(new_id()))
    )
    assert key(GuessableSecret.of_recovery("1" * 200)) == key(GuessableSecret.of_recovery("1" * 201)), (
        "nobody writes a longer one"
    )


def test_a_pin_is_counted_for_its_owner_and_a_wrong_one_for_its_visitor_and_its_client() -> None:
    tried = a_pin(end_user=HERE)

    assert "pin 20000000000018" == tried.name
    assert [tried.bucket] == tried.buckets([]) == a_pin(" 2000000 0000018").buckets([])
    assert a_pin(owner=ADA).bucket == a_pin("ANOTHER CARD OF HERS", owner=ADA).bucket != tried.bucket
    assert (
        tried.heeded([]) == a_pin("OF SOMEBODY ELSE", end_user=HERE).heeded([]) != a_pin(end_user=NEIGHBOUR).heeded([])
    )
    assert {one.limit for one in tried.when_wrong} == {WRONG_PINS_OF_END_USER, WRONG_PINS_AT_CLIENT}
    assert tried.client_bucket in tried.when_wrong
    assert tried.client_bucket == a_pin("OF SOMEBODY ELSE").client_bucket != a_pin(client="gate").client_bucket


def test_from_where_the_right_one_has_come_it_is_counted_apart_and_no_stranger_there_holds_it_up() -> None:
    tried, neighbour = a_pin(end_user=HERE), a_pin(end_user="192.0.3.1")

    assert ([tried.familiar_bucket], []) == (tried.buckets(tried.origins), tried.heeded(tried.origins))
    assert [neighbour.bucket] == neighbour.buckets(tried.origins)
    assert tried.bucket != tried.familiar_bucket
    assert () == a_pin().origins


def test_where_nobody_says_who_types_nothing_is_counted_for_visitors() -> None:
    assert ([], [a_pin().client_bucket]) == (a_pin().heeded([]), a_pin().when_wrong)
    assert (None, []) == (a_pin(client=None).client_bucket, a_pin(client=None).when_wrong)


def a_pin(
    card: str = "20000000000018",
    *,
    owner: UUID | None = None,
    client: str | None = "kiosk",
    end_user: str | None = None,
) -> PinTry:
    return PinTry.of(owner, card, client=client, end_user=end_user)


NAME, V6 = " Ada@Library.example ", "2001:db8:0:1::1"
KEPT: list[tuple[Callable[[], Attempt], Limit, str]] = [
    (lambda: GuessableSecret.of_client_secret("kiosk", address=HERE), CLIENT_SECRETS, "client\nkiosk\nc0000201"),
    (lambda: GuessableSecret.of_client_secret("kiosk", address=V6), CLIENT_SECRETS, "client\nkiosk\n20010db800000001"),
    (lambda: GuessableSecret.of_client_secret("kiosk", address=None), CLIENT_SECRETS, "client\nkiosk\nelsewhere"),
    (lambda: GuessableSecret.from_network(HERE), NETWORK, "network\nc00002"),
    (lambda: GuessableSecret.from_network(None), NETWORK, "network\nelsewhere"),
    (lambda: GuessableSecret.of_one_time_token(address=HERE), ONE_TIME_TOKENS, "one-time token\nc0000201"),
    (lambda: GuessableSecret.of_recovery("Ab 12"), RECOVERIES, "recovery\nab12"),
    (lambda: GuessableSecret.of_email(ADA), EMAIL_CHANGES, "e-mail address\n0190000000007000800000000000ada0"),
    (lambda: a_pin("20000000000018"), PINS, "pin\n20000000000018"),
    (lambda: a_pin(owner=ADA), PINS, f"pin\n{ADA.hex}"),
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
    assert buckets_of("Ab 12")[1] in a_pin("ab12").buckets([])
    assert buckets_of("1" * 201)[1] in a_pin("1" * 200).buckets([]), "nobody writes a longer one"
    assert buckets_of("Ab 12", owner=ADA)[1] in a_pin(owner=ADA).buckets([])
    assert PINS == card.limit


def test_a_name_that_no_keyboard_types_is_counted_like_any_other() -> None:
    one, other = (SignInSource.at(HERE, name=name).account_bucket for name in ("\ud800", "\ud801"))

    assert one != other
