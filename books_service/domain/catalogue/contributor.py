"""Who made a book besides its authors, and what each of them did."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from books_service.domain.text import line
from shared.kernel.errors import InvalidValue

LONGEST_NAME = 300


class ContributorRole(StrEnum):
    """What somebody did for a book. Whoever wrote it is no contributor, but an author."""

    ADAPTER = "adapter"
    ANNOTATOR = "annotator"
    ARRANGER = "arranger"
    ARTIST = "artist"
    CARTOGRAPHER = "cartographer"
    COMMENTATOR = "commentator"
    COMPILER = "compiler"
    COMPOSER = "composer"
    CONDUCTOR = "conductor"
    CONTRIBUTOR = "contributor"
    DIRECTOR = "director"
    EDITOR = "editor"
    ILLUSTRATOR = "illustrator"
    INTERVIEWEE = "interviewee"
    INTERVIEWER = "interviewer"
    INTRODUCER = "introducer"
    LYRICIST = "lyricist"
    NARRATOR = "narrator"
    PERFORMER = "performer"
    PHOTOGRAPHER = "photographer"
    PRODUCER = "producer"
    TRANSLATOR = "translator"


class InvalidRole(InvalidValue):
    code = "invalid-role"
    detail = f"A contributor is one of these: {', '.join(ContributorRole)}."
    field = "contributors"


@dataclass(frozen=True, slots=True)
class Contributor:
    """A person or body, named as on the title page. One who did two things is listed twice."""

    name: str
    role: ContributorRole

    @classmethod
    def of(cls, name: str, role: str) -> Self:
        """Raises InvalidText or InvalidRole."""
        try:
            parsed = ContributorRole(role)
        except ValueError:
            raise InvalidRole from None
        return cls(line(name, field="contributors", limit=LONGEST_NAME), parsed)
