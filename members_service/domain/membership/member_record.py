"""What is on record of a member, and may be corrected."""

import re
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from typing import Self

from members_service.domain.email import Email
from members_service.domain.membership.personal_details import PersonalDetails
from shared.kernel.errors import Conflict, InvalidValue

LANGUAGE_TAG = "[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}"
"""The regular expression of a language tag: as much of BCP 47 as is needed to write to somebody."""


class ExternalIdTaken(Conflict):
    """Another member has this key of another system."""

    code = "external-id-taken"
    detail = "Another member came with this `external_id`. One key of the old system stands for one member."


class UnknownBranch(InvalidValue):
    """Nobody is at home in a branch that does not exist."""

    code = "unknown-branch"
    detail = "The library has no branch with this code. Choose one of its branches, or none."
    field = "home_branch"


class InvalidLanguage(InvalidValue):
    """No language is called that."""

    code = "invalid-language"
    detail = "A language is named by its tag (BCP 47), such as en, pt-BR or zh-Hant."
    field = "language"


def check_language(tag: str) -> str:
    """Return the tag of the language to write to a member in. Raises InvalidLanguage."""
    if not re.fullmatch(LANGUAGE_TAG, tag):
        raise InvalidLanguage
    return tag


class ReadingHistory(StrEnum):
    """What a member wants to be kept of past loans: all, as long as the library keeps them, or nothing."""

    KEEP = "keep"
    DEFAULT = "default"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """What is on record of a member and may be corrected. `external_id` is the key that another system has for it."""

    name: str
    category: str
    expires_on: date
    email: Email | None = None
    details: PersonalDetails = field(default_factory=PersonalDetails)
    language: str | None = None
    home_branch: str | None = None
    external_id: str | None = None
    reading_history: ReadingHistory = ReadingHistory.DEFAULT

    def changes_to(self, new: Self) -> list[str]:
        """Return the names of the fields that differ, those of the details among them, in alphabetical order."""
        changed = [one.name for one in fields(self) if one.name != "details" and _differ(self, new, one.name)]
        changed += [one.name for one in fields(self.details) if _differ(self.details, new.details, one.name)]
        return sorted(changed)

    def filled_from(self, other: Self) -> Self:
        """Return this record, with what is missing taken from `other`, and the later end of both memberships."""
        missing = {one.name: getattr(other, one.name) for one in fields(self) if getattr(self, one.name) is None}
        details, expires_on = self.details.filled_from(other.details), max(self.expires_on, other.expires_on)
        return replace(self, **missing, details=details, expires_on=expires_on)


def _differ(one: object, other: object, field: str) -> bool:
    return bool(getattr(one, field) != getattr(other, field))
