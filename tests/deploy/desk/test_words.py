"""The words of the desk page: each in all four languages, with the same figures, and none that nobody says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SITE = Path(__file__).parents[3] / "deploy" / "desk" / "site"
LANGUAGES = ["en", "de", "fr", "es"]
_IN_PAGE = re.compile(r'data-(?:word|label)="(\w+)"')
_NAMED = re.compile(r'\bword\("(\w+)"')
_TEXT = re.compile(r'"(\w+)"')
_PUT_TOGETHER = re.compile(r'(?:`|\bsaid\(")(\w+_)(?:\$\{|")')
_OF_ANSWERS = {"requested", "on_loan", "on_hold_shelf", "in_transit", "unavailable", "available"}
"""What books tells of a copy is put into the word of that name."""


def sentences(language: str) -> dict[str, str | dict[str, str]]:
    read: dict[str, str | dict[str, str]] = json.loads((SITE / "words" / f"{language}.json").read_text("utf-8"))
    return read


def forms(sentence: str | dict[str, str]) -> list[str]:
    return [sentence] if isinstance(sentence, str) else list(sentence.values())


def figures(sentence: str | dict[str, str]) -> set[str]:
    return {figure for form in forms(sentence) for figure in re.findall(r"{(\w+)}", form)}


def scripts() -> str:
    return "\n".join(file.read_text("utf-8") for file in sorted(SITE.glob("**/*.js")))


def page() -> str:
    return (SITE / "index.html").read_text("utf-8")


def named() -> set[str]:
    return set(_IN_PAGE.findall(page())) | set(_NAMED.findall(scripts()))


def unused() -> Iterator[str]:
    texts = named() | set(_TEXT.findall(scripts()))
    begun = tuple(_PUT_TOGETHER.findall(scripts()))
    for name in sentences("en"):
        if name not in texts | _OF_ANSWERS and not name.startswith(begun):
            yield name


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_sentence_stands_in_each_language_in_the_same_order(language: str) -> None:
    assert list(sentences("en")) == list(sentences(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_has_the_figures_of_the_english_one(language: str) -> None:
    english = {name: figures(sentence) for name, sentence in sentences("en").items()}

    assert english == {name: figures(sentence) for name, sentence in sentences(language).items()}
    assert all(form.strip() for sentence in sentences(language).values() for form in forms(sentence))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_with_forms_has_one_for_one_and_one_for_the_others_and_goes_by_its_count(language: str) -> None:
    with_forms = {name: sentence for name, sentence in sentences(language).items() if isinstance(sentence, dict)}

    assert with_forms
    assert all({"one", "other"} == set(sentence) and "count" in figures(sentence) for sentence in with_forms.values())


def test_what_the_page_says_is_among_the_sentences() -> None:
    assert set() == named() - set(sentences("en"))
    assert len(named()) > 50


def test_no_sentence_is_kept_that_nobody_says() -> None:
    assert [] == list(unused())


def test_the_page_itself_says_the_english_sentences_until_another_is_chosen() -> None:
    written = re.findall(r'data-word="(\w+)"[^>]*>([^<]+)<', page())

    assert written
    assert dict(written) == {name: sentences("en")[name] for name, _ in written}
    assert set(LANGUAGES) == set(re.findall(r'<option value="(\w\w)"', page()))
