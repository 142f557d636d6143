"""Views of templates."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from members_service.domain.notices.message import Way
from members_service.domain.notices.template import Template, TemplateKey


@dataclass(frozen=True, slots=True)
class TemplateView:
    """The template in force. `shipped`: it is the one that comes with the service."""

    kind: str
    way: Way
    language: str
    branch: str | None
    subject: str | None
    text: str
    html: str | None
    shipped: bool
    version: int

    @classmethod
    def of(cls, key: TemplateKey, template: Template, *, shipped: bool, version: int) -> Self:
        """Show a template."""
        parts = (template.subject, template.text, template.html)
        return cls(key.kind, key.way, key.language, key.branch, *parts, shipped, version)


@dataclass(frozen=True, slots=True)
class TemplateVersionView:
    """One version of a template. Without a text the library gave its own one up, and the shipped one was in force."""

    version: int
    subject: str | None
    text: str | None
    html: str | None
    made_at: datetime
    made_by: str | None


@dataclass(frozen=True, slots=True)
class PreviewView:
    """A message as it would be written, in the language of its template."""

    language: str
    subject: str | None
    text: str
    html: str | None
