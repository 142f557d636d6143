"""What is counted of members, and along which dimensions."""

from shared.kernel.cube import Atom, Kind

BRANCH, CATEGORY, AGE_BAND, CHANNEL, REASON = "branch", "category", "age_band", "channel", "reason"
DIMENSIONS = (BRANCH, CATEGORY, AGE_BAND, CHANNEL, REASON)
WIDE = (BRANCH,)
"""Along which a year is asked for most."""
OF_MEMBER = (BRANCH, CATEGORY, AGE_BAND)


def _atom(name: str, description: str, *more: str, kind: Kind = Kind.SUM) -> Atom:
    return Atom(
        name=name,
        description=description,
        dimensions=(*OF_MEMBER, *more),
        kind=kind,
        of_people=True,
        personal=frozenset({CATEGORY, AGE_BAND}),
        published=OF_MEMBER,
    )


JOINED = _atom(
    "joined",
    "Memberships that began, in the member's home branch; without those that were taken over from another system.",
    CHANNEL,
)
RENEWED = _atom("renewed", "Memberships that were renewed, in the member's home branch.", CHANNEL)
LEFT = _atom("left", "Members who were erased, because they left or were gone for long.")
MEMBERS = _atom(
    "members",
    "Members whose membership was good at the end of the day, those who are leaving excepted. Counted each night.",
    kind=Kind.LEVEL,
)
ACTS = (JOINED, LEFT, RENEWED)
ATOMS = (*ACTS, MEMBERS)
