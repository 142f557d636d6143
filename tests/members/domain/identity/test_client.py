import pytest

from members_service.domain.identity.client import PublicClient

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
