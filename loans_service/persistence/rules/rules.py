"""Policy and calendar of a branch, as part of whatever is asked in the same statement."""

from typing import Any

from sqlalchemy import Integer, bindparam, case, select

from loans_service.persistence.tables import branch_zones, calendars, policies

_newest = (
    select(policies.c.version, policies.c.document).order_by(policies.c.version.desc()).limit(1).subquery("newest")
)


def _unless_known(table: Any, known: str) -> Any:
    return case((table.c.version != bindparam(known, type_=Integer), table.c.document))


RULES = (
    select(
        _newest.c.version.label("policy"),
        _unless_known(_newest, "known_policy").label("policy_text"),
        calendars.c.version.label("calendar"),
        _unless_known(calendars, "known_calendar").label("calendar_text"),
        branch_zones.c.timezone.label("branch_zone"),
    )
    .outerjoin_from(_newest, calendars, calendars.c.branch == bindparam("branch"))
    .outerjoin(branch_zones, branch_zones.c.branch == bindparam("branch"))
    .subquery("rules")
)
"""Policy and calendar of `branch`, and the zone in which it lies as far as that is known.

Texts come only where the version is not the one that is known already.
"""
