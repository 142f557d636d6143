"""The words of the desk page: each in all four languages, with the same figures, and none that nobody says."""

import json
import re
from collections.abc import Iterable

import pytest

from tests.deploy.desk.test_weight import LANGUAGES, SITE, modules

AT_FIRST, LATER = "words", "words/more"
FOLDERS = [AT_FIRST, LATER]
_IN_PAGE = re.compile(r'data-(?:word|label)="(\w+)"')
_NAMED = re.compile(r'\bword\("(\w+)"')
_TEXT = re.compile(r'"(\w+)"')
_PUT_TOGETHER = re.compile(r'(?:`|\bsaid\(")(\w+_)(?:\$\{|")')
_OF_ANSWERS = {"requested", "on_loan", "on_hold_shelf", "in_transit", "unavailable", "available"}
"""What books tells of a copy is put into the word of that name."""


Sentences = dict[str, str | dict[str, str]]


def written(language: str, folder: str) -> Sentences:
    read: Sentences = json.loads((SITE / folder / f"{language}.json").read_text("utf-8"))
    return read


def sentences(language: str) -> Sentences:
    return written(language, AT_FIRST) | written(language, LATER)


def forms(sentence: str | dict[str, str]) -> list[str]:
    return [sentence] if isinstance(sentence, str) else list(sentence.values())


def figures(sentence: str | dict[str, str]) -> set[str]:
    return {figure for form in forms(sentence) for figure in re.findall(r"{(\w+)}", form)}


def scripts() -> str:
    return text_of(file.relative_to(SITE).as_posix() for file in SITE.glob("**/*.js"))


def text_of(names: Iterable[str]) -> str:
    return "\n".join((SITE / name).read_text("utf-8") for name in sorted(names))


def page() -> str:
    return (SITE / "index.html").read_text("utf-8")


def named() -> set[str]:
    return set(_IN_PAGE.findall(page())) | set(_NAMED.findall(scripts()))


def spoken_in(scripts: str) -> set[str]:
    """Return the sentences that the page and these scripts may say."""
    texts = set(_IN_PAGE.findall(page())) | set(_TEXT.findall(scripts)) | _OF_ANSWERS
    begun = tuple(_PUT_TOGETHER.findall(scripts))
    return {name for name in sentences("en") if name in texts or name.startswith(begun)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_sentence_stands_in_each_language_in_the_same_order(language: str) -> None:
    for folder in FOLDERS:
        assert list(written("en", folder)) == list(written(language, folder))


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
    assert set() == set(sentences("en")) - spoken_in(scripts())


def test_what_the_first_view_says_comes_with_it_and_all_else_when_it_is_opened() -> None:
    at_first = spoken_in(text_of(modules("desk.js")))

    assert (at_first, set(sentences("en")) - at_first) == (set(written("en", AT_FIRST)), set(written("en", LATER)))


def test_the_page_itself_says_the_english_sentences_until_another_is_chosen() -> None:
    shown = re.findall(r'data-word="(\w+)"[^>]*>([^<]+)<', page())

    assert shown
    assert dict(shown) == {name: sentences("en")[name] for name, _ in shown}
    assert set(LANGUAGES) == set(re.findall(r'<option value="(\w\w)"', page()))
