"""Whose word the services of the chart believe, and by which names they may be called."""

import pytest

from shared.web.uploads import MOST_BYTES
from tests.deploy.operators import CHART, of_kind, rendered


@pytest.mark.parametrize(
    ("settings", "trusted"),
    [
        ("ingress.enabled=false", ""),
        ("ingress.enabled=true", "1"),
        ("httpRoute.enabled=true,httpRoute.hostnames={library.example},httpRoute.parentRefs[0].name=g", "1"),
        ("ingress.enabled=true,library.trustedProxies=10.1.2.3", "10.1.2.3"),
    ],
)
def test_nobodys_word_on_the_caller_counts_but_that_of_the_one_proxy_that_is_there(settings: str, trusted: str) -> None:
    documents = rendered("--set", settings)

    config_maps = [found["data"] for found in of_kind(documents, "ConfigMap") if "LOG_FORMAT" in found["data"]]
    assert [found["TRUSTED_PROXIES"] for found in config_maps] == [trusted] * 3
    assert "FORWARDED_ALLOW_IPS" not in str(documents)


def test_a_service_answers_to_its_names_alone() -> None:
    public = (
        "ingress.enabled=true,library.publicUrl=https://sign-in.example:8443/members,library.allowedHosts={10.9.8.7}"
    )
    documents = rendered("--set", public)

    hosts = next(found["data"] for found in of_kind(documents, "ConfigMap") if "BOOKS_ALLOWED_HOSTS" in found["data"])
    name = "library-books"
    assert hosts["BOOKS_ALLOWED_HOSTS"].split(",") == [
        *(name, f"{name}.library", f"{name}.library.svc", f"{name}.library.svc.cluster.local"),
        *("localhost", "127.0.0.1", "10.9.8.7", "library.local", "sign-in.example"),
    ]


def test_the_readme_says_how_ingress_nginx_takes_the_longest_file() -> None:
    assert f"proxy-body-size: {MOST_BYTES // 2**20}m" in (CHART / "README.md").read_text()
