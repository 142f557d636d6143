"""What a rule may ask besides item type, branch and category, and what is known of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

OLDEST = 150


@dataclass(frozen=True, slots=True)
class AgeRange:
    """Ages in full years, both ends included. None: from birth, or without an end."""

    youngest: int | None = None
    oldest: int | None = None

    def covers(self, age: int) -> bool:
        """Return whether somebody of this age is meant."""
        return (self.youngest or 0) <= age <= (OLDEST if self.oldest is None else self.oldest)

    def overlaps(self, other: "AgeRange") -> bool:
        """Return whether some age is in both."""
        return self.covers(other.youngest or 0) or other.covers(self.youngest or 0)

    def figures(self) -> dict[str, int | None]:
        """Return both ends, as refusals and explanations show them."""
        return {"from": self.youngest, "to": self.oldest}

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the range."""
        if self.youngest is None and self.oldest is None:
            yield "Say from or to which age, in full years."
        elif self.oldest is not None and self.oldest < (self.youngest or 0):
            yield "An age range ends at the age at which it begins, or later."


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is known of a copy and a member besides item type, branch and category.

    `location` is that of the copy, `home_branch` and `age` are the member's. None: there is none, or nobody asked. A
    loan goes on fulfilling the rule that it was `made_under` wherever something is not known any more.
    """

    location: str | None = None
    home_branch: str | None = None
    age: int | None = None
    made_under: str | None = None


def aged(known: Particulars, *, since: datetime | None, until: datetime) -> Particulars:
    """Return what is known of a member by now, a year older for each full year since the age was known."""
    if known.age is None or since is None:
        return known
    years = until.year - since.year - ((until.month, until.day) < (since.month, since.day))
    return replace(known, age=known.age + max(years, 0))


NOTHING_KNOWN = Particulars()
