"""What a file of members says of one of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self

from members_service.domain.membership.came_before import only, with_attributes_apart
from members_service.domain.membership.card_number import card_key
from members_service.domain.membership.guardian import Guarding
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


@dataclass(frozen=True, slots=True)
class FiledMember:
    """One member of a file.

    `given` are the fields of the record that are there, by the names that they have on record; `address` and others of
    a person's details are among them.
    """

    given: Mapping[str, Any]
    card_number: str | None = None
    external_id: str | None = None
    joined_on: date | None = None
    suspended_until: date | None = None
    pin: str | None = field(default=None, repr=False)
    guardians: tuple[Guarding, ...] = ()

    @property
    def home_branch(self) -> str | None:
        """The branch that the file names, as it writes it."""
        return self.given.get("home_branch")

    def at_home(self, branches: Mapping[str, str]) -> Self:
        """Return it with its home branch as the library writes it: `branches` says so. Raises UnknownBranch."""
        if self.home_branch is None:
            return self
        if self.home_branch not in branches:
            raise UnknownBranch
        return replace(self, given={**self.given, "home_branch": branches[self.home_branch]})

    @property
    def fields(self) -> dict[str, Any]:
        """What is remembered of it as digests: everything but the PIN, and guardians, who come later."""
        fields = with_attributes_apart(self.given) | {"joined_on": self.joined_on}
        return fields | {
            "suspended_until": self.suspended_until,
            "card_number": self.card_number,
            "external_id": self.external_id,
        }

    def limited_to(self, news: frozenset[str], attributes: Mapping[str, Any]) -> Self:
        """Return it as far as there is news; `attributes` are those on record."""
        return replace(
            self,
            given=only(news, self.given, attributes),
            card_number=self.card_number if "card_number" in news else None,
            external_id=self.external_id if "external_id" in news else None,
        )

    @property
    def keys(self) -> list[str]:
        """By what somebody is recognised who came before: the key of the other system before the card."""
        found = [] if self.external_id is None else [f"id {self.external_id}"]
        return found if self.card_number is None else [*found, f"card {card_key(self.card_number)}"]
