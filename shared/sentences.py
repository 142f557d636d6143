"""The sentences of refusals in other languages than English, from files that a translator can edit.

A package has them in its folder `words`, a file for each language: by code, the English sentence and the same in that
language. What stands in braces is a figure, and stays as it is:

    {"loan-limit-reached": {"All {limit} loans are in use.": "Alle {limit} Ausleihen sind vergeben."}}

The code of a refusal is the contract, its sentence is for people. So a sentence without a translation stays in English.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property, partial
from importlib.resources import files
from typing import Self

ENGLISH = "en"
LANGUAGES = ("de", "fr", "es")
FIGURE = re.compile(r"\{([a-z_]+)\}")
_LONGEST = 1_000  # longer ones are not translated: finding their figures takes more than linear time

Catalog = Mapping[str, Mapping[str, str]]
"""The translations of English sentences into one language, by code."""


class Translation:
    """A language other than English, from catalogs of which later ones win. They are read when somebody speaks it."""

    def __init__(self, name: str, catalogs: Iterable[Catalog]) -> None:
        self.name = name
        self._catalogs = catalogs

    def sentence(self, code: str, english: str) -> str | None:
        """Return the translated sentence of a refusal with this code, or None if there is no translation."""
        sentences = self._sentences.get(code)
        if sentences is None:
            return None
        if english in sentences:
            return sentences[english]
        if len(english) > _LONGEST:
            return None
        for form, translation in self._with_figures.get(code, ()):
            found = form.fullmatch(english)
            if found is not None:
                figures = found.groupdict()
                return FIGURE.sub(lambda figure: figures[figure[1]], translation)  # noqa: B023 - used at once
        return None

    @cached_property
    def _sentences(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for catalog in self._catalogs:
            for code, sentences in catalog.items():
                found.setdefault(code, {}).update(sentences)
        return found

    @cached_property
    def _with_figures(self) -> dict[str, list[tuple[re.Pattern[str], str]]]:
        return {
            code: [(_form_of(english), other) for english, other in sentences.items() if FIGURE.search(english)]
            for code, sentences in self._sentences.items()
        }


class Wording:
    """The language of the answer to one request. `used` is set when part of the answer depends on it."""

    __slots__ = ("language", "used")

    def __init__(self, language: Translation) -> None:
        self.language = language
        self.used = False

    def sentence(self, code: str, english: str) -> str:
        """Return the sentence in this language, or in English without a translation."""
        self.used = True
        return self.language.sentence(code, english) or english


class Sentences:
    """The translations of some packages, by language."""

    def __init__(self, languages: Mapping[str, Translation]) -> None:
        self.languages = languages

    @classmethod
    @cache
    def of(cls, *packages: str) -> Self:
        """Return the sentences in the files of these packages; later ones win."""
        return cls({name: Translation(name, map(partial(catalog_of, language=name), packages)) for name in LANGUAGES})


def catalog_of(package: str, language: str) -> Catalog:
    """Return the translations of a package into a language."""
    file = files(package).joinpath("words", f"{language}.json")
    found: Catalog = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return found


def _form_of(english: str) -> re.Pattern[str]:
    return re.compile("".join(_parts_of(english)), re.DOTALL)


def _parts_of(english: str) -> Iterator[str]:
    ends = 0
    for figure in FIGURE.finditer(english):
        yield re.escape(english[ends : figure.start()])
        yield f"(?P<{figure[1]}>.+?)"
        ends = figure.end()
    yield re.escape(english[ends:])
