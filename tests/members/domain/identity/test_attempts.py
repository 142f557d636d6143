import pytest

from members_service.domain.identity.attempts import SignInSource, network_of


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


def test_every_count_has_a_slot_of_its_own() -> None:
    source = SignInSource.at("192.0.2.1", name="ada@library.example", device="192.0.2.1")

    slots = {source.account_slot, source.owner_slot, source.device_slot, source.network_slot}

    assert 4 == len(slots)


def test_without_a_device_no_device_is_familiar() -> None:
    source = SignInSource.at("192.0.2.1", name="ada@library.example")

    assert (source.owner_slot,) == source.places
    assert source.network_slot in dict(source.counted([source.device_slot]))
