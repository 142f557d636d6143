"""The language of an answer, and the headers that declare it."""

from shared.sentences import ENGLISH, Sentences, Wording
from shared.web.edge.cors import Headers
from shared.web.negotiation import language_of

_PROBLEM = (b"content-type", b"application/problem+json")
_VARY = (b"vary", b"Accept-Language")
_MOST_CACHED = 256


class Wordings:
    """Chooses the language of answers. Clients send few different headers, so that the choices are cached."""

    def __init__(self, sentences: Sentences) -> None:
        self._languages = sentences.languages
        self._supported = frozenset((*sentences.languages, ENGLISH))
        self._chosen: dict[bytes, str] = {}

    def for_client(self, accepted: bytes | None) -> Wording | None:
        """Return the wording for a client that sends this `Accept-Language`; None for English."""
        if accepted is None:
            return None
        name = self._chosen.get(accepted)
        if name is None:
            name = language_of(accepted.decode("latin-1"), self._supported, ENGLISH)
            if len(accepted) <= _MOST_CACHED and len(self._chosen) < _MOST_CACHED:
                self._chosen[accepted] = name
        return None if name == ENGLISH else Wording(self._languages[name])


def language_of_answer(wording: Wording | None, status: int, headers: Headers) -> Headers:
    """Return the headers for the language of an answer: of problems, and of others with translated sentences."""
    if not (wording is not None and wording.used) and (status < 400 or _PROBLEM not in headers):
        return []
    name = wording.language.name if wording is not None and wording.used else ENGLISH
    return [(b"content-language", name.encode()), _VARY]
