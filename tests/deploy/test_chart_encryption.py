"""One switch encrypts what goes between pods: with certificates that the chart makes, keeps and renews, or your own."""

import base64
import json
import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aio_pika
import asyncpg
import pytest
from aio_pika.exceptions import AMQPConnectionError
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from tests.deploy.bundled import BundledPostgres, BundledRabbit, authority_of
from tests.deploy.known_cluster import cluster_with
from tests.deploy.operators import CHART, containers, files_of, helm, manifests, of_kind, pods, rendered, run
from tests.ports import HOST

Documents = list[dict[str, Any]]
SWITCH = "tls.internal.enabled=true"
CALLED = ("books", "members", "loans", "books-db", "members-db", "loans-db", "rabbitmq")
SERVICES = CALLED[:3]


@pytest.fixture(scope="module")
def encrypted() -> Documents:
    return rendered("-f", CHART / "ci/encrypted-values.yaml")


def secrets_of(documents: Documents) -> dict[str, dict[str, Any]]:
    return {found["metadata"]["name"]: found for found in of_kind(documents, "Secret")}


def certificate(secret: dict[str, Any], key: str = "tls.crt") -> x509.Certificate:
    return x509.load_pem_x509_certificate(base64.b64decode(secret["data"][key]))


def test_whatever_is_called_has_a_certificate_for_every_name_that_it_is_called_by(encrypted: Documents) -> None:
    secrets = secrets_of(encrypted)
    authority = certificate(secrets["library-internal-ca"])
    for component in CALLED:
        name = f"library-{component}"
        secret = secrets[f"{name}-tls"]
        found = certificate(secret)

        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert set(names.get_values_for_type(x509.DNSName)) == {
            *(name, f"{name}.library", f"{name}.library.svc", f"{name}.library.svc.cluster.local", "localhost")
        }
        assert isinstance(found.public_key(), ec.EllipticCurvePublicKey)
        found.verify_directly_issued_by(authority)
        assert certificate(secret, "ca.crt") == authority
        lasts = found.not_valid_after_utc - datetime.now(UTC)
        assert timedelta(days=1090) < lasts < timedelta(days=1100), name
        assert authority.not_valid_after_utc > found.not_valid_after_utc


def test_each_key_is_read_where_it_answers_and_the_authoritys_nowhere(encrypted: Documents) -> None:
    readers: dict[tuple[str, str], set[str]] = {}
    for place, container, pod in containers(encrypted):
        for secret, key, _ in files_of(container, pod):
            readers.setdefault((secret, key), set()).add(place)

    expected = {
        f"library-{one}-tls": {f"StatefulSet/library-{one}:postgresql"} for one in CALLED if one.endswith("-db")
    }
    expected |= {f"library-{one}-tls": {f"Deployment/library-{one}:api"} for one in SERVICES}
    expected |= {"library-rabbitmq-tls": {"StatefulSet/library-rabbitmq:rabbitmq"}}
    assert {secret: places for (secret, key), places in readers.items() if key == "tls.key"} == expected
    assert "library-internal-ca" not in {secret for secret, _ in readers}


def test_the_switch_reaches_every_way_between_the_pods(encrypted: Documents) -> None:
    configs = {found["metadata"]["name"]: found["data"] for found in of_kind(encrypted, "ConfigMap")}
    for service in SERVICES:
        config = configs[f"library-{service}"]
        assert config[f"{service.upper()}_DATABASE_SSLMODE"] == "verify-full"
        assert config["RABBITMQ_TLS"] == "on"
        assert config.get("AUTH_JWKS_URL", "").startswith("https://library-members:") == (service != "members")
    for name in ("LOANS_BOOKS_URL", "LOANS_MEMBERS_URL"):
        assert configs["library-loans"][name].startswith("https://")
    assert configs["library-members"]["MEMBERS_BOOKS_URL"] == configs["library-loans"]["LOANS_BOOKS_URL"]
    assert {line for name in CALLED[3:6] for line in configs[f"library-{name}"]["pg_hba.conf"].splitlines()} == {
        "local all all trust",
        *(f"hostssl {service} {service}_owner,{service} all scram-sha-256" for service in SERVICES),
    }
    schemes = {
        container["name"]: {
            container[f"{kind}Probe"]["httpGet"]["scheme"] for kind in ("startup", "liveness", "readiness")
        }
        for _, container, _ in containers(encrypted)
        if container["name"] in ("api", "relay")
    }
    assert schemes == {"api": {"HTTPS"}, "relay": {"HTTP"}}  # nobody but the kubelet asks a relay
    for place, container, pod in containers(encrypted):
        if "envFrom" in container:
            assert "ca.crt" in {path for _, _, path in files_of(container, pod)}, place
            assert "TLS_CA_FILE" in {entry["name"] for entry in container["env"]}, place
    ports = {port["name"]: port for found in of_kind(encrypted, "Service") for port in found["spec"]["ports"]}
    assert (ports["http"]["appProtocol"], ports["amqp"]["port"]) == ("https", 5671)


def test_without_the_switch_there_is_no_certificate(plain: Documents) -> None:
    assert list(secrets_of(plain)) == ["library-credentials"]
    assert "TLS_" not in str([found for found in plain if found["kind"] == "Deployment"])


def test_ones_own_certificates_are_taken_as_cert_manager_makes_them() -> None:
    own = {component: f"{component}-certificate" for component in CALLED}
    documents = rendered("--set", SWITCH, "--set-json", f"tls.internal.existingSecrets={json.dumps(own)}")

    used = {secret for _, container, pod in containers(documents) for secret, _, _ in files_of(container, pod)}
    assert used == {*own.values(), "library-credentials"}
    assert list(secrets_of(documents)) == ["library-credentials"]


def test_an_outside_authority_is_believed_by_every_container_that_calls() -> None:
    documents = rendered("--set", "tls.authority.existingSecret=provider,tls.authority.key=root.pem")

    for place, container, pod in containers(documents):
        if "envFrom" in container:
            assert ("provider", "root.pem", "ca.crt") in files_of(container, pod), place
            assert {"name": "TLS_CA_FILE", "value": "/var/run/library/ca.crt"} in container["env"], place
    assert len(pods(documents)) == 13


def test_an_outside_authority_is_believed_beside_that_of_the_release() -> None:
    beside_it = "services.loans.database.host=db.example,services.loans.database.existingSecret=loans-db"
    documents = rendered("--set", f"{SWITCH},tls.authority.existingSecret=provider,{beside_it}")

    for place, container, pod in containers(documents):
        if "envFrom" not in container:
            continue
        entries = {entry["name"]: entry["value"] for entry in container["env"]}
        service = re.findall("books|members|loans", place)[0]
        assert entries["TLS_CA_FILE"] == "/var/run/library/authorities", place
        assert {
            (f"library-{service}-tls", "ca.crt", "authorities/ca.crt"),
            ("provider", "ca.crt", "authorities/outside.crt"),
        } <= set(files_of(container, pod)), place
    configs = {found["metadata"]["name"]: found["data"] for found in of_kind(documents, "ConfigMap")}
    assert configs["library-loans"]["LOANS_DATABASE_SSLMODE"] == "verify-full"


async def test_the_database_speaks_tls_alone_and_is_who_it_says(encrypted: Documents, tmp_path: Path) -> None:
    trust = ssl.create_default_context(cafile=str(authority_of(encrypted, tmp_path)))
    trust.verify_flags |= ssl.VERIFY_X509_STRICT
    with BundledPostgres(encrypted, "loans") as server:
        server.make_roles()
        login: dict[str, Any] = {
            "user": "loans",
            "password": server.password("user"),
            "database": "loans",
            "timeout": 30,
        }

        connection = await asyncpg.connect(host="localhost", port=server.port, ssl=trust, **login)
        version = await connection.fetchval("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        await connection.close()
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match="no encryption"):
            await asyncpg.connect(host=HOST, port=server.port, ssl=False, **login)
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncpg.connect(host="localhost", port=server.port, ssl=ssl.create_default_context(), **login)

    assert version == "TLSv1.3"


async def test_the_broker_speaks_tls_alone_and_is_who_it_says(encrypted: Documents, tmp_path: Path) -> None:
    authority = authority_of(encrypted, tmp_path)
    with BundledRabbit(encrypted, authority) as broker:
        trust = ssl.create_default_context(cafile=str(authority))
        trust.verify_flags |= ssl.VERIFY_X509_STRICT

        async with await aio_pika.connect(broker.address("loans"), ssl_context=trust, timeout=30) as connection:
            await connection.channel()
        plain = broker.address("loans").replace("amqps", "amqp")
        with pytest.raises((AMQPConnectionError, TimeoutError)):
            await aio_pika.connect(plain, timeout=10)


def upgraded(documents: Documents, folder: Path) -> dict[str, dict[str, Any]]:
    """Return the Secrets that an upgrade makes where these are there."""
    settings = ("-n", "library", "-f", CHART / "ci/encrypted-values.yaml")
    asking = ("--dry-run=server", "--disable-openapi-validation")
    with cluster_with(documents, folder) as there:
        text = run(helm(), "template", "library", CHART, *settings, *asking, KUBECONFIG=str(there), NO_PROXY="*")
    return secrets_of(manifests(text))


def test_an_upgrade_keeps_passwords_keys_and_certificates(encrypted: Documents, tmp_path: Path) -> None:
    before = secrets_of(encrypted)

    after = upgraded(encrypted, tmp_path)

    assert {name: found["data"] for name, found in after.items()} == {
        name: found["data"] for name, found in before.items()
    }


def test_an_upgrade_renews_a_certificate_in_time_under_the_same_authority(encrypted: Documents, tmp_path: Path) -> None:
    documents: Documents = json.loads(json.dumps(encrypted))
    before = secrets_of(documents)
    renew = float(before["library-books-tls"]["metadata"]["annotations"]["library/renew-after"])
    before["library-books-tls"]["metadata"]["annotations"]["library/renew-after"] = "1700000000"

    after = upgraded(documents, tmp_path)

    assert timedelta(days=725) < datetime.fromtimestamp(renew, UTC) - datetime.now(UTC) < timedelta(days=735)
    changed = {name for name in before if before[name]["data"] != after[name]["data"]}
    assert changed == {"library-books-tls"}
    renewed, authority = certificate(after["library-books-tls"]), certificate(before["library-internal-ca"])
    assert renewed != certificate(before["library-books-tls"])
    renewed.verify_directly_issued_by(authority)
    assert float(after["library-books-tls"]["metadata"]["annotations"]["library/renew-after"]) > 1.75e9
