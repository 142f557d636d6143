"""One member in a file of members."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self

from members_service.domain.membership.came_before import only_new, with_attributes_apart
from members_service.domain.membership.card_number import card_key
from members_service.domain.membership.guardian import GuardianReference
from members_service.domain.membership.member_record import UnknownBranch
from shared.kernel.errors import InvalidValue


class NoName(InvalidValue):
    """A record without a name."""

    code = "name-missing"
    detail = "A member has a name: fill name, or given_name and family_name."
    field = "name"


class NoCategory(InvalidValue):
    """A record without a category."""

    code = "category-missing"
    detail = "A member has a category. Fill it, or map a column to it."
    field = "category"


KEYS = ("external_id", "card_number")
"""By what a record is recognised, best first."""


@dataclass(frozen=True, slots=True)
class FiledMember:
    """One member of a file.

    `values` are the fields that the file has, by the names that they have on record; `address` and others of a person's
    details are among them. `match` are those of the KEYS by which it is recognised, best first.
    """

    values: Mapping[str, Any]
    card_number: str | None = None
    external_id: str | None = None
    joined_on: date | None = None
    suspended_until: date | None = None
    pin: str | None = field(default=None, repr=False)
    guardians: tuple[GuardianReference, ...] = ()
    match: tuple[str, ...] = KEYS

    @property
    def home_branch(self) -> str | None:
        """The branch that the file names, as it writes it."""
        return self.values.get("home_branch")

    def at_home(self, spellings: Mapping[str, str]) -> Self:
        """Return it with the library's spelling of its home branch. Raises UnknownBranch."""
        if self.home_branch is None:
            return self
        if self.home_branch not in spellings:
            raise UnknownBranch
        return replace(self, values={**self.values, "home_branch": spellings[self.home_branch]})

    @property
    def fields(self) -> dict[str, Any]:
        """The fields that are remembered as digests: all but the PIN, and the guardians, who come later."""
        fields = with_attributes_apart(self.values) | {"joined_on": self.joined_on}
        return fields | {
            "suspended_until": self.suspended_until,
            "card_number": self.card_number,
            "external_id": self.external_id,
        }

    def limited_to(self, news: frozenset[str], attributes: Mapping[str, Any]) -> Self:
        """Return it with the new fields alone; `attributes` are those on record."""
        return replace(
            self,
            values=only_new(news, self.values, attributes),
            card_number=self.card_number if "card_number" in news else None,
            external_id=self.external_id if "external_id" in news else None,
        )

    @property
    def keys(self) -> list[str]:
        """Keys by which a record that came before is recognised, in the order of `match`."""
        keys: dict[str, str] = {}
        if self.external_id is not None:
            keys["external_id"] = f"id {self.external_id}"
        if self.card_number is not None:
            keys["card_number"] = f"card {card_key(self.card_number)}"
        return [keys[name] for name in self.match if name in keys]
