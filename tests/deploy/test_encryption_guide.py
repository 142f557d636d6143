"""The guide's own commands make an authority whose certificates the strictest client takes."""

import re
import ssl
from pathlib import Path

import pytest

from shared.tls import ServerCertificate, verifying
from tests.deploy.operators import ROOT, run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the commands of the guide were run."""
    folder = tmp_path_factory.mktemp("authority-of-the-guide")
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "deploy/README.md").read_text(), re.DOTALL | re.MULTILINE)
    (commands,) = [block for block in blocks if block.startswith("openssl req -x509")]
    run("bash", "-ec", f"cd {folder}\n{commands}")
    return folder


def shake_hands(folder: Path, name: str, called: str) -> str | None:
    """Let a client of ours, as strict as Python 3.13 makes it, call a server of ours; return the version of TLS."""
    verifying.cache_clear()
    trusting = verifying(folder / "ca.pem")
    verifying.cache_clear()
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    serving = ServerCertificate(folder / f"{name}.pem", folder / f"{name}-key.pem").context()
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(one, other, server_hostname=called)
    server = serving.wrap_bio(other, one, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client.version()


@pytest.mark.parametrize("name", ["books", "members", "loans", "postgres", "rabbitmq"])
def test_every_part_gets_a_certificate_for_its_name_and_this_machine(made: Path, name: str) -> None:
    assert ["TLSv1.3"] * 2 == [shake_hands(made, name, called) for called in (name, "127.0.0.1")]


def test_a_certificate_is_for_no_other_part(made: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(made, "books", "members")
