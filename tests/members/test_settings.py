import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from members_service.domain.identity.second_factor import Requirement
from members_service.settings import Settings
from shared.configuration import load
from shared.environment import ConfigurationError
from shared.tokens import SigningKey

PUBLIC = {name: value for name, value in SigningKey.generate().public_jwk().items() if name != "kid"}
URL = "sqlite+aiosqlite:///members.db"
LONG = "s3cret, and as long as it has to be"


@pytest.fixture(autouse=True)
def _books(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMBERS_BOOKS_URL", "http://books")


def load_clients(clients: Any, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("MEMBERS_DATABASE_URL", URL)
    monkeypatch.setenv("MEMBERS_CLIENTS", clients if isinstance(clients, str) else json.dumps(clients))
    return load(Settings)


def test_clients_are_registered_with_a_secret_or_its_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = hashlib.sha256(b"secret of the kiosk").hexdigest()
    settings = load_clients(
        {
            "loans": {"secret": "secret of loans, of 32 characters", "scopes": ["books:lending", "members:standing"]},
            "kiosk": {"secret_hash": f"sha256:{hashed}", "scopes": "loans:write"},
        },
        monkeypatch,
    )

    assert {"books:lending", "members:standing"} == settings.clients["loans"].scopes
    assert bytes.fromhex(hashed) == settings.clients["kiosk"].digest()
    assert "secret of loans, of 32 characters" not in repr(settings)
    assert hashed not in repr(settings)


def test_the_secret_of_a_client_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(LONG + "\n")

    settings = load_clients(
        {"loans": {"secret_file": str(tmp_path / "secret"), "scopes": "books:lending"}}, monkeypatch
    )

    assert SecretStr(LONG) == settings.clients["loans"].secret


@pytest.mark.parametrize("secret", ["s", "s" * 31])
def test_a_short_secret_is_refused_with_a_sentence(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_clients({"loans": {"secret": secret, "scopes": "members:standing"}}, monkeypatch)

    [sentence] = refused.value.sentences
    assert "at least 32 characters" in sentence
    assert "openssl rand -hex 32" in sentence


def test_a_secret_of_32_characters_is_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_clients({"loans": {"secret": "s" * 32, "scopes": "members:standing"}}, monkeypatch)

    assert {"loans"} == settings.clients.keys()


@pytest.mark.parametrize(
    "clients",
    ["not JSON", "[]", '"x"', {"loans": {}}, {"loans": {"secret": LONG}},
     {"loans": {"secret": "", "scopes": ["self"]}}, {"loans": {"secret": LONG, "scopes": []}},
     {"loans": {"secret": LONG, "scopes": ["s3cret-scope"]}},
     {"loans": {"secret": LONG, "secret_hash": "0" * 64, "scopes": ["self"]}},
     {"loans": {"secret": LONG, "jwk": PUBLIC, "scopes": ["self"]}}, {"loans": {"jwk": {}, "scopes": ["self"]}},
     {"loans": {"jwk": PUBLIC | {"d": "s3cret"}, "scopes": ["self"]}}, {"loans": {"jwk": PUBLIC}},
     {"loans": {"jwk": PUBLIC | {"crv": "P-384"}, "scopes": ["self"]}},
     {"loans": {"jwk": [PUBLIC, PUBLIC], "scopes": ["self"]}}, {"app": {"redirect_uris": [], "scopes": ["self"]}},
     {"app": {"redirect_uris": ["https://app.example/#x"], "scopes": ["self"]}},
     {"app": {"redirect_uris": ["//app.example/"], "scopes": ["self"]}},
     {"app": {"redirect_uris": ["javascript:/s3cret"], "scopes": ["self"]}},
     {"app": {"redirect_uris": ["app.example/back"], "scopes": ["self"]}},
     {"app": {"redirect_uris": ["https://app.example/"], "scopes": ["self"], "secret": LONG}},
     {"app": {"redirect_uris": ["https://u@app.example/"], "scopes": ["self"]}},
     {"app": {"redirect_uris": ["https://app.example"], "scopes": ["self"]}},
     {"loans": {"secret_file": "/nowhere", "scopes": ["self"]}},
     {"loans": {"secret_file": "/nowhere", "secret": LONG, "scopes": ["self"]}},
     {"loans": {"secret_hash": "md5:s3cret", "scopes": ["self"]}}, {"loans": {"secret": LONG, "scopes": 7}}],
)  # fmt: skip
def test_a_wrong_registration_is_explained_without_the_secret(clients: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_clients(clients, monkeypatch)

    for sentence in refused.value.sentences:
        assert sentence.startswith("MEMBERS_CLIENTS cannot be used: ")
        assert "s3cret" not in sentence.replace("s3cret-scope", "")


def test_apps_and_services_with_keys_are_registered_too(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = ["https://app.example/back?x=1", "org.library.app:/back", "http://127.0.0.1/back", "/app/back"]
    settings = load_clients(
        {
            "app": {"redirect_uris": addresses, "scopes": "self loans:read"},
            "kiosk": {"jwk": PUBLIC, "scopes": "loans:write"},
        },
        monkeypatch,
    )

    assert tuple(addresses) == settings.clients["app"].redirect_uris
    assert ("self", "loans:read") == settings.public_clients["app"].rights(None)
    assert settings.public_clients["swagger"].is_ours
    assert not settings.public_clients["app"].is_ours
    assert 1 == len(settings.clients["kiosk"].jwk)


@pytest.mark.parametrize(
    ("how", "scopes"),
    [
        ({"redirect_uris": ["https://app.example/back"]}, []),
        ({"redirect_uris": ["https://app.example/back"]}, ["members:recover"]),
        ({"secret": LONG, "password": True}, ["members:recover", "fines:pay"]),
    ],
)
def test_whoever_signs_people_in_says_what_for(how: Any, scopes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_clients({"app": how | {"scopes": scopes}}, monkeypatch)

    (sentence,) = refused.value.sentences
    assert "needs scopes: what it may do at most in the name of whoever signs in, such as self" in sentence


def test_the_documentation_pages_are_where_the_settings_say() -> None:
    def pages(**settings: Any) -> set[str]:
        found = load(Settings, database_url=URL, **settings).documentation_pages
        return {page.removesuffix("/docs/oauth2-redirect") for page in found}

    assert {""} == pages()
    assert {"", "http://127.0.0.1:8001"} == pages(page_origins="http://127.0.0.1:8001/")
    assert {""} == pages(cors_allow_origins="http://127.0.0.1:8001/"), "who may call is no page of the library's own"
    assert {"/b", "/m", "/l"} == pages(
        books_root_path="/b", root_path="/m/", loans_root_path="/l", auth_public_url="/m"
    )
    assert {"/m", "", "https://x.y/m", "https://x.y"} == pages(root_path="/m", auth_public_url="https://x.y/m")


def test_the_desk_is_at_the_root_of_each_host() -> None:
    settings = load(
        Settings,
        database_url=URL,
        page_origins="http://127.0.0.1:8000",
        cors_allow_origins="https://app.example",
        auth_public_url="https://x.y/members",
    )

    desk = settings.public_clients["desk"]

    assert {"/", "http://127.0.0.1:8000/", "https://x.y/"} == desk.redirects
    assert desk.may_redirect_to("https://library.example/", hosts=["https://library.example"])
    assert not desk.may_redirect_to("https://library.example/elsewhere", hosts=["https://library.example"])


def test_the_password_grant_is_off_unless_somebody_switches_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTH_PASSWORD_GRANT", raising=False)

    assert not load(Settings, database_url=URL).password_grant_is_offered
    assert load(Settings, database_url=URL, auth_password_grant="on").password_grant_is_offered


def test_a_missing_database_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEMBERS_DATABASE_URL", raising=False)

    with pytest.raises(ConfigurationError) as refused:
        load(Settings)

    assert any(sentence.startswith("MEMBERS_DATABASE_URL is missing") for sentence in refused.value.sentences)


@pytest.mark.parametrize(
    ("word", "requirement"),
    [(None, Requirement.NONE), ("none", Requirement.NONE), ("admin", Requirement.ADMIN), ("staff", Requirement.STAFF)],
)
def test_a_library_says_whose_accounts_need_a_second_factor(
    word: str | None, requirement: Requirement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMBERS_DATABASE_URL", URL)
    if word is not None:
        monkeypatch.setenv("MEMBERS_REQUIRE_SECOND_FACTOR", word)

    assert requirement is load(Settings).require_second_factor


def test_another_word_for_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMBERS_DATABASE_URL", URL)
    monkeypatch.setenv("MEMBERS_REQUIRE_SECOND_FACTOR", "everybody")

    with pytest.raises(ConfigurationError) as refused:
        load(Settings)

    (sentence,) = refused.value.sentences
    assert sentence.startswith("MEMBERS_REQUIRE_SECOND_FACTOR cannot be used: ")
