"""Who is written to, and where: addresses are read when they are needed, and kept nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from members_service.domain.membership.membership import age_on
from members_service.domain.membership.personal_details import Address, PersonalDetails
from members_service.domain.notices.notice_settings import NoticeSettings


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person as far as a notice needs to know one. `guardian_ids` are those who stand in today, the first first."""

    member_id: UUID
    name: str
    language: str | None = None
    email: str | None = None
    home_branch: str | None = None
    expires_on: date | None = None
    details: PersonalDetails = field(default_factory=PersonalDetails)
    guardian_ids: tuple[UUID, ...] = ()

    @property
    def address(self) -> Address | None:
        """Where letters go."""
        found = self.details.address
        return found if found is not None and found.street and found.city else None

    @property
    def telephone(self) -> str | None:
        """Where short messages go."""
        return self.details.mobile

    @property
    def given_name(self) -> str:
        """What the person wants to be called."""
        return self.details.preferred_name or self.details.given_name or self.name

    def written_to(self, *, today: date, of_age: int) -> UUID:
        """Return who is written to: of a child a guardian, until an age that the library sets."""
        born = self.details.date_of_birth
        if not self.guardian_ids or born is None or age_on(today, born=born) >= of_age:
            return self.member_id
        return self.guardian_ids[0]


def written_to(id: UUID, people: Mapping[UUID, Recipient], settings: NoticeSettings, today: date) -> UUID:
    """Return who is written to for this member; a guardian who is gone stands in for nobody."""
    person = people.get(id)
    if person is None:
        return id
    other = person.written_to(today=today, of_age=settings.guardians_until)
    return other if other in people else person.member_id
