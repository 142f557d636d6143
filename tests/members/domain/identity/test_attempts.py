import pytest

from members_service.domain.identity.attempts import (
    FAMILIAR_DEVICE,
    FAMILIAR_NETWORK,
    NETWORK,
    STRANGERS,
    Limit,
    SignInSource,
)
from members_service.domain.networks import network_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.1", "192.0.2.254"),
        ("::ffff:192.0.2.1", "192.0.2.9"),
        ("2001:db8:0:ff00::1", "2001:db8:0:ffff:1::2"),
        (None, "not an address"),
        ("testclient", ""),
    ],
)
def test_neighbours_count_as_one(one: str | None, other: str | None) -> None:
    assert network_of(one) == network_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("192.0.2.1", "192.0.3.1"), ("2001:db8::1", "2001:db8:0:100::1"), ("127.0.0.1", "127.0.0.2"), ("::1", "::2")],
)
def test_others_do_not(one: str, other: str) -> None:
    assert network_of(one) != network_of(other)


def test_every_bucket_has_a_key_of_its_own() -> None:
    source = SignInSource.at("192.0.2.1", name="ada@library.example", device="192.0.2.1")

    buckets = (source.account_bucket, source.owner_bucket, source.device_bucket, source.network_bucket)

    assert 4 == len({bucket.key for bucket in buckets})


@pytest.mark.parametrize(
    ("familiar", "counted"),
    [
        (set(), {"account": STRANGERS, "network": NETWORK}),
        ({"owner"}, {"owner": FAMILIAR_NETWORK, "network": NETWORK}),
        ({"device"}, {"device": FAMILIAR_DEVICE}),
        ({"owner", "device"}, {"device": FAMILIAR_DEVICE}),
    ],
)
def test_what_is_familiar_says_what_a_try_is_counted_in(familiar: set[str], counted: dict[str, Limit]) -> None:
    source = SignInSource.at("192.0.2.1", name="ada@library.example", device="her phone")
    names = {getattr(source, f"{name}_bucket").key: name for name in ("account", "owner", "device", "network")}

    buckets = source.buckets([key for key, name in names.items() if name in familiar])

    assert counted == {names[bucket.key]: bucket.limit for bucket in buckets}
    assert buckets == sorted(buckets, key=lambda bucket: bucket.key)


def test_without_a_device_no_device_is_familiar() -> None:
    source = SignInSource.at("192.0.2.1", name="ada@library.example")

    assert (source.owner_bucket.key,) == source.origins
    assert source.network_bucket in source.buckets([source.device_bucket.key])
