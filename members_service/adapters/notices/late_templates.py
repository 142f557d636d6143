"""Templates for processes that seldom need them: Jinja and Babel are imported with the first one."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from members_service.domain.notices.template import Template, TemplateKey

if TYPE_CHECKING:
    from members_service.adapters.notices.jinja_templates import JinjaTemplates


class LateTemplates:
    """The engine, not yet there."""

    def check(self, template: Template, key: TemplateKey, *, discreet: bool = True) -> None:
        """Raise InvalidTemplate unless each part can be read and names only what there is."""
        self._engine.check(template, key, discreet=discreet)

    def fill_in(self, source: str, values: Mapping[str, Any], *, language: str, html: bool = False) -> str:
        """Return the words. Raises InvalidTemplate."""
        return self._engine.fill_in(source, values, language=language, html=html)

    @cached_property
    def _engine(self) -> "JinjaTemplates":
        from members_service.adapters.notices.jinja_templates import JinjaTemplates  # noqa: PLC0415 - as above

        return JinjaTemplates()
