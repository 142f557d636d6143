import os
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from members_service.adapters.identity.key_ring import KeyRingFile
from members_service.adapters.identity.signing_keys import LEAD, SigningKeys
from members_service.application.identity.rotate_key import TooManyKeys
from members_service.domain.identity.session import ACCESS_TOKEN_LASTS
from shared.environment import ConfigurationError
from shared.kernel.clock import SystemClock
from shared.tokens import MOST_KEYS

NOW = SystemClock().now()
LONG_AGO = LEAD + ACCESS_TOKEN_LASTS + timedelta(minutes=6)


def add(path: Path, now: datetime = NOW) -> str:
    return KeyRingFile(path, lead=LEAD).add_next(now=now).kid


def kids_in(path: Path) -> list[str]:
    """Return the names of all keys that are published, the oldest first."""
    return [key["kid"] for key in reversed(SigningKeys(path).jwks()["keys"])]


def age(path: Path, time: timedelta) -> None:
    moment = (NOW - time).timestamp()
    os.utime(path, (moment, moment))


def test_the_first_key_is_made_for_its_owner_and_signs_at_once(tmp_path: Path) -> None:
    added = KeyRingFile(tmp_path / "key.pem", lead=LEAD).add_next(now=NOW)

    assert (NOW, 0) == (added.signs_at, added.removed)
    assert added.kid == SigningKeys(tmp_path / "key.pem").signer(NOW).kid
    assert 0o600 == stat.S_IMODE((tmp_path / "key.pem").stat().st_mode)


def test_the_next_key_of_a_file_comes_last_and_for_the_eyes_of_the_same_people(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    first = add(path)
    path.chmod(0o640)

    second = KeyRingFile(path, lead=LEAD).add_next(now=NOW)

    assert [first, second.kid] == kids_in(path)
    assert NOW + LEAD == second.signs_at
    assert 0o640 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(tmp_path.iterdir())


def test_no_key_is_added_that_others_would_not_read(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    for _ in range(MOST_KEYS):
        add(path)
    before = path.read_bytes()

    with pytest.raises(TooManyKeys):
        add(path)
    assert before == path.read_bytes()

    age(path, LONG_AGO)
    assert MOST_KEYS - 1 == KeyRingFile(path, lead=LEAD).add_next(now=NOW).removed


def test_keys_of_a_file_go_when_their_tokens_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    add(path)
    second = add(path)
    age(path, LONG_AGO)

    third = KeyRingFile(path, lead=LEAD).add_next(now=NOW)

    assert (1, [second, third.kid]) == (third.removed, kids_in(path))


def test_keys_of_a_folder_go_when_their_tokens_are_gone(tmp_path: Path) -> None:
    for number in range(3):
        add(tmp_path, NOW + timedelta(seconds=number))
    for number, file in enumerate(sorted(tmp_path.iterdir())):
        age(file, LONG_AGO - timedelta(minutes=10 * number) + timedelta(minutes=10))
    before = kids_in(tmp_path)

    fourth = add(tmp_path, NOW + timedelta(seconds=3))

    assert [*before[1:], fourth] == kids_in(tmp_path)
    assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}


def test_a_key_that_may_still_have_tokens_stays(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    first, second = add(path), add(path)
    age(path, LEAD + ACCESS_TOKEN_LASTS)

    third = add(path)

    assert [first, second, third] == kids_in(path)


def test_where_nothing_can_be_written_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(ConfigurationError) as refused:
        add(tmp_path / "file" / "key.pem")

    [sentence] = refused.value.sentences
    assert sentence.startswith("MEMBERS_SIGNING_KEYS_FILE points to ")
