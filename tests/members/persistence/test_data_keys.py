import base64
import os
from itertools import count
from pathlib import Path

import pytest

from members_service.persistence.data_keys import CannotBeOpened, DataKeys
from shared.environment import ConfigurationError
from shared.kernel.ids import new_id
from tests.members.makers import ADA

_numbers = count()


def a_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def a_file(folder: Path, *lines: str) -> Path:
    path = folder / f"{next(_numbers)}.txt"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_what_was_sealed_is_opened_by_its_owner_and_field_only(keys: DataKeys) -> None:
    sealed = keys.seal("+44 20 7946 0018", owner=ADA, field="phone")

    assert "7946" not in sealed
    assert "+44 20 7946 0018" == keys.open(sealed, owner=ADA, field="phone")
    for owner, field in ((new_id(), "phone"), (ADA, "address")):
        with pytest.raises(CannotBeOpened):
            keys.open(sealed, owner=owner, field=field)


def test_the_same_text_is_sealed_differently_each_time(keys: DataKeys) -> None:
    assert keys.seal("x", owner=ADA, field="phone") != keys.seal("x", owner=ADA, field="phone")


@pytest.mark.parametrize("bad", ["", "plain", "sealed:1:", "sealed:1:!", "sealed:9:AAAA", "sealed:1:" + "A" * 80])
def test_what_was_not_sealed_here_is_not_opened(keys: DataKeys, bad: str) -> None:
    with pytest.raises(CannotBeOpened):
        keys.open(bad, owner=ADA, field="phone")


def test_the_last_key_of_the_file_seals_and_older_ones_still_open(tmp_path: Path) -> None:
    lines = [f"lookup:{a_key()}", "# the first", f"old:{a_key()}"]
    sealed_before = DataKeys(a_file(tmp_path, *lines)).seal("x", owner=ADA, field="phone")

    rotated = DataKeys(a_file(tmp_path, *lines, f"new:{a_key()}"))

    assert "x" == rotated.open(sealed_before, owner=ADA, field="phone")
    assert rotated.seal("x", owner=ADA, field="phone").startswith("sealed:new:")


def test_a_digest_finds_the_same_text_again_whatever_key_seals(tmp_path: Path) -> None:
    lines = [f"lookup:{a_key()}", f"old:{a_key()}"]
    before = DataKeys(a_file(tmp_path, *lines)).digest("ada@x.y", purpose="email")
    after = DataKeys(a_file(tmp_path, *lines, f"new:{a_key()}"))
    stranger = DataKeys(a_file(tmp_path, f"lookup:{a_key()}", lines[1]))

    assert (32, before) == (len(before), after.digest("ada@x.y", purpose="email"))
    assert before != after.digest("ada@x.y", purpose="network")
    assert before != stranger.digest("ada@x.y", purpose="email")


def test_missing_keys_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys.txt"

    sealed = DataKeys(path, make_missing=True).seal("x", owner=ADA, field="phone")

    assert 0o600 == path.stat().st_mode & 0o777
    assert "x" == DataKeys(path, make_missing=True).open(sealed, owner=ADA, field="phone")


@pytest.mark.parametrize(
    "lines",
    [[], ["lookup"], ["a:AAAA"], [f"lookup:{a_key()}"], [f"a:{a_key()}"], [f"lookup:{a_key()}", "a:" + "A" * 43 + "B"],
     [f"lookup:{a_key()}", f"a:{a_key()}", f"a:{a_key()}"]],
)  # fmt: skip
def test_a_file_that_does_not_do_is_explained_without_its_keys(tmp_path: Path, lines: list[str]) -> None:
    path = a_file(tmp_path, *lines)

    with pytest.raises(ConfigurationError) as refused:
        DataKeys(path).load()

    (sentence,) = refused.value.sentences
    assert sentence.startswith(f"MEMBERS_DATA_KEYS_FILE points to {path}, ")
    assert not any(line.partition(":")[2] in sentence for line in lines if ":" in line)


def test_without_a_file_it_is_said_what_is_missing(tmp_path: Path) -> None:
    for path, begins in ((None, "MEMBERS_DATA_KEYS_FILE is missing: "), (tmp_path, "MEMBERS_DATA_KEYS_FILE points to")):
        with pytest.raises(ConfigurationError) as refused:
            DataKeys(path).load()
        assert refused.value.sentences[0].startswith(begins)
