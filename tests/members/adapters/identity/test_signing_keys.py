import asyncio
import os
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from members_service.adapters.identity.access_tokens import SignedAccessTokens
from members_service.adapters.identity.signing_keys import LEAD, SigningKeys
from members_service.application.identity.sessions.ports import Bearer
from shared.environment import ConfigurationError
from shared.kernel.clock import SystemClock
from shared.tokens import MOST_KEYS, SigningKey, TokenVerifier
from tests.members.makers import ADA, NOW

OLD, NEW = SigningKey.generate(), SigningKey.generate()


def write(path: Path, *keys: SigningKey, age: float = 86_400) -> Path:
    """Write a file that is `age` seconds old at NOW."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\n".join(key.to_pem() for key in keys))
    moment = NOW.timestamp() - age
    os.utime(path, (moment, moment))
    return path


def kids_of(keys: SigningKeys) -> list[str]:
    return [key["kid"] for key in keys.jwks()["keys"]]


def test_a_file_with_one_key_signs_and_is_published(tmp_path: Path) -> None:
    keys = SigningKeys(write(tmp_path / "key.pem", OLD))

    assert (OLD.kid, [OLD.kid]) == (keys.signer(NOW).kid, kids_of(keys))
    assert {"kty", "crv", "x", "y", "kid", "use", "alg"} == set(keys.jwks()["keys"][0])


def test_the_last_key_of_a_file_is_the_newest(tmp_path: Path) -> None:
    keys = SigningKeys(write(tmp_path / "key.pem", OLD, NEW))

    assert (NEW.kid, [NEW.kid, OLD.kid]) == (keys.signer(NOW).kid, kids_of(keys))


def test_the_file_written_last_holds_the_newest_key_of_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "a-new.pem", NEW)
    write(tmp_path / "b-old.pem", OLD, age=90_000)
    (tmp_path / "README").write_text("not a key")

    keys = SigningKeys(tmp_path)

    assert (NEW.kid, [NEW.kid, OLD.kid]) == (keys.signer(NOW).kid, kids_of(keys))


def test_where_kubernetes_wrote_all_files_at_once_the_last_name_is_the_newest(tmp_path: Path) -> None:
    write(tmp_path / "..data" / "2025.pem", OLD)
    write(tmp_path / "..data" / "2026.pem", NEW, age=90_000)
    for name in ("2025.pem", "2026.pem"):
        (tmp_path / name).symlink_to(tmp_path / "..data" / name)

    assert NEW.kid == SigningKeys(tmp_path).signer(NOW).kid


def test_a_missing_file_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "var" / "key.pem"

    first = SigningKeys(path, make_missing=True).signer(NOW).kid
    second = SigningKeys(path, make_missing=True).signer(NOW).kid

    assert first == second
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(path.parent.iterdir())


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n",
     _pem(rsa.generate_private_key(65537, 2048)), _pem(ec.generate_private_key(ec.SECP384R1()))],
    ids=["empty", "text", "broken", "RSA", "P-384"],
)  # fmt: skip
def test_what_cannot_sign_is_explained_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError) as refused:
        SigningKeys(path).load()

    [sentence] = refused.value.sentences
    assert sentence.startswith(f"MEMBERS_SIGNING_KEYS_FILE points to {path}, which holds")
    assert "BEGIN" not in sentence


def test_more_keys_than_others_read_are_explained_too(tmp_path: Path) -> None:
    many = write(tmp_path / "key.pem", *(SigningKey.generate() for _ in range(MOST_KEYS + 1)))

    with pytest.raises(ConfigurationError, match="holds 33 keys; others read 32"):
        SigningKeys(many).load()


def test_a_missing_file_folder_or_setting_is_explained_too(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.pem", tmp_path, None):
        with pytest.raises(ConfigurationError):
            SigningKeys(path).load()


async def test_an_access_token_is_checked_with_the_published_keys(tmp_path: Path) -> None:
    keys = SigningKeys(write(tmp_path / "key.pem", OLD, NEW))
    tokens = SignedAccessTokens(keys, issuer="library")
    bearer = Bearer("subject", "swagger", frozenset({"self", "loans:read"}), ("member",), ADA)

    token = tokens.issue(bearer, now=SystemClock().now())

    seen = await TokenVerifier(keys, issuer="library").verify(token)
    assert ("subject", "swagger", bearer.scopes, frozenset({"member"}), ADA) == (
        seen.subject,
        seen.client_id,
        seen.scopes,
        seen.roles,
        seen.person_id,
    )


async def test_tokens_signed_before_a_new_key_came_are_still_valid(tmp_path: Path) -> None:
    before = SignedAccessTokens(SigningKeys(write(tmp_path / "old.pem", OLD)), issuer="library")
    token = before.issue(Bearer("subject", "swagger", frozenset({"self"})), now=SystemClock().now())

    after = SigningKeys(write(tmp_path / "both.pem", OLD, NEW))

    assert "subject" == (await TokenVerifier(after, issuer="library").verify(token)).subject
    assert NEW.kid == after.signer(NOW).kid


LEAD_SECONDS = LEAD.total_seconds()


def test_a_new_key_is_published_at_once_and_signs_only_when_everybody_can_know_it(tmp_path: Path) -> None:
    write(tmp_path / "old.pem", OLD)
    write(tmp_path / "new.pem", NEW, age=LEAD_SECONDS - 1)

    keys = SigningKeys(tmp_path)

    assert [NEW.kid, OLD.kid] == kids_of(keys)
    assert OLD.kid == keys.signer(NOW).kid
    assert NEW.kid == keys.signer(NOW + timedelta(seconds=1)).kid


def test_where_all_keys_are_new_the_oldest_signs_until_they_are_known(tmp_path: Path) -> None:
    keys = SigningKeys(write(tmp_path / "key.pem", OLD, NEW, age=0))

    assert (OLD.kid, NEW.kid) == (keys.signer(NOW).kid, keys.signer(NOW + LEAD).kid)


def test_a_changed_folder_is_noticed_without_a_restart(tmp_path: Path) -> None:
    write(tmp_path / "old.pem", OLD)
    keys = SigningKeys(tmp_path)
    keys.load()

    write(tmp_path / "new.pem", NEW, age=0)
    keys.refresh()
    assert [NEW.kid, OLD.kid] == kids_of(keys)

    (tmp_path / "old.pem").unlink()
    keys.refresh()
    assert [NEW.kid] == kids_of(keys)
    assert NEW.kid == keys.signer(NOW).kid


async def test_a_key_taken_away_is_not_trusted_any_more(tmp_path: Path) -> None:
    write(tmp_path / "leaked.pem", OLD)
    keys = SigningKeys(write(tmp_path / "new.pem", NEW).parent)
    assert await keys.key(OLD.kid) is not None

    (tmp_path / "leaked.pem").unlink()
    keys.refresh()

    assert await keys.key(OLD.kid) is None
    assert [False, True] == [keys.knows(key.kid) for key in (OLD, NEW)]


@pytest.mark.parametrize("spoil", [lambda path: path.write_text("nonsense"), Path.unlink], ids=["nonsense", "gone"])
def test_files_that_cannot_be_used_leave_the_keys_as_they_are(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    path = write(tmp_path / "key.pem", OLD)
    keys = SigningKeys(path)
    keys.load()

    spoil(path)
    keys.refresh()
    assert [OLD.kid] == kids_of(keys)

    write(path, OLD, NEW)
    keys.refresh()
    assert [NEW.kid, OLD.kid] == kids_of(keys)


async def test_the_keys_are_looked_at_again_and_again(tmp_path: Path) -> None:
    write(tmp_path / "old.pem", OLD)
    keys, stop = SigningKeys(tmp_path), asyncio.Event()
    keys.load()
    watching = asyncio.create_task(keys.watch(stop))

    write(tmp_path / "new.pem", NEW, age=0)
    async with asyncio.timeout(30):
        while len(kids_of(keys)) < 2:
            await asyncio.sleep(0.02)
    stop.set()
    await watching
