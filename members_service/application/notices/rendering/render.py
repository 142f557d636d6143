"""Put notices into words: the frame, and each notice inside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from members_service.application.notices.rendering.context import NoticeContext, values_of
from members_service.application.notices.rendering.engine import ShippedTemplates, TemplateEngine
from members_service.application.notices.templates.queries import TemplateQueries
from members_service.domain.notices.message import Way
from members_service.domain.notices.template import (
    FRAME,
    InvalidTemplate,
    Rendered,
    Template,
    TemplateKey,
    TemplateNotFound,
    languages_to_try,
)

Chosen = Mapping[str, Template]
"""A template for each kind of a message, and its frame."""


@dataclass(frozen=True, slots=True)
class RenderNotices:
    """Put the notices of one message into words.

    - A template of the branch goes before one of the library, that before the shipped one. All of a message are in one
      language: the reader's where each has a template in it, else the library's.
    - A template of the library that fails with real values is passed over for the shipped one: no notice is
      lost for it.
    """

    templates: TemplateQueries
    engine: TemplateEngine
    shipped: ShippedTemplates
    note_failure: Callable[[TemplateKey, InvalidTemplate], None]

    async def __call__(
        self, contexts: Sequence[NoticeContext], way: Way, language: str | None, branch: str | None, *, default: str
    ) -> Rendered:
        """Return the message in words; `default` is the language of the library.

        Raises TemplateNotFound where nothing is shipped for a kind.
        """
        tongues = languages_to_try(language, default=default)
        kinds = list(dict.fromkeys(str(context.kind) for context in contexts))
        wanted = kinds if way is Way.PUSH else [FRAME, *kinds]
        own = await self.templates.newest(wanted, way, branch)
        for tongue in tongues:
            chosen = self._chosen(wanted, way, tongue, branch, own)
            if chosen is not None:
                try:
                    return rendered(self.engine, chosen, contexts, way=way, language=tongue)
                except InvalidTemplate as error:
                    self.note_failure(TemplateKey(kinds[0], way, tongue, branch), error)
        return self._as_shipped(wanted, contexts, way, tongues)

    def _chosen(
        self, kinds: Sequence[str], way: Way, language: str, branch: str | None, own: Mapping[TemplateKey, Template]
    ) -> Chosen | None:
        chosen: dict[str, Template] = {}
        for kind in kinds:
            of_branch, of_library = TemplateKey(kind, way, language, branch), TemplateKey(kind, way, language)
            found = own.get(of_branch) or own.get(of_library) or self.shipped.get(of_library)
            if found is None:
                return None
            chosen[kind] = found
        return chosen

    def _as_shipped(
        self, kinds: Sequence[str], contexts: Sequence[NoticeContext], way: Way, tongues: Sequence[str]
    ) -> Rendered:
        for tongue in tongues:
            chosen = self._chosen(kinds, way, tongue, None, {})
            if chosen is not None:
                return rendered(self.engine, chosen, contexts, way=way, language=tongue)
        raise TemplateNotFound


def rendered(
    engine: TemplateEngine, chosen: Chosen, contexts: Sequence[NoticeContext], *, way: Way, language: str
) -> Rendered:
    """Return notices in the words of these templates. Raises InvalidTemplate."""
    sections = [_section(engine, chosen[context.kind], values_of(context), language) for context in contexts]
    if way is Way.PUSH:
        return Rendered(language, "\n".join(dict.fromkeys(one.text for one in sections)))
    heading, frame, values = sections[0].subject or "", chosen[FRAME], values_of(contexts[0])
    text = engine.fill_in(
        frame.text, values | {"heading": heading, "content": _joined(sections, _text_under_heading)}, language=language
    )
    if frame.html is None or any(one.html is None for one in sections):
        return Rendered(language, text, heading)
    content = _joined(sections, _html_under_heading)
    html = engine.fill_in(frame.html, values | {"heading": heading, "content": content}, language=language, html=True)
    return Rendered(language, text, heading, html)


@dataclass(frozen=True, slots=True)
class _Section:
    text: str
    subject: str | None
    heading: str | None
    html: str | None


def _section(engine: TemplateEngine, template: Template, values: Mapping[str, Any], language: str) -> _Section:
    text = engine.fill_in(template.text, values, language=language)
    if template.subject is None:
        return _Section(text, None, None, None)
    subject = _one_line(engine.fill_in(template.subject, values, language=language))
    if template.html is None:
        return _Section(text, subject, None, None)
    heading = _one_line(engine.fill_in(template.subject, values, language=language, html=True))
    return _Section(text, subject, heading, engine.fill_in(template.html, values, language=language, html=True))


def _joined(sections: Sequence[_Section], under_heading: Callable[[_Section], str]) -> str:
    """Return one notice as it is; several, each under a heading of its own."""
    if len(sections) == 1:
        return under_heading(_Section(sections[0].text, None, None, sections[0].html))
    return "\n\n".join(map(under_heading, sections))


def _text_under_heading(one: _Section) -> str:
    return one.text if one.subject is None else f"{one.subject}\n{'-' * min(len(one.subject), 60)}\n\n{one.text}"


def _html_under_heading(one: _Section) -> str:
    return one.html or "" if one.heading is None else f"<h2>{one.heading}</h2>\n{one.html}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
