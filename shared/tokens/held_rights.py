"""Rights as tokens carry them: `1f:* 3:EAST,WEST@1764547200`.

Each group is the bits of rights in hexadecimal, the branches in which they count (`*`: all), and until when, in seconds
since 1970, where that is not for good. A token without the claim holds what its scopes stand for, in all branches.
"""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from shared.kernel.rights import Group, Held

_GROUP = re.compile(r"([0-9a-f]{1,32}):(\*|[A-Z0-9._-]+(?:,[A-Z0-9._-]+)*)(?:@([0-9]{1,12}))?")


class InvalidRights(ValueError):
    """The claim cannot be understood."""


def write_rights(groups: Iterable[Group]) -> str:
    """Return the claim."""
    return " ".join(
        f"{bits:x}:{'*' if branches is None else ','.join(sorted(branches))}"
        + ("" if until is None else f"@{math.ceil(until.timestamp())}")
        for bits, branches, until in groups
    )


def read_rights(claim: object, *, now: float) -> tuple[Held | None, float]:
    """Return what a claim says now, and the moment, in seconds since 1970, at which it says something else.

    Raises InvalidRights.
    """
    if claim is None:
        return None, math.inf
    if not isinstance(claim, str):
        raise InvalidRights
    groups: list[Group] = []
    changes = math.inf
    for text in claim.split():
        match = _GROUP.fullmatch(text)
        if match is None:
            raise InvalidRights
        bits, branches, until = match.groups()
        ends = math.inf if until is None else float(until)
        if now < ends:
            ends_at = None if until is None else datetime.fromtimestamp(ends, UTC)
            groups.append((int(bits, 16), None if branches == "*" else frozenset(branches.split(",")), ends_at))
            changes = min(changes, ends)
    return Held(tuple(groups)), changes
