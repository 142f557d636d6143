"""Where a copy belongs and as what it is lent: always, and for a while."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.kernel.errors import InvalidValue


class InvalidTemporaryPlace(InvalidValue):
    """It says nothing, or is over."""

    code = "invalid-temporary-place"
    detail = "A temporary place names a branch, a location or an item type, and ends later than now. Name one, or null."
    field = "temporary"


@dataclass(frozen=True, slots=True)
class Place:
    """The branch and the location where a copy belongs, and the item type as which it is lent."""

    branch: str
    location: str | None
    item_type: str


@dataclass(frozen=True, slots=True)
class TemporaryPlace:
    """Where a copy belongs for a while, and as what it is lent; None: where and as what it always is.

    A location is one of `branch`. It ends by itself at `until`; None: when staff end it. It began at `since`.
    """

    branch: str | None = None
    location: str | None = None
    item_type: str | None = None
    until: datetime | None = None
    since: datetime | None = field(default=None, compare=False)

    def expect_to_hold(self, now: datetime) -> None:
        """Raise InvalidTemporaryPlace unless it says something that lasts longer than now."""
        says_something = (self.branch, self.item_type) != (None, None)
        if not says_something or (self.until is not None and self.until <= now):
            raise InvalidTemporaryPlace

    def instead_of(self, own: Place) -> Place:
        """Return the place that counts while this one holds."""
        item_type = self.item_type or own.item_type
        if self.branch is None or (self.branch == own.branch and self.location is None):
            return Place(own.branch, own.location, item_type)
        return Place(self.branch, self.location, item_type)


def elsewhere_since(place: Place, permanent: Place | None, temporary: TemporaryPlace | None) -> datetime | None:
    """Return since when a copy belongs in another branch or location than always; None: it does not."""
    if permanent is None or temporary is None:
        return None
    is_elsewhere = (place.branch, place.location) != (permanent.branch, permanent.location)
    return temporary.since if is_elsewhere else None


def end_of(day: date, timezone: str) -> datetime:
    """Return the last second of a day in a time zone."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(timezone)).astimezone(UTC) - timedelta(seconds=1)
