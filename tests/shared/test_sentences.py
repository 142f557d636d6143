"""Sentences of refusals in other languages."""

import pytest

from shared.sentences import Sentences, Translation, Wording, catalog_of

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
