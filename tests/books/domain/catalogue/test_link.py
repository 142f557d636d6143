import pytest

from books_service.domain.catalogue.link import (
    LONGEST_CLASS,
    LONGEST_LABEL,
    LONGEST_SCHEME,
    LONGEST_URL,
    Classification,
    Link,
)
from books_service.domain.text import InvalidText


def test_a_link_is_kept_with_its_label_and_without_blanks_around_it() -> None:
    assert Link("https://library.example/emma", "Read it") == Link.of(" https://library.example/emma ", " Read it ")
    assert Link("HTTP://library.example") == Link.of("HTTP://library.example")
    assert Link("ftp://library.example/emma.txt") == Link.of("ftp://library.example/emma.txt")


@pytest.mark.parametrize(
    "text", ["library.example/emma", "javascript:alert(1)", "https://", "http:/emma", "https://[::1", "mailto:a@b.c"]
)
def test_what_is_no_address_of_the_web_is_no_link(text: str) -> None:
    with pytest.raises(InvalidText, match=r"^A link is a whole address of the web, such as https:") as refused:
        Link.of(text)

    assert "links" == refused.value.field


def test_a_class_may_name_its_scheme() -> None:
    assert Classification("823.7", "ddc") == Classification.of(" 823.7 ", " ddc ")
    assert Classification("823.7") == Classification.of("823.7")


def test_what_is_too_long_is_refused_by_the_name_of_its_field() -> None:
    base = "https://library.example/"
    longest = base + "x" * (LONGEST_URL - len(base))

    assert longest == Link.of(longest, "x" * LONGEST_LABEL).url
    assert "x" * LONGEST_CLASS == Classification.of("x" * LONGEST_CLASS, "y" * LONGEST_SCHEME).value
    for url, label in ((longest + "x", None), (base, "x" * (LONGEST_LABEL + 1))):
        with pytest.raises(InvalidText) as refused:
            Link.of(url, label)
        assert "links" == refused.value.field
    for value, scheme in (("x" * (LONGEST_CLASS + 1), None), ("x", "y" * (LONGEST_SCHEME + 1))):
        with pytest.raises(InvalidText) as refused:
            Classification.of(value, scheme)
        assert "classification" == refused.value.field
