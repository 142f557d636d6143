"""Which files make a certificate or an authority, and which are refused with a reason."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from shared.tls import ServerCertificate, expect_authorities, verifying, verifying_authority_only
from tests.authority import Authority, Issued


@pytest.fixture
def issued(authority: Authority) -> Issued:
    return authority.issue("127.0.0.1", file="mine")


def _reason(certificate: Path, key: Path) -> str:
    with pytest.raises(ValueError) as refused:
        ServerCertificate(certificate, key)
    return str(refused.value)


def test_a_certificate_and_its_key_are_taken(issued: Issued) -> None:
    assert ServerCertificate(issued.certificate, issued.key).context().cert_store_stats()


def test_a_file_that_is_not_there_is_named(issued: Issued, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.pem"

    assert f"{nowhere} cannot be read: No such file or directory" == _reason(nowhere, issued.key)
    assert f"{nowhere} cannot be read: No such file or directory" == _reason(issued.certificate, nowhere)
    assert f"{tmp_path} cannot be read: Is a directory" == _reason(tmp_path, issued.key)


def test_a_key_of_another_certificate_is_refused(authority: Authority, issued: Issued) -> None:
    other = authority.issue("127.0.0.1", file="another")

    assert f"the key in {other.key} does not belong to {issued.certificate}" == _reason(issued.certificate, other.key)


def test_what_is_no_pair_in_pem_form_is_refused_without_asking_for_a_password(issued: Issued, tmp_path: Path) -> None:
    sealed, empty = tmp_path / "sealed.pem", tmp_path / "empty.pem"
    key = load_pem_private_key(issued.key.read_bytes(), None)
    sealed.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    empty.touch()

    reasons = [_reason(issued.certificate, sealed), _reason(empty, issued.key), _reason(issued.key, issued.key)]

    assert all(reason.endswith("are not a certificate and its key, unencrypted, in PEM form") for reason in reasons)


def test_all_authorities_of_a_folder_are_believed(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    folder = tmp_path / "authorities"
    folder.mkdir()
    with pytest.raises(ValueError, match="holds no file with certificates"):
        expect_authorities(folder)
    (folder / "ca.crt").write_bytes(authority.file.read_bytes())
    (folder / "outside.crt").write_bytes(other.file.read_bytes())
    (folder / "..data").mkdir()

    assert folder == expect_authorities(folder)
    assert verifying_authority_only(folder).cert_store_stats()["x509_ca"] == 2
    (folder / "wrong.crt").write_text("nothing")
    with pytest.raises(ValueError, match=r"wrong.crt holds no certificates"):
        expect_authorities(folder)


def test_a_file_of_authorities_holds_certificates(authority: Authority, issued: Issued, tmp_path: Path) -> None:
    assert authority.file == expect_authorities(authority.file)
    with pytest.raises(ValueError, match="holds no certificates in PEM form"):
        expect_authorities(issued.key)
    with pytest.raises(ValueError, match="cannot be read: No such file or directory"):
        expect_authorities(tmp_path / "nowhere.pem")


def test_an_authority_is_trusted_beside_those_of_the_system(authority: Authority) -> None:
    of_the_system, with_ours = verifying().cert_store_stats(), verifying(authority.file).cert_store_stats()

    assert of_the_system["x509_ca"] + 1 == with_ours["x509_ca"]
