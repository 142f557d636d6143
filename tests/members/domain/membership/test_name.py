import pytest

from members_service.domain.membership.name import display_name, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Ada Lovelace", {"ada", "lovelace"}),
        ("  JOSÉ  Núñez ", {"jose", "nunez"}),
        ("Zoe\u0308 O’Brien-Møller", {"zoe", "obrien", "moller"}),
        ("Weiß", {"weiss"}),
        ("李 小龍", {"李", "小龍"}),
        ("ﬁona", {"fiona"}),
        ("?!", set()),
    ],
)
def test_a_name_is_known_by_its_bare_words(name: str, words: set[str]) -> None:
    assert words == words_of(name)


@pytest.mark.parametrize(
    ("given", "family", "shown"),
    [("Ada", "Lovelace", "Ada Lovelace"), ("Ada", None, "Ada"), ("", "Lovelace", "Lovelace"), (None, None, "")],
)
def test_a_name_is_shown_with_the_parts_that_are_known(given: str | None, family: str | None, shown: str) -> None:
    assert shown == display_name(given, family)
