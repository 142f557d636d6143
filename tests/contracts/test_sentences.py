"""Every refusal has its sentence in every language, with the same figures."""

import re

import pytest

from shared.sentences import FIGURE, LANGUAGES, catalog_of
from shared.web.documents.http_problems import OF_HTTP
from tests.contracts.sentences import (
    PACKAGES,
    every_sentence,
    filled,
    is_ours,
    is_told_over_http,
    kinds,
    known_of,
    lacking,
)

ELSEWHERE = {"bad-request", "request-timeout", "length-required", "https-required"}
"""Told before the language is known, while the head of the request comes in; or by the gateway."""


@pytest.fixture(scope="module")
def in_code() -> set[tuple[str, str, str]]:
    return {(each.package, each.code, filled(each.text)) for each in every_sentence()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_a_refusal_is_in_every_language(language: str) -> None:
    assert {} == lacking(language), "python -m tests.contracts.sentences shows what is to be filled in"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_example_of_a_refusal_is_told_in_every_language(language: str) -> None:
    shown = [kind(**kind.example) for kind in kinds() if kind.example is not None and is_told_over_http(kind)]

    untold = [
        (each.code, each.detail)
        for each in shown
        if is_ours(each.code)
        and known_of(type(each).__module__.partition(".")[0], language).sentence(each.code, each.detail) is None
    ]

    assert len(shown) > 10
    assert [] == untold


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("package", PACKAGES)
def test_the_figures_of_a_sentence_are_the_same_in_every_language(package: str, language: str) -> None:
    for code, sentences in catalog_of(package, language).items():
        for english, told in sentences.items():
            assert sorted(FIGURE.findall(english)) == sorted(FIGURE.findall(told)), (code, english)
            assert english[-1] in ".?}", (code, english)
            assert told[-1] in ".?}", (code, told)
            assert told == told.strip(), (code, told)


@pytest.mark.parametrize("package", PACKAGES)
def test_all_languages_have_the_same_sentences(package: str) -> None:
    first, *others = (
        {(code, english) for code, sentences in catalog_of(package, language).items() for english in sentences}
        for language in LANGUAGES
    )

    assert first
    assert [first] * len(others) == others


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_holds_a_sentence_that_nobody_says(package: str, in_code: set[tuple[str, str, str]]) -> None:
    told = [
        (code, english)
        for code, sentences in catalog_of(package, LANGUAGES[0]).items()
        for english in sentences
        if not any(
            code == its_code and package in ("shared", its_package) and _form(english).fullmatch(sentence)
            for its_package, its_code, sentence in in_code
        )
    ]

    assert [] == told


def _form(english: str) -> re.Pattern[str]:
    return re.compile(".+".join(map(re.escape, re.split(FIGURE.pattern.replace("(", "(?:"), english))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_of_http_itself_has_sentences_in_every_language(language: str) -> None:
    known = catalog_of("shared", language)

    assert [] == [code for code in OF_HTTP if code not in known and code not in ELSEWHERE]
