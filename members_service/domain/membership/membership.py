"""Kinds of membership: how long each lasts by default, whom it is for, and what comes after it."""

from calendar import isleap, monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from difflib import get_close_matches
from typing import ClassVar

from members_service.domain.membership.fee import Fee, FeeDue, FeeKind, years_begun
from shared.kernel.errors import Conflict, InvalidValue, LibraryError, NotAllowed, Refused, refuse_if_any


class UnknownCategory(InvalidValue):
    """The library has no such category."""

    code = "unknown-category"

    def __init__(self, category: str, existing: Iterable[str]) -> None:
        names = sorted(existing)
        near = get_close_matches(category.casefold(), names, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(names)}."
        figures = {"did_you_mean": near[0]} if near else {}
        super().__init__(f"The library has no category {category!r:.60}. {hint}", field="category", **figures)


class AgeNotForCategory(InvalidValue):
    """The category is for people of another age."""

    code = "age-not-for-category"

    def __init__(self, terms: "CategoryTerms", age: int) -> None:
        bounds = {"youngest": terms.youngest, "oldest": terms.oldest}
        super().__init__(
            f"Somebody of {age} years cannot be a member of the category {terms.category}. Choose another category.",
            field="category",
            age=age,
            **{name: bound for name, bound in bounds.items() if bound is not None},
        )


class OwnRenewalOff(NotAllowed):
    """Members of the category do not renew their own membership."""

    code = "own-renewal-off"
    detail = "A membership of this kind is renewed at the desk. Bring your card."


class NotTimeToRenew(Refused):
    """The membership ends too late, or has ended for too long."""

    code = "not-time-to-renew"
    example: ClassVar = {"first": date(2026, 11, 1), "last": date(2027, 1, 30)}

    def __init__(self, first: date, last: date) -> None:
        super().__init__(
            f"You may renew this membership from {first} through {last}. Before and after that, ask at the desk.",
            renewable_from=first.isoformat(),
            renewable_until=last.isoformat(),
        )


class InvalidCategories(InvalidValue):
    """A table of categories that contradicts itself."""

    code = "invalid-categories"
    field = "items"


class CategoryInUse(Conflict):
    """Somebody is a member of a category that the new table does not have."""

    code = "category-in-use"

    def __init__(self, categories: Iterable[str]) -> None:
        names = sorted(categories)
        super().__init__(
            f"There are members of the category {', '.join(names)}. Move them first, or keep it.", categories=names
        )


@dataclass(frozen=True, slots=True)
class CategoryTerms:
    """What the library has decided on a category. Ages are in whole years; None sets no bound.

    `names` are its name in other languages. Who gets older than `oldest` becomes a member of the category `follows`.
    With `ends_on` (MM-DD) memberships end on that day for all. Members renew their own from `own_renewal_days` before
    its end until so many days after; None: at the desk alone. With `applications`
    people apply for it online.
    """

    category: str
    name: str
    months: int
    youngest: int | None = None
    oldest: int | None = None
    follows: str | None = None
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    enrolment_fee: Fee | None = None
    annual_fee: Fee | None = None
    ends_on: str | None = None
    own_renewal_days: int | None = None
    applications: bool = False

    def expect_own_renewal(self, expires_on: date, *, today: date) -> None:
        """Raise OwnRenewalOff or NotTimeToRenew unless a member may renew an own membership that ends then."""
        if self.own_renewal_days is None:
            raise OwnRenewalOff
        days = timedelta(days=self.own_renewal_days)
        first, last = max(expires_on - date.min, days) - days, min(date.max - expires_on, days)
        if not date.min + first <= today <= expires_on + last:
            raise NotTimeToRenew(date.min + first, expires_on + last)

    def last_day(self, *, first: date) -> date:
        """Return the last day of a membership that begins on `first`: the same day some months later.

        Where that month is shorter, its last day. No calendar goes on behind the year 9999, with which other systems
        say that something never ends. Where memberships end on one day for all, it is the last such day until then, or
        the next one.
        """
        years, month = divmod(first.month - 1 + self.months, 12)
        year, month = min(first.year + years, date.max.year), month + 1
        last = date(year, month, min(first.day, monthrange(year, month)[1]))
        return last if self.ends_on is None else self._common_end(self.ends_on, first=first, last=last)

    @staticmethod
    def _common_end(ends_on: str, *, first: date, last: date) -> date:
        years = range(first.year, min(last.year + 1, date.max.year) + 1)
        days = [day for day in (day_of_year(year, ends_on) for year in years) if day > first]
        return max((day for day in days if day <= last), default=days[0] if days else date.max)

    def fees_of_joining(self, *, first: date, last: date) -> tuple[FeeDue, ...]:
        """Return what somebody owes who joins on `first` until `last`: the enrolment, and each year that begins.

        Who is put on record with a membership that is over owes nothing.
        """
        if last < first:
            return ()
        joining = () if self.enrolment_fee is None else (FeeDue(FeeKind.ENROLMENT, self.enrolment_fee),)
        return joining + self.fees_of_renewal(first=first, last=last)

    def fees_of_renewal(self, *, first: date, last: date) -> tuple[FeeDue, ...]:
        """Return what somebody owes whose membership goes on from `first` until `last`: each year that begins."""
        years = years_begun(first, last)
        return (
            () if self.annual_fee is None or not years else (FeeDue(FeeKind.MEMBERSHIP, self.annual_fee.times(years)),)
        )

    def check_age(self, born: date | None, *, today: date) -> None:
        """Raise AgeNotForCategory when somebody born that day is too young or too old; an unknown age is taken."""
        if born is not None and not self.takes(age := age_on(today, born=born)):
            raise AgeNotForCategory(self, age)

    def takes(self, age: int) -> bool:
        """Whether somebody of that age may be a member of this category."""
        return age >= (self.youngest or 0) and (self.oldest is None or age <= self.oldest)


@dataclass(frozen=True, slots=True)
class Categories:
    """The table of all categories. Raises InvalidCategories, several of them as Refusals."""

    terms: tuple[CategoryTerms, ...]

    def __post_init__(self) -> None:
        refuse_if_any(self._faults())

    def __getitem__(self, category: str) -> CategoryTerms:
        for terms in self.terms:
            if terms.category == category:
                return terms
        raise UnknownCategory(category, self.names)

    @property
    def names(self) -> frozenset[str]:
        """The categories that there are."""
        return frozenset(terms.category for terms in self.terms)

    def grown_into(self, category: str, *, born: date | None, today: date) -> str:
        """Return the category that somebody born that day belongs into: the same, or what follows at that age."""
        if born is None or category not in self.names:
            return category
        age, terms = age_on(today, born=born), self[category]
        while terms.oldest is not None and age > terms.oldest and terms.follows is not None:
            terms = self[terms.follows]
        return terms.category

    def _faults(self) -> Iterator[LibraryError]:
        if not self.terms:
            yield InvalidCategories("A library has at least one category.")
        for category, times in Counter(terms.category for terms in self.terms).items():
            if times > 1:
                yield InvalidCategories(f"The category {category} is there {times} times. Keep one.")
        by_name = {terms.category: terms for terms in self.terms}
        for terms in self.terms:
            if terms.youngest is not None and terms.oldest is not None and terms.youngest > terms.oldest:
                yield InvalidCategories(f"Nobody has the age for {terms.category}. Let oldest be youngest or more.")
            if terms.ends_on is not None and not _is_a_day(terms.ends_on):
                yield InvalidCategories(
                    f"{terms.ends_on!r:.20} is no day on which {terms.category} could end. Say MM-DD."
                )
            if terms.follows is not None:
                yield from self._faults_of_what_follows(terms, by_name.get(terms.follows))

    @staticmethod
    def _faults_of_what_follows(terms: CategoryTerms, following: CategoryTerms | None) -> Iterator[LibraryError]:
        if terms.oldest is None:
            yield InvalidCategories(f"Nobody outgrows {terms.category}. Say with oldest when {terms.follows} follows.")
        elif following is None:
            yield InvalidCategories(f"{terms.follows}, which is to follow {terms.category}, is no category here.")
        elif not following.takes(terms.oldest + 1):
            yield InvalidCategories(f"{terms.follows} does not take those who have outgrown {terms.category}.")


@dataclass(frozen=True, slots=True)
class CategoryTable:
    """One version of the categories, and when it came into force; None for those that come with the service."""

    version: int
    categories: Categories
    made_at: datetime | None = None


def day_of_year(year: int, month_and_day: str) -> date:
    """Return a day given as MM-DD in one year; where 29 February is none, the day before."""
    month, day = map(int, month_and_day.split("-"))
    return date(year, month, min(day, monthrange(year, month)[1]))


def _is_a_day(month_and_day: str) -> bool:
    try:
        date.fromisoformat(f"2000-{month_and_day}")
    except ValueError:
        return False
    return len(month_and_day) == len("MM-DD")


def age_on(day: date, *, born: date) -> int:
    """Return the age in whole years on `day`."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def of_age_on(born: date, *, of_age: int) -> date:
    """Return the day on which whoever was born that day comes of age, in so many years."""
    year = born.year + of_age
    if (born.month, born.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1)
    return born.replace(year=year)


def birthdays_between(first: date, last: date, *, of_age: int) -> tuple[date, ...]:
    """Return the days on which those were born who come of age in that time."""
    earliest, latest = (day - timedelta(days=length * of_age) for day, length in ((first, 366), (last, 365)))
    days = (earliest + timedelta(days=number) for number in range((latest - earliest).days + 1))
    return tuple(born for born in days if first <= of_age_on(born, of_age=of_age) <= last)


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the moment at which a day is over in `zone`."""
    return datetime.combine(day + timedelta(days=1), time.min, zone)


def day_in(zone: tzinfo, *, at: datetime) -> date:
    """Return the day that a library in `zone` writes at the moment `at`."""
    return at.astimezone(zone).date()
