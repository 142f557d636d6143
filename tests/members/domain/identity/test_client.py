from dataclasses import replace

import pytest

from members_service.domain.identity.client import Client, GrantNotForClient, PublicClient, ServiceClient, part_of
from members_service.domain.one_time_token import digest

HOSTS = ("http://library.test", "https://library.test")
APP = PublicClient(
    "app", frozenset({"https://app.example/back?from=library", "org.library.app:/back", "/books/docs/oauth2-redirect"})
)


@pytest.mark.parametrize(
    "address",
    ["https://app.example/back?from=library", "org.library.app:/back",
     "http://library.test/books/docs/oauth2-redirect", "https://library.test/books/docs/oauth2-redirect"],
)  # fmt: skip
def test_software_lets_people_come_back_to_its_own_addresses(address: str) -> None:
    assert APP.may_redirect_to(address, hosts=HOSTS)


OPEN_REDIRECTS = [
    "", "/", "https://app.example/back", "https://app.example/back?from=library&more=1", "https://app.example",
    "https://app.example/back?from=library#", "https://app.example/back/../evil?from=library",
    "https://app.example/back%3Ffrom=library", "https://APP.example/back?from=library",
    "HTTPS://app.example/back?from=library", "http://app.example/back?from=library",
    "https://app.example:443/back?from=library", "https://app.example:8443/back?from=library",
    "https://app.example.evil.example/back?from=library", "https://evil.example/app.example/back?from=library",
    "https://evil.example?https://app.example/back?from=library",
    "https://evil.example#https://app.example/back?from=library",
    "https://app.example@evil.example/back?from=library", "https://user@app.example/back?from=library",
    "https://evil.example\\@app.example/back?from=library", "https:\\\\app.example/back?from=library",
    "//app.example/back?from=library", "///evil.example", "\\\\evil.example", "/\\evil.example", "//evil.example",
    " https://app.example/back?from=library", "https://app.example/back?from=library ",
    "https://app.example/back?from=library\r\nLocation: https://evil.example",
    "https://app.example/back?from=library\t", "https://\u0430pp.example/back?from=library",
    "javascript:alert(1)//app.example/back", "data:text/html,x", "org.library.app:/back/", "ORG.library.app:/back",
    "org.library.app://back", "/books/docs/oauth2-redirect", "http://evil.example/books/docs/oauth2-redirect",
    "http://library.test.evil.example/books/docs/oauth2-redirect", "http://library.test/books/docs/oauth2-redirect/",
    "http://library.test:80/books/docs/oauth2-redirect", "http://library.test//books/docs/oauth2-redirect",
    "http://library.test/members/docs/oauth2-redirect", "http://library.test/books/docs/oauth2-redirect?x=1",
    "http://library.test@evil.example/books/docs/oauth2-redirect", "http://library.test",
]  # fmt: skip


@pytest.mark.parametrize("address", OPEN_REDIRECTS)
def test_nobody_is_led_to_anything_that_only_looks_like_them(address: str) -> None:
    assert not APP.may_redirect_to(address, hosts=HOSTS)


KIOSK = ServiceClient("kiosk", digest("secret"), frozenset({"members:verify"}))


def test_a_client_is_known_by_its_secret_and_one_without_a_secret_by_none() -> None:
    assert [True, False, False] == [KIOSK.knows(secret) for secret in ("secret", "Secret", "")]
    assert not replace(KIOSK, secret_digest=None).knows("")


def test_people_sign_in_with_any_software_but_with_a_service_only_if_it_is_trusted() -> None:
    trusted = replace(KIOSK, may_sign_people_in=True)

    assert ("library", "kiosk") == (Client("library").for_people(), Client("kiosk", trusted).for_people())
    with pytest.raises(GrantNotForClient):
        Client("kiosk", KIOSK).for_people()
    assert [False, False, True] == [
        client.is_trusted for client in (Client("library"), Client("kiosk", KIOSK), Client("kiosk", trusted))
    ]


READ, WRITE, BOTH = (frozenset(scopes) for scopes in (["loans:read"], ["loans:write"], ["loans:read", "loans:write"]))


@pytest.mark.parametrize(
    ("may", "requested", "part"),
    [(None, None, None), (READ, None, READ), (None, READ, READ), (READ, BOTH, READ), (READ, WRITE, frozenset())],
)
def test_what_both_allow_is_granted_and_none_allows_everything(
    may: frozenset[str] | None, requested: frozenset[str] | None, part: frozenset[str] | None
) -> None:
    assert part == part_of(may, requested)


def test_software_gets_of_what_it_asks_for_what_it_is_registered_for() -> None:
    app, kiosk = replace(APP, scopes=READ), replace(KIOSK, scopes=WRITE)

    assert (READ, BOTH) == (app.asks_for(BOTH), replace(APP, scopes=None).asks_for(BOTH))
    assert (READ, WRITE) == (Client("app", public=app).asks_for(BOTH), Client("kiosk", kiosk).asks_for(BOTH))
    assert (BOTH, None) == (Client("library").asks_for(BOTH), Client("library").asks_for(None))


def test_the_rights_of_software_are_those_of_people_in_the_order_in_which_they_grow() -> None:
    app = replace(APP, scopes=frozenset({"admin", "self", "loans:read", "fines:pay"}))

    assert ("self", "loans:read", "admin") == app.rights(None)
    assert ("self", "admin") == app.rights(frozenset({"admin", "self", "books:write"}))
    assert ("self", "books:write", "members:read", "members:write", "loans:read", "loans:write", "admin") == (
        replace(APP, scopes=None).rights(None)
    )
