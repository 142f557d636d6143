"""Who lives in the town of a play, and how each of them can be reached."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from members_service.domain.email import Email
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.guardian import Guardian, Permission
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_record import MemberRecord
from members_service.domain.membership.personal_details import Address, PersonalDetails
from members_service.domain.notices.preferences import OPTIONAL, NoticePreferences
from members_service.persistence.schema import plumbing
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id
from shared.kernel.receipts import UnitOfWorkFactory
from shared.persistence.database import Database

LANGUAGES = ("en", "de", "fr", "es", "ar")
BRANCHES = ("MAIN", "EAST", "WEST")
_CHILDREN, _WITHOUT_EMAIL, _NOWHERE, _DECLINING, _ENDING, _BAD = 0.1, 0.3, 0.05, 0.08, 0.03, 0.01
_DOMAINS, _FAMILIES = 400, 10  # mail domains; a tenth of the grown-ups have children
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the town. `is_bad`: nobody is at the address of mails. `declines`: all that can be declined."""

    id: UUID
    number: int
    language: str
    email: str | None
    has_address: bool
    branch: str
    guardian: UUID | None = None
    declines: bool = False
    is_bad: bool = False
    ends_on: date | None = None


def townspeople(count: int, dice: random.Random, today: date) -> list[Person]:
    """Return so many people; children come last, each with a guardian among the others."""
    children = round(count * _CHILDREN)
    people = [_person(number, dice, today) for number in range(count - children)]
    parents = people[: max(1, len(people) // _FAMILIES)]
    grown_up = len(people)
    return people + [
        _person(number, dice, today, guardian=dice.choice(parents).id) for number in range(grown_up, count)
    ]


def _person(number: int, dice: random.Random, today: date, *, guardian: UUID | None = None) -> Person:
    has_email = dice.random() >= _WITHOUT_EMAIL
    return Person(
        new_id(),
        number,
        LANGUAGES[number % len(LANGUAGES)],
        f"reader{number}@d{number % _DOMAINS}.example" if has_email else None,
        dice.random() >= (0.5 if has_email else _NOWHERE),
        dice.choice(BRANCHES),
        guardian,
        dice.random() < _DECLINING,
        has_email and dice.random() < _BAD,
        today + timedelta(days=dice.randint(2, 12)) if dice.random() < _ENDING else None,
    )


async def settle_in(
    people: Sequence[Person], database: Database, unit_of_work: UnitOfWorkFactory[Any], clock: Clock
) -> None:
    """Put them on record, with what they chose."""
    now = clock.now()
    for start in range(0, len(people), _AT_ONCE):
        async with unit_of_work() as uow:
            for one in people[start : start + _AT_ONCE]:
                member = Member(
                    id=one.id,
                    record=_record(one, now.date()),
                    card=CardNumber.parse(f"2{one.number:013d}"),
                    guardians=_guardians(one, now.date()),
                    now=now,
                )
                uow.members.add(member)
                if one.declines:
                    await uow.preferences.put(one.id, NoticePreferences().without(OPTIONAL), version=1, now=now)
            await uow.commit(imported=True)
    async with database.begin() as transaction:  # they joined long ago: nobody waits for events of it
        await transaction.run(delete(plumbing.outbox))
        await transaction.commit()


def _record(one: Person, today: date) -> MemberRecord:
    street = f"{one.number} High Street" if one.has_address else None
    address = Address(street, f"{one.number % 100_000:05d}", "Middlemarch") if one.has_address else None
    born = date(today.year - (8 if one.guardian else 40), 3, 1)
    return MemberRecord(
        name=f"Reader {one.number}",
        category="child" if one.guardian else "adult",
        expires_on=one.ends_on or today + timedelta(days=300),
        email=None if one.email is None else Email.parse(one.email),
        details=PersonalDetails(address=address, date_of_birth=born, given_name=f"Reader{one.number}"),
        language=one.language,
        home_branch=one.branch,
    )


def _guardians(one: Person, today: date) -> list[Guardian]:
    return [] if one.guardian is None else [Guardian(member_id=one.guardian, may={Permission.SEE}, since=today)]
