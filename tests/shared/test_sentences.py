"""Sentences of refusals in other languages."""

from collections.abc import Iterator

import pytest

from shared.sentences import Catalog, Sentences, Translation, Wording, catalog_of

GERMAN = Translation(
    "de",
    [
        {"full": {"All {limit} places are taken.": "Alle {limit} Plätze sind vergeben.", "No room.": "Kein Platz."}},
        {"full": {"No room.": "Hier ist kein Platz."}, "due": {"Due {day}, by {who}.": "Von {who} bis {day}."}},
    ],
)


@pytest.mark.parametrize(
    ("code", "english", "german"),
    [
        ("full", "All 10 places are taken.", "Alle 10 Plätze sind vergeben."),
        ("full", "All {limit} places are taken.", "Alle {limit} Plätze sind vergeben."),
        ("full", "No room.", "Hier ist kein Platz."),
        ("due", "Due 2026-03-01, by Ada\\1 {day}.", "Von Ada\\1 {day} bis 2026-03-01."),
        ("due", "Due a\nb, by c.", "Von c bis a\nb."),
        ("full", "All  places are taken.", None),
        ("full", "There is no room.", None),
        ("empty", "No room.", None),
        ("due", f"Due {'x' * 2_000}, by c.", None),
    ],
)
def test_a_sentence_keeps_its_figures(code: str, english: str, german: str | None) -> None:
    assert german == GERMAN.sentence(code, english)


def test_what_nobody_has_translated_stays_in_english() -> None:
    wording = Wording(GERMAN)

    assert not wording.used
    assert "Something else." == wording.sentence("full", "Something else.")
    assert wording.used


def test_every_package_may_have_languages_or_none() -> None:
    assert {} == catalog_of("tests.shared", "fr")
    assert {"de", "fr", "es"} == Sentences.of("shared", "tests.shared").languages.keys()


def test_a_language_is_read_once_when_somebody_speaks_it() -> None:
    read: list[str] = []

    def catalogs() -> Iterator[Catalog]:
        read.append("full")
        yield {"full": {"No room.": "Pas de place."}}

    french = Translation("fr", catalogs())

    assert [] == read
    assert ["Pas de place."] * 2 == [french.sentence("full", "No room.") for _ in range(2)]
    assert ["full"] == read


def test_each_language_has_its_own_sentences() -> None:
    languages = Sentences.of("shared").languages
    translations = {languages[name].sentence("bad-request", "The body did not arrive.") for name in languages}

    assert None not in translations
    assert len(languages) == len(translations)
