"""Look the calendar of a branch up."""

from loans_service.application.lending.views import CalendarView, RuleViews
from loans_service.domain.rules.calendar import CalendarNotFound


async def show_calendar(branch: str, *, rules: RuleViews) -> CalendarView:
    """Show the calendar of a branch; capitals and small letters count as the same.

    Raises CalendarNotFound for a branch without one: it is always open.
    """
    calendar = await rules.calendar(branch)
    if calendar is None:
        raise CalendarNotFound
    return calendar
