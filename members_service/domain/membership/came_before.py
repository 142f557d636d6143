"""What the record of a file became when it came before, and what it said then: so that it takes nothing back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from members_service.domain.membership.member import Member
from members_service.domain.membership.member_record import MemberRecord, ReadingHistory
from shared.kernel.errors import Refused
from shared.kernel.file_records import digests_of

GUARDIANS = "guardians"
_ATTRIBUTE = "attributes."


class ChangedHereToo(Refused):
    """Fields were changed here as well as in the file, which is followed."""

    code = "changed-here-too"

    def __init__(self, fields: list[str]) -> None:
        super().__init__(
            f"Since this last came, {', '.join(fields)} changed here as well as in the file. The file's word was taken."
        )


class KeptHere(Refused):
    """Fields were changed here as well as in the file, which is not followed."""

    code = "kept-here"

    def __init__(self, fields: list[str]) -> None:
        super().__init__(
            f"Since this last came, {', '.join(fields)} changed here as well as in the file. What stands here was "
            "kept: of two ends of a membership the later one, and what somebody chose about the own reading history."
        )


@dataclass(frozen=True, slots=True)
class CameBefore:
    """Whose record it became, and digests of what it said under a secret of its own, by field.

    A file may have several records of one person; `run` is the one in which something new was said last, and all that
    was said in it counts.
    """

    member_id: UUID
    secret: str = field(repr=False)
    run: UUID
    digests: Mapping[str, tuple[str, ...]]

    def of(self, fields: Mapping[str, object]) -> dict[str, str]:
        """Return the digests of what is said in these fields."""
        return digests_of(fields, key=self.secret.encode())

    def news(self, fields: Mapping[str, object]) -> frozenset[str]:
        """Return the fields in which something else is said now; what is said no more is no news."""
        return frozenset(name for name, one in self.of(fields).items() if one not in self.digests.get(name, ()))

    def changed_here_too(
        self, news: frozenset[str], fields: Mapping[str, object], here: Mapping[str, object]
    ) -> list[str]:
        """Return which of the fields with news say something here that the file has never said."""
        now, found = self.of(fields), self.of({name: here.get(name) for name in news})
        return sorted(
            name for name in news if found.get(name) not in (None, now.get(name), *self.digests.get(name, ()))
        )

    def noting(self, fields: Mapping[str, object], *, run: UUID) -> "CameBefore":
        """Return what is to be remembered once these fields were taken."""
        news = self.news(fields)
        if not news:
            return self
        before = self.digests if run == self.run else {}
        now = {name: (*before.get(name, ()), one) for name, one in self.of(fields).items() if name in news}
        return replace(self, run=run, digests={**self.digests, **now})


def with_attributes_apart(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with each attribute as a field of its own: one that is changed here says nothing of others."""
    apart = {name: value for name, value in fields.items() if name != "attributes"}
    attributes = fields.get("attributes") or {}
    return apart | {f"{_ATTRIBUTE}{name}": value for name, value in attributes.items()}


def fields_of_member(member: Member) -> dict[str, Any]:
    """Return what is on record of a member, by the names that the fields of a file have."""
    record, details = member.record, member.details
    plain = {name: getattr(record, name) for name in MemberRecord.__dataclass_fields__ if name != "details"}
    plain |= {name: getattr(details, name) for name in details.__dataclass_fields__}
    return with_attributes_apart(plain | {"email": record.email and record.email.address})


def only(news: frozenset[str], given: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given fields in which there is news; attributes without any stay as they are."""
    new = {name: value for name, value in given.items() if name in news}
    attributes = {
        name: value for name, value in (given.get("attributes") or {}).items() if f"{_ATTRIBUTE}{name}" in news
    }
    return new | {"attributes": {**present, **attributes}} if attributes else new


def kept_here(changed: list[str], given: Mapping[str, Any], member: Member) -> list[str]:
    """Return in which of the fields that changed here and there what stands here counts."""
    later = "expires_on" in changed and member.expires_on > given["expires_on"]
    chosen = "reading_history" in changed and member.reading_history is not ReadingHistory.DEFAULT
    return [name for name, stays in (("expires_on", later), ("reading_history", chosen)) if stays]
