from pathlib import Path

import pytest

from members_service.adapters.identity.tagged_refresh_tokens import TaggedRefreshTokens
from members_service.domain.identity.refresh_token import RefreshToken
from members_service.persistence.data_keys import DataKeys
from shared.kernel.ids import new_id

TOKEN = RefreshToken(new_id(), "a-secret")


def test_a_token_is_read_back_from_its_text(keys: DataKeys) -> None:
    text = TaggedRefreshTokens(keys).text_of(TOKEN)

    assert TOKEN == TaggedRefreshTokens(keys).read(text)


def test_so_is_every_token_that_comes_after_it(keys: DataKeys) -> None:
    ours = TaggedRefreshTokens(keys)
    successor = TOKEN.successor("salt")

    assert successor == ours.read(ours.text_of(successor))


def test_the_tag_belongs_to_one_session_and_one_secret(keys: DataKeys) -> None:
    ours = TaggedRefreshTokens(keys)
    session_id, secret, tag = ours.text_of(TOKEN).split(".")

    for changed in (
        f"{new_id().hex}.{secret}.{tag}",
        f"{session_id}.another.{tag}",
        f"{session_id}.{secret}.{tag[:-1]}",
        f"{session_id}.{secret}.",
        f"{session_id}.{secret}",
        f"{session_id}.{secret}.{tag}.x",
        f"{session_id}.{secret}.\ud800é",
    ):
        assert ours.read(changed) is None, changed


def test_nobody_else_makes_the_tag(keys: DataKeys, tmp_path: Path) -> None:
    other = TaggedRefreshTokens(DataKeys(tmp_path / "other-keys.txt", make_missing=True))

    assert TaggedRefreshTokens(keys).read(other.text_of(TOKEN)) is None


@pytest.mark.parametrize(
    "text", ["", ".", "..", "x.y.z", "no-dot", "0" * 500, "0" * 32, "\0.\0.\0", f"{'0' * 32}.x.y" * 20]
)
def test_what_is_no_token_is_told_apart_without_a_fuss(keys: DataKeys, text: str) -> None:
    assert TaggedRefreshTokens(keys).read(text) is None
