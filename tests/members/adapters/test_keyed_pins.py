"""PINs at rest: found by nobody who has the database alone."""

import pytest

from members_service.adapters.keyed_pins import KeyedPins
from members_service.persistence.data_keys import DataKeys


async def test_a_pin_is_known_again_and_no_other_is(keys: DataKeys) -> None:
    pins = KeyedPins(keys)
    first, second = await pins.hash("4819"), await pins.hash("4819")

    assert first != second
    assert first.startswith("$argon2id$")
    assert [True, True] == [(await pins.verify("4819", one)).is_right for one in (first, second)]
    assert [False, False] == [(await pins.verify(wrong, first)).is_right for wrong in ("2469", "")]
    assert not (await pins.verify("4819", None)).is_right


async def test_without_the_key_every_pin_is_wrong(keys: DataKeys, tmp_path_factory: pytest.TempPathFactory) -> None:
    stolen = await KeyedPins(keys).hash("4819")
    other = DataKeys(tmp_path_factory.mktemp("thief") / "keys", make_missing=True)

    assert not (await KeyedPins(other).verify("4819", stolen)).is_right
