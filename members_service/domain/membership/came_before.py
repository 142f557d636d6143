"""What a record of a file became and said at its last import, so that another import takes nothing back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from members_service.domain.membership.member import Member
from members_service.domain.membership.member_record import MemberRecord, ReadingHistory
from shared.kernel.errors import Refused
from shared.kernel.file_records import digests_of

GUARDIANS = "guardians"
_ATTRIBUTE = "attributes."
_NOTHING: tuple[object, ...] = (None, "", (), [], {})


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
    """The member that a record became, and digests of its values by field, under a secret of its own.

    A file may have several records of one person; `run` is the import that last brought a new value, and all values of
    that import count.
    """

    member_id: UUID
    secret: str = field(repr=False)
    run: UUID
    digests: Mapping[str, tuple[str, ...]]

    def of(self, fields: Mapping[str, object]) -> dict[str, str]:
        """Return the digests of these values."""
        return digests_of(fields, key=self.secret.encode())

    def news(self, fields: Mapping[str, object]) -> frozenset[str]:
        """Return the fields with a new value; one that is absent now is not new."""
        return frozenset(name for name, one in self.of(fields).items() if one not in self.digests.get(name, ()))

    def changed_here_too(
        self, news: frozenset[str], fields: Mapping[str, object], here: Mapping[str, object]
    ) -> list[str]:
        """Return which of the new fields have a value here that the file never had."""
        now, found = self.of(fields), self.of({name: here.get(name) for name in news})
        return sorted(
            name for name in news if found.get(name) not in (None, now.get(name), *self.digests.get(name, ()))
        )

    def noting(self, fields: Mapping[str, object], *, run: UUID) -> "CameBefore":
        """Return what to remember once these values are taken."""
        news = self.news(fields)
        if not news:
            return self
        before = self.digests if run == self.run else {}
        now = {name: (*before.get(name, ()), one) for name, one in self.of(fields).items() if name in news}
        return replace(self, run=run, digests={**self.digests, **now})


def with_attributes_apart(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with each attribute as a field of its own, so that each is compared by itself."""
    apart = {name: value for name, value in fields.items() if name != "attributes"}
    attributes = fields.get("attributes") or {}
    return apart | {f"{_ATTRIBUTE}{name}": value for name, value in attributes.items()}


def fields_of_member(member: Member) -> dict[str, Any]:
    """Return what is on record of a member, by the names that the fields of a file have."""
    record, details = member.record, member.details
    plain = {name: getattr(record, name) for name in MemberRecord.__dataclass_fields__ if name != "details"}
    plain |= {name: getattr(details, name) for name in details.__dataclass_fields__}
    return with_attributes_apart(plain | {"email": record.email and record.email.address})


def only_new(news: frozenset[str], values: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the new fields; attributes that are not new stay as they are."""
    new = {name: value for name, value in values.items() if name in news}
    attributes = {
        name: value for name, value in (values.get("attributes") or {}).items() if f"{_ATTRIBUTE}{name}" in news
    }
    return new | {"attributes": {**present, **attributes}} if attributes else new


def protected_here(protected: Collection[str], here: Mapping[str, Any]) -> frozenset[str]:
    """Return which of these fields have a value here, which they keep."""
    return frozenset(name for name in protected if here.get(name) not in (*_NOTHING, ReadingHistory.DEFAULT))


def kept_here(changed: list[str], values: Mapping[str, Any], member: Member) -> list[str]:
    """Return which of the fields that changed on both sides keep the value here."""
    later = "expires_on" in changed and member.expires_on > values["expires_on"]
    chosen = "reading_history" in changed and member.reading_history is not ReadingHistory.DEFAULT
    return [name for name, stays in (("expires_on", later), ("reading_history", chosen)) if stays]
