"""What turns a template into words: one that checks, and one that fills in."""

from collections.abc import Mapping
from typing import Any, Protocol

from members_service.domain.notices.template import Template, TemplateKey


class TemplateEngine(Protocol):
    """The language of templates."""

    def check(self, template: Template, key: TemplateKey, *, discreet: bool = True) -> None:
        """Raise InvalidTemplate unless the template can be read and names only what there is.

        If `discreet`, subjects name no titles; push messages never do.
        """
        ...

    def fill_in(self, source: str, values: Mapping[str, Any], *, language: str, html: bool = False) -> str:
        """Return the words. Raises InvalidTemplate when it fails with these values, or takes too long."""
        ...


class ShippedTemplates(Protocol):
    """The templates that come with the service."""

    def get(self, key: TemplateKey) -> Template | None:
        """Return the template of a kind, way and language; None where none is shipped."""
        ...
