"""What is shown of authorities."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from books_service.domain.authorities.authority import Authority, AuthorityKind


@dataclass(frozen=True, slots=True)
class AuthorityView:
    """A person, a body or a subject. `see_from` are the other forms that lead to its heading, `uris` name it elsewhere.

    `correcting`: books that bear another form are still being corrected.
    """

    authority_id: UUID
    kind: AuthorityKind
    heading: str
    see_from: tuple[str, ...]
    uris: tuple[str, ...]
    correcting: bool
    added_at: datetime
    version: int

    @classmethod
    def of(cls, authority: Authority, *, correcting: bool) -> Self:
        record = authority.record
        return cls(
            authority.id,
            record.kind,
            record.heading,
            record.see_from,
            record.uris,
            correcting,
            authority.added_at,
            authority.version,
        )
