"""The words of a notice: a template for each kind, way and language, and what becomes of it."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches

from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Way
from shared.kernel.errors import InvalidValue, NotFound

FRAME = "frame"
"""In the place of a kind: what stands around the notices of a message, from the greeting to the small print."""

KINDS = (*(kind.value for kind in NoticeKind), FRAME)
"""Whatever has a template."""

LONGEST = 30_000
"""Characters of a part of a template."""


class TemplateNotFound(NotFound):
    """No template is of this kind."""

    code = "notice-template-not-found"
    detail = "There is no template for this kind, way and language. A library may write its own."


class InvalidTemplate(InvalidValue):
    """A template that cannot be read, names what there is not, or does too much."""

    code = "invalid-template"

    def __init__(
        self, detail: str, *, field: str = "text", line: int | None = 1, did_you_mean: str | None = None
    ) -> None:
        hint = {} if did_you_mean is None else {"did_you_mean": did_you_mean}
        super().__init__(detail, field=field, line=line or 1, **hint)


class UnknownName(InvalidTemplate):
    """A template names what there is not."""

    def __init__(self, name: str, known: Collection[str], *, line: int | None, prefix: str = "") -> None:
        near = get_close_matches(name, known, n=1)
        hint = f"Did you mean {prefix}{near[0]}?" if near else f"There are: {', '.join(sorted(known))}."
        super().__init__(
            f"There is no {prefix}{name:.60} for a template. {hint}",
            line=line,
            did_you_mean=f"{prefix}{near[0]}" if near else None,
        )


@dataclass(frozen=True, slots=True)
class TemplateKey:
    """What a template is for. Without a branch it is the whole library's. `kind` is one of KINDS."""

    kind: str
    way: Way
    language: str
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """What is written: of a letter `subject` is the line above it; a push message has a text alone."""

    text: str
    subject: str | None = None
    html: str | None = None

    def check_parts(self, key: TemplateKey) -> None:
        """Raise InvalidTemplate where a part is missing that the way needs, or is there that it cannot show."""
        if self.html is not None and key.way is not Way.MAIL:
            raise InvalidTemplate("Only mail has a part in HTML. Leave it out.", field="html")
        if key.kind == FRAME or key.way is Way.PUSH:
            if self.subject is not None:
                raise InvalidTemplate("This has no subject. Leave it out.", field="subject")
        elif not self.subject:
            raise InvalidTemplate("Mail and letters have a subject. Write one.", field="subject")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words, and their language. In the text of a letter, lines with tabs are rows of tables."""

    language: str
    text: str
    subject: str | None = None
    html: str | None = None


def languages_to_try(language: str | None, *, default: str) -> tuple[str, ...]:
    """Return the languages in which to look for a template: the wanted one, without its region, then the library's."""
    tried: list[str] = []
    for tag in (language, default, "en"):
        parts = (tag or "").split("-")
        tried += ["-".join(parts[:most]) for most in range(len(parts), 0, -1) if tag]
    return tuple(dict.fromkeys(tried))
