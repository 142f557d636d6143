"""Other catalogues: where they may be, and how each is asked."""

from typing import Any

import pytest

from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.exchange.external_target import ExternalTarget, InvalidTargetAddress
from books_service.domain.text import InvalidText

GIVEN = {
    "code": "dnb",
    "title": "Deutsche  Nationalbibliothek ",
    "url": "https://services.dnb.example/sru/dnb",
    "sru_version": "1.1",
    "record_schema": "MARC21-xml",
    "isbn_index": "dnb.num",
    "word_index": "dnb.woe",
}


def a_target(*, allowed: frozenset[str] = frozenset(), **change: str) -> ExternalTarget:
    return ExternalTarget.of(allowed=allowed.__contains__, version=3, **(GIVEN | change))


def test_a_target_is_what_was_given_in_clean_lines() -> None:
    facts: dict[str, Any] = GIVEN | {"title": "Deutsche Nationalbibliothek", "version": 3}

    assert ExternalTarget(**facts) == a_target()
    assert "services.dnb.example" == a_target().host
    with pytest.raises(InvalidText) as refused:
        a_target(title="x" * 501)
    assert "title" == refused.value.field


@pytest.mark.parametrize("url", ["http://dnb.example/sru", "https://127.0.0.1/sru", "https://dnb.example/sru?x=1"])
def test_a_target_is_public_and_asked_over_https_unless_its_host_is_allowed(url: str) -> None:
    with pytest.raises(InvalidTargetAddress):
        a_target(url=url)


def test_an_allowed_host_may_be_our_own() -> None:
    assert (
        "http://catalogue.internal/sru"
        == a_target(allowed=frozenset({"catalogue.internal"}), url="http://catalogue.internal/sru").url
    )


def test_a_target_is_asked_for_an_isbn_or_for_words_in_its_own_indexes() -> None:
    target = a_target()

    assert "dnb.num=9780141439587" == target.query(words="Emma", isbn=Isbn.parse("0-14-143958-0"))
    assert 'dnb.woe all "jane \\"emma\\" c:\\\\x"' == target.query(words='jane "emma" c:\\x', isbn=None)
    assert 'dnb.woe all ""' == target.query(words=None, isbn=None)
